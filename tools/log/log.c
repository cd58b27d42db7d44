/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-log: print the log of a guest. */
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/records.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/calls.h"

/* More than any entry takes: its strings of at most WIRE_STR_MAX, and numbers. */
#define ENTRY_MAX (8 * WIRE_STR_MAX)

enum log_opt_id { OPT_CHANNEL = OPT_ID_TOOL };

static const struct opt opts[] = {
	OPTS_IMAGE,
	{ 'n', "lines", "N", "the last N entries only", 0, 0 },
	{ 'r', "reverse", NULL, "the newest entry first", 0, 0 },
	{ 'S', "since", "TIME", "entries of that time and later", 0, 0 },
	{ 'U', "until", "TIME", "entries of that time and before", 0, 0 },
	{ 'u', "unit", "UNIT", "entries of a unit of systemd; may be repeated", 0, 0 },
	{ 't', "identifier", "NAME", "entries of that identifier; may be repeated", 0, 0 },
	{ 'p', "priority", "LEVEL|FROM..TO", "entries that are so important, or more", 0, 0 },
	{ 'b', "boot", "ID|N", "entries of one boot; none: of the last", 0, OPT_OPTIONAL },
	{ 'o', "output", "short|short-iso|cat|xml", "how entries are printed", 0, 0 },
	{ 0, "channel", "NAME", "which log of Windows; none: System", OPT_CHANNEL, 0 },
	OPTS_KEYS,
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static int set_lines(struct log_options *o, const char *arg, struct err *e)
{
	errno = 0;
	o->lines = strtoull(arg, NULL, 10);
	if (!*arg || arg[strspn(arg, "0123456789")] || errno || !o->lines)
		return err_set(e, EINVAL, "--lines takes a number from 1 on, not '%s'", arg);
	return 0;
}

static int set_form(struct log_options *o, const char *arg, struct err *e)
{
	static const char *const names[] = { "short", "short-iso", "cat", "xml" };

	o->formed = true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(arg, names[i]) != 0)
			continue;
		o->form = (enum log_form)i;
		return 0;
	}
	return err_set(e, EINVAL, "--output does not take '%s'; see --help", arg);
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct log_options *o = ctx;

	switch (id) {
	case 'n':
		return set_lines(o, arg, e);
	case 'r':
		o->reverse = true;
		break;
	case 'S':
		return log_time_parse(arg, time(NULL), &o->since, e);
	case 'U':
		return log_time_parse(arg, time(NULL), &o->until, e);
	case 'u':
		strvec_add(&o->units, arg);
		break;
	case 't':
		strvec_add(&o->identifiers, arg);
		break;
	case 'p':
		return log_priorities_parse(arg, &o->priorities, e);
	case 'b':
		return log_boot_parse(arg ? arg : "", o, e);
	case 'o':
		return set_form(o, arg, e);
	case OPT_CHANNEL:
		o->channel = arg;
		break;
	}
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	const struct log_options *o = c->own;

	if (c->images.json && o->formed)
		return err_set(e, EINVAL, "you cannot use --json with -o.");
	for (size_t i = 0; i < o->units.n; i++)
		if (strpbrk(o->units.v[i], "*?["))
			return err_set(e, EINVAL, "'%s': a unit is given by its name, not by a "
				       "pattern", o->units.v[i]);
	return 0;
}

static int take_data(void *ctx, const void *p, size_t n, struct err *e)
{
	return out_write(ctx, p, n, e);
}

static int take_hole(void *ctx, uint64_t n, struct err *e)
{
	return out_hole(ctx, n, e);
}

/* A text as it is. */
static int copy_text(struct cli *c, char *path, struct err *e)
{
	const struct stream io = { .data = take_data, .hole = take_hole, .ctx = &c->out };
	const struct read_file_args a = { .path = path };

	progress_start(&c->report.progress);
	return call_read_file(c->session, &a, NULL, &io, e) < 0 ? guest_path_err("read", path, e)
								: 0;
}

/* ---- entries */

struct job {
	struct cli *c;
	struct log_printer p;
};

static bool entry_xdr(XDR *x, void *v)
{
	return wire_xdr_log_entry(x, v);
}

/* Gets each entry, and those without an origin, which are warnings. */
static int take_entry(void *ctx, void *record, struct err *e)
{
	struct job *j = ctx;
	const wire_log_entry *x = record;

	if (*x->origin)
		return log_print(&j->p, x, e);
	report_warn(&j->c->report, x->message);
	return 0;
}

