/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-inspect: say what operating systems are on the disks, and what is in them. */
#include "inspect.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/keys.h"
#include "cli/tool.h"
#include "facts.h"
#include "render.h"
#include "xpath.h"

enum inspect_opt_id {
	OPT_APPLICATIONS = OPT_ID_TOOL,
	OPT_NO_APPLICATIONS,
	OPT_NO_ICON,
	OPT_OUTPUT,
	OPT_TEXT,
	OPT_XML,
	OPT_XPATH,
};

static const struct opt opts[] = {
	OPTS_IMAGE,
	OPTS_KEYS,
	{ 0, "output", "text|xml|json", "form of the output; text on a terminal, else xml",
	  OPT_OUTPUT, 0 },
	{ 0, "text", NULL, "a summary for people", OPT_TEXT, 0 },
	{ 0, "xml", NULL, "XML, as virt-inspector prints it", OPT_XML, 0 },
	{ 0, "applications", NULL, "list the applications in the text, too", OPT_APPLICATIONS, 0 },
	{ 0, "no-applications", NULL, "do not look for applications", OPT_NO_APPLICATIONS, 0 },
	{ 0, "no-icon", NULL, "do not look for the icon", OPT_NO_ICON, 0 },
	{ 0, "xpath", "QUERY", "do not inspect: apply an XPath query to XML on the standard input",
	  OPT_XPATH, 0 },
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

/* The output of that name, or INSPECT_AUTO where it is none. */
static enum inspect_output output_named(const char *name)
{
	static const char *const names[] = {
		[INSPECT_TEXT] = "text",
		[INSPECT_XML] = "xml",
		[INSPECT_JSON] = "json",
	};

	for (size_t i = INSPECT_TEXT; name && i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return i;
	return INSPECT_AUTO;
}

static int set_output(struct inspect_options *o, const char *arg, struct err *e)
{
	o->output = output_named(arg);
	if (o->output)
		return 0;
	return err_set(e, EINVAL, "--output is text, xml or json, not '%s'", arg);
}

/* Shared options with a meaning of ours: no image has the format "json". */
static int early(void *ctx, int id, const char *arg, struct err *e)
{
	struct inspect_options *o = ctx;

	(void)e;
	if (id == OPT_JSON)
		o->output = INSPECT_JSON; /* and it goes on, to the messages */
	if (id != OPT_FORMAT || !output_named(arg))
		return 0;
	o->output = output_named(arg);
	return 1;
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct inspect_options *o = ctx;

	switch (id) {
	case OPT_APPLICATIONS:
		o->applications = true;
		break;
	case OPT_NO_APPLICATIONS:
		o->no_applications = true;
		break;
	case OPT_NO_ICON:
		o->no_icon = true;
		break;
	case OPT_OUTPUT:
		return set_output(o, arg, e);
	case OPT_TEXT:
		o->output = INSPECT_TEXT;
		break;
	case OPT_XML:
		o->output = INSPECT_XML;
		break;
	case OPT_XPATH:
		o->xpath = arg;
		break;
	}
	return 0;
}

/* Which options go together. */
static int check(struct cli *c, struct err *e)
{
	struct inspect_options *o = c->own;

	if (o->xpath && c->images.n_drives)
		return err_set(e, EINVAL, "cannot use --xpath together with disk images");
	if (!o->xpath && !c->images.n_drives)
		return err_set(e, EINVAL, "no disk image: use -a DISK");
	if (o->applications && o->no_applications)
		return err_set(e, EINVAL, "cannot use --applications with --no-applications");
	if (!o->output)
		o->output = isatty(STDOUT_FILENO) ? INSPECT_TEXT : INSPECT_XML;
	return 0;
}

/* What stays locked is worth a warning, and an error where nothing else was found. */
static void tell_locked(struct cli *c, const struct inspect_ret *found)
{
	struct err e = ERR_INIT;

	if (found->guests.n || !found->locked.n) {
		keys_tell_locked(c, &found->locked, NULL);
		return;
	}
	err_set(&e, ENOENT, "no operating system was found");
	keys_tell_locked(c, &found->locked, &e);
	report_fail(&c->report, NULL, &e);
}

/* Finds the systems, and opens what is locked on the way: opening may uncover more of them. */
static int find_guests(struct asking *a, struct inspect_ret *ret, struct err *e)
{
	struct inspect_args args = { 0 };

	for (;;) {
		if (call_inspect(a->c->session, &args, ret, e) < 0)
			return -1;
		if (!ret->locked.n || args.leave_locked)
			break;
		int opened = keys_unlock(a->c, &ret->locked, e);
		if (opened < 0)
			return -1;
		args.leave_locked = !opened;
		inspect_ret_release_p(ret);
	}
	tell_locked(a->c, ret);
	asking_warn(a, &ret->warnings);
	report_step(&a->c->report, "inspected");
	progress_hide(&a->c->report.progress);
	progress_start(&a->c->report.progress);
	return 0;
}

/* One guest: asked for, and told, as far as it could be asked for. */
static int tell_guest(struct asking *a, struct render *r, wire_guest *guest, struct err *e)
{
	CLEANUP(facts_release) struct facts f = { 0 };
	int rc = facts_get(a, guest, &f, e);

	r->ops->guest(r, &f);
	r->guests++;
	return rc == 0 ? out_spill(&a->c->out, e) : rc;
}

/* For people, who would ask next what is there instead of a system. */
static int find_others(struct asking *a, const struct render *r, struct filesystems_ret *ret,
		       struct err *e)
{
	const struct filesystems_args args = { 0 };

	if (r->ops != &render_text || r->guests)
		return 0;
	return call_filesystems(a->c->session, &args, ret, e);
}

/* Whatever fails in the middle, what is printed has its end, and what is known is in it. */
static int tell_all(struct asking *a, struct inspect_ret *found, struct err *e)
{
	CLEANUP(render_release) struct render r;
	CLEANUP(filesystems_ret_release) struct filesystems_ret others = { 0 };
	struct render_end end = { &found->locked, &found->warnings, &others.list };
	int rc = 0;

	render_init(&r, a->c->own, &a->c->out.b);
	a->want = render_wanted(&r);
	r.ops->start(&r);
	for (uint32_t i = 0; i < found->guests.n && !a->c->out.no; i++) {
		if (tell_guest(a, &r, &found->guests.v[i], e) == 0)
			continue;
		rc = -1;
		a->want = (struct facts_wanted){ .apps = false };
	}
	if (rc == 0)
		rc = find_others(a, &r, &others, e);
	r.ops->end(&r, &end);
	return rc == 0 && r.failed ? err_set(e, ENOMEM, "cannot write the XML") : rc;
}

static int run(struct cli *c, struct err *e)
{
	const struct inspect_options *o = c->own;
	CLEANUP(asking_release) struct asking a = { .c = c };
	CLEANUP(inspect_ret_release) struct inspect_ret found = { 0 };

	if (o->xpath)
		return xpath_query(STDIN_FILENO, o->xpath, &c->out.b, e);
	if (guest_launch(c, e) < 0 || find_guests(&a, &found, e) < 0)
		return -1;
	return tell_all(&a, &found, e);
}

static const struct tool tool = {
	.name = "guest-inspect",
	.usage = "[OPTION]... -a DISK...",
	.summary = "Say what operating systems are on disk images, and what is in them.",
	.rows = opts,
	.flags = TOOL_IMAGES | TOOL_MAY_IDLE,
	.option = option,
	.early = early,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct inspect_options o = { .output = INSPECT_AUTO };

	return tool_main(&tool, argc, argv, &o);
}