static int print_entries(struct job *j, const struct log_args *a, struct err *e)
{
	struct records records = { .xdr = entry_xdr, .size = sizeof(wire_log_entry),
				   .max = ENTRY_MAX, .fn = take_entry, .ctx = j,
				   .rest = BUF_INIT };
	const struct stream io = records_stream(&records);
	CLEANUP(log_ret_release) struct log_ret r = { 0 };
	int rc = call_log(j->c->session, a, &r, &io, e);

	if (rc == 0 && r.complete && records.rest.len)
		rc = err_set(e, EPROTO, "the log ends in the middle");
	records_release(&records);
	for (uint32_t i = 0; rc == 0 && i < r.warnings.n; i++) {
		struct err why = ERR_INIT;

		err_set(&why, EIO, "%s: %s",
			records.count ? "the log is not complete" : "cannot read the log",
			r.warnings.v[i]);
		report_fail(&j->c->report, NULL, &why);
	}
	return rc;
}

/* Is all of a text wanted, as it is? */
static bool as_it_is(const struct log_options *o)
{
	return o->since == INT64_MIN && o->until == INT64_MAX && !o->lines && !o->reverse &&
	       !o->units.n && !o->identifiers.n && !o->priorities && !o->one_boot &&
	       o->form == LOG_SHORT;
}

static int print_log(struct cli *c, struct log_source_ret *source, struct err *e)
{
	struct log_options *o = c->own;
	struct json json = json_init(&c->out.b);
	struct job j = { c, { .form = o->form, .how = safe_for(STDOUT_FILENO), .out = &c->out } };
	bool text = !strcmp(source->kind, "text");
	int r;
	const struct log_args a = {
		.kind = source->kind, .path = source->path, .since = o->since, .until = o->until,
		.lines = o->lines, .reverse = o->reverse,
		.units = { (uint32_t)o->units.n, o->units.v },
		.identifiers = { (uint32_t)o->identifiers.n, o->identifiers.v },
		.priorities = o->priorities, .one_boot = o->one_boot, .boot = o->boot,
		.boot_offset = o->boot_offset,
		.whole_lines = text && !c->images.json && o->form == LOG_SHORT,
	};

	if (o->form == LOG_XML && strcmp(source->kind, "events") != 0)
		return err_set(e, ENOTSUP, "--output=xml is for the logs of Windows; this is '%s'",
			       source->path);
	if (text && !c->images.json && as_it_is(o) && j.p.how == SAFE_RAW)
		return copy_text(c, source->path, e);
	j.p.whole_lines = a.whole_lines;
	if (!c->images.json) {
		if (o->form == LOG_XML)
			buf_addstr(&c->out.b, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Events>\n");
		r = print_entries(&j, &a, e);
		if (o->form == LOG_XML)
			buf_addstr(&c->out.b, "</Events>\n");
		return r;
	}
	j.p.json = &json;
	json_open_object(&json, NULL);
	json_str(&json, "schema", "guestutils.log.v1");
	json_str(&json, "source", source->path);
	json_open_array(&json, "entries");
	r = print_entries(&j, &a, e);
	json_close(&json);
	json_close(&json);
	return r;
}

static int run(struct cli *c, struct err *e)
{
	const struct log_options *o = c->own;
	CLEANUP(free) char *channel = xstrdup(o->channel);
	const struct log_source_args a = { .channel = channel };
	CLEANUP(log_source_ret_release) struct log_source_ret source = { 0 };
	int r = guest_open(c, e);

	if (r)
		return r;
	if (call_log_source(c->session, &a, &source, e) < 0)
		return -1;
	if (*o->channel && strcmp(source.kind, "events") != 0)
		return err_set(e, ENOENT, "the guest has no log '%s' of Windows", o->channel);
	if (!*source.kind && c->windows)
		return err_set(e, ENOENT, "the guest has no log: no System.evtx in winevt\\Logs");
	if (!*source.kind)
		return err_set(e, ENOENT, "the guest has no log: neither a journal nor "
			       "'/var/log/syslog' nor '/var/log/messages'");
	return print_log(c, &source, e);
}

static const struct tool tool = {
	.name = "guest-log",
	.usage = "[OPTION]... -a DISK...",
	.summary = "Print the log of a virtual machine that is not running.",
	.rows = opts,
	.flags = TOOL_IMAGES,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct log_options o = { .since = INT64_MIN, .until = INT64_MAX, .channel = "" };
	int r = tool_main(&tool, argc, argv, &o);

	strvec_release(&o.units);
	strvec_release(&o.identifiers);
	return r;
}
