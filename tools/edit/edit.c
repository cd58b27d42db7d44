/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-edit: change files of a guest.
 *
 *   read --> expression or editor --> equal? nothing is written --> diff, check --> replace
 *
 * With -e the new content of all files is made and checked before the first one is written;
 * with an editor each file is written when it was left.
 */
#include "edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/out.h"
#include "cli/safe.h"
#include "expr.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define FILE_MAX (1ULL << 30) /* bytes: more is nothing to edit */

enum {
	EDIT_OPT_DIFF = OPT_ID_TOOL,
	EDIT_OPT_DRY_RUN,
	EDIT_OPT_CHECK,
	EDIT_OPT_CREATE,
	EDIT_OPT_IN_PLACE,
};

static const struct opt opts[] = {
	{ 'e', "edit", "EXPR", "change each line by a Perl expression", 0, 0 },
	{ 0, "expr", "EXPR", "the same", 'e', OPT_HIDDEN },
	{ 'b', "backup", "EXT", "keep the old file under its name and EXT", 0, 0 },
	{ 0, "diff", NULL, "print what changes, as a unified diff", EDIT_OPT_DIFF, 0 },
	{ 0, "dry-run", NULL, "write nothing", EDIT_OPT_DRY_RUN, 0 },
	{ 0, "check", "COMMAND", "write only what COMMAND, run on a copy here, accepts",
	  EDIT_OPT_CHECK, 0 },
	{ 0, "create", NULL, "make the file where it is not there", EDIT_OPT_CREATE, 0 },
	{ 0, "in-place", NULL, "write through the same inode: hard links stay", EDIT_OPT_IN_PLACE, 0 },
	OPTS_IMAGE,
	OPTS_KEYS,
	OPTS_MOUNT,
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END
};

/* An option that can be given once. */
static int set_once(const char **to, char letter, const char *arg, struct err *e)
{
	if (*to)
		return err_set(e, EINVAL, "-%c option given multiple times%s", letter,
			       letter == 'e' ? "; several expressions are joined with ';'" : "");
	*to = arg;
	return 0;
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct edit_options *o = ctx;

	switch (id) {
	case 'e':
		return set_once(&o->expression, 'e', arg, e);
	case 'b':
		return set_once(&o->backup, 'b', arg, e);
	case EDIT_OPT_CHECK:
		o->checker = arg;
		break;
	case EDIT_OPT_DIFF:
		o->diff = true;
		break;
	case EDIT_OPT_DRY_RUN:
		o->dry_run = true;
		break;
	case EDIT_OPT_CREATE:
		o->create = true;
		break;
	case EDIT_OPT_IN_PLACE:
		o->in_place = true;
		break;
	}
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	struct edit_options *o = c->own;

	if (o->backup && (!*o->backup || strchr(o->backup, '/')))
		return err_set(e, EINVAL, "-b takes what is added to the name, without '/': not '%s'",
			       o->backup);
	if (!o->expression && (!isatty(STDIN_FILENO) && c->images.keys.from_stdin))
		return err_set(e, EINVAL, "an editor and --keys-from-stdin both want the standard input");
	c->images.read_only = o->dry_run;
	if (!o->expression || change_parse(o, e) == 0)
		return 0;
	if (e->no == EINVAL)
		return err_ctx(e, "the expression");
	/* That perl cannot be run is no fault of the command line. */
	o->unable = *e;
	return 0;
}

/* ---- content */

static int take_data(void *ctx, const void *p, size_t n, struct err *e)
{
	struct buf *b = ctx;

	if (b->len + n > FILE_MAX)
		return err_set(e, EFBIG, "the file is larger than 1 GiB");
	buf_add(b, p, n);
	return 0;
}

static int take_hole(void *ctx, uint64_t n, struct err *e)
{
	struct buf *b = ctx;

	if (n > FILE_MAX - b->len)
		return err_set(e, EFBIG, "the file is larger than 1 GiB");
	memset(buf_room(b, n), 0, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

/* The guest's path of it; a drive letter of Windows makes that drive the guest's root. */
static int find_path(struct edit *x, struct edit_file *f, struct err *e)
{
	free(TAKE(f->path));
	return guest_path(x->c, "edit", f->name, &f->path, e);
}

static int fetch(struct edit *x, struct edit_file *f, struct err *e)
{
	const struct stream io = { .data = take_data, .hole = take_hole, .ctx = &f->old };

	if (find_path(x, f, e) < 0)
		return -1;
	const struct read_file_args a = { .path = f->path };
	if (call_read_file(x->c->session, &a, NULL, &io, e) == 0)
		return 0;
	if (e->no != ENOENT || !x->o->create)
		return guest_path_err("edit", f->name, e);
	f->absent = true;
	return 0;
}

/* What is written, from where it has got to. */
struct source {
	const struct buf *b;
	size_t at;
};

static ssize_t give(void *ctx, void *p, size_t n, struct err *e)
{
	struct source *s = ctx;
	size_t left = s->b->len - s->at;

	(void)e;
	n = left < n ? left : n;
	if (n)
		memcpy(p, s->b->data + s->at, n);
	s->at += n;
	return (ssize_t)n;
}

static int store(struct edit *x, struct edit_file *f, struct err *e)
{
	char none[] = "";
	CLEANUP(free) char *suffix = xstrdup(x->o->backup ? x->o->backup : none);
	struct source s = { &f->now, 0 };
	const struct stream io = { .fill = give, .ctx = &s };
	struct replace_file_ret r = { 0 };

	/* Another file may have led to another drive meanwhile. */
	if (x->c->windows && find_path(x, f, e) < 0)
		return -1;
	const struct replace_file_args a = {
		.path = f->path,
		.backup = suffix,
		.how = (x->o->in_place ? REPLACE_IN_PLACE : 0) | (x->o->create ? REPLACE_CREATE : 0),
	};
	progress_start(&x->c->report.progress);
	if (call_replace_file(x->c->session, &a, &r, &io, e) < 0)
		return guest_path_err("write", f->name, e);
	progress_hide(&x->c->report.progress);
	f->written = true;
	free(f->path);
	f->path = TAKE(r.path);
	f->notices = TAKE(r.notices.v);
	f->n_notices = r.notices.n;
	for (uint32_t i = 0; i < f->n_notices; i++)
		report_warn(&x->c->report, f->notices[i]);
	return 0;
}

/* ---- one file */

/* The diff for a terminal has nothing in it that a terminal would obey. */
static void print_diff(struct cli *c, const struct edit_file *f)
{
	enum safe_how how = safe_for(STDOUT_FILENO) == SAFE_RAW ? SAFE_RAW : SAFE_MESSAGE;
	size_t at = 0;

	if (how == SAFE_RAW)
		buf_add(&c->out.b, f->diff.data, f->diff.len);
	while (how != SAFE_RAW && at < f->diff.len) {
		const char *line = f->diff.data + at;
		size_t n = strcspn(line, "\n");
		CLEANUP(free) char *copy = xmemdup0(line, n);

		for (char *rest = copy, *part; (part = strsep(&rest, "\t"));) {
			safe_add(&c->out.b, part, how);
			if (rest)
				buf_addch(&c->out.b, '\t');
		}
		/* A NUL ends a line early; diff calls such files binary and shows none. */
		at += n + 1;
		buf_addch(&c->out.b, '\n');
	}
}

/* New content and what is said of it. */
static int prepare(struct edit *x, struct edit_file *f, struct err *e)
{
	if ((x->o->expression ? change_by_expression(x, f, e) : change_by_editor(x, f, e)) < 0)
		return err_ctx(e, "'%s'", f->name);
	f->changed = f->absent || f->now.len != f->old.len ||
		     (f->now.len && memcmp(f->now.data, f->old.data, f->now.len) != 0);
	if (!f->changed)
		return 0;
	if (x->o->checker && change_check(x, f, e) < 0)
		return -1;
	if (x->o->diff && change_diff(x, f, e) < 0)
		return -1;
	if (x->o->diff && !x->json)
		print_diff(x->c, f);
	return 0;
}

static void tell(struct edit *x, const struct edit_file *f)
{
	struct json *j = x->json;

	if (!j) {
		if (!f->changed && !x->o->expression)
			buf_addstr(&x->c->out.b, "File not changed.\n");
		return;
	}
	json_open_object(j, NULL);
	json_str(j, "name", f->name);
	json_str(j, "path", f->path);
	json_bool(j, "changed", f->changed);
	json_bool(j, "written", f->written);
	json_bool(j, "created", f->written && f->absent);
	if (f->absent)
		json_str(j, "old_size", NULL);
	else
		json_u64(j, "old_size", f->old.len);
	json_u64(j, "new_size", f->now.len);
	if (x->o->backup && f->written && !f->absent) {
		CLEANUP(free) char *backup = xasprintf("%s%s", f->path, x->o->backup);

		json_str(j, "backup", backup);
	}
	json_strs(j, "notices", f->notices, f->n_notices);
	if (x->o->diff)
		json_str(j, "diff", f->diff.len ? f->diff.data : "");
	json_close(j);
}

static int write_one(struct edit *x, struct edit_file *f, struct err *e)
{
	if (f->changed && !x->o->dry_run && store(x, f, e) < 0)
		return -1;
	tell(x, f);
	return 0;
}

/* The user's work is never lost: where it did not get into the guest, he is told where it is. */
static void keep(struct edit *x, const struct edit_file *f)
{
	if (!f->kept || f->written || x->o->dry_run)
		return;
	x->keep = true;
	report_say(&x->c->report, "what you have edited is kept in '%s'", f->kept);
	if (x->c->report.json) {
		CLEANUP(free) char *words = xasprintf("what was edited is kept in '%s'", f->kept);

		report_warn(&x->c->report, words);
	}
}

/* Tells what is wrong with a file, which ends the run. As run() returns it. */
static int fail(struct edit *x, const struct edit_file *f, struct err *e)
{
	if (tool_must_stop(x->c))
		return -1;
	report_fail(&x->c->report, f->name, e);
	return 1;
}

static int by_expression(struct edit *x, struct edit_file *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (fetch(x, &v[i], e) < 0 || prepare(x, &v[i], e) < 0)
			return fail(x, &v[i], e);
	for (size_t i = 0; i < n; i++)
		if (write_one(x, &v[i], e) < 0)
			return fail(x, &v[i], e);
	return 0;
}

static int by_editor(struct edit *x, struct edit_file *v, size_t n, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		if (fetch(x, &v[i], e) < 0 || prepare(x, &v[i], e) < 0 || write_one(x, &v[i], e) < 0)
			r = fail(x, &v[i], e);
		if (r == 0 && out_flush(&x->c->out, e) < 0)
			r = -1;
		keep(x, &v[i]);
	}
	return r;
}

/* ---- all of them */

static void file_release(struct edit_file *f)
{
	stat_ret_release_p(&f->place);
	free(f->path);
	free(f->kept);
	buf_release(&f->old);
	buf_release(&f->now);
	buf_release(&f->diff);
	for (uint32_t i = 0; i < f->n_notices; i++)
		free(f->notices[i]);
	free(f->notices);
}

static int edit_all(struct edit *x, struct err *e)
{
	size_t n = x->c->n_operands;
	struct edit_file *v = xcalloc(n, sizeof(*v));
	size_t at = 0;
	int r;

	for (size_t i = 0; i < n; i++)
		v[i] = (struct edit_file){ .name = x->c->operands[i],
					   .old = BUF_INIT, .now = BUF_INIT, .diff = BUF_INIT };
	if (same_check(x, v, n, &at, e) < 0)
		r = fail(x, &v[at], e);
	else
		r = x->o->expression ? by_expression(x, v, n, e) : by_editor(x, v, n, e);
	for (size_t i = 0; i < n; i++)
		file_release(&v[i]);
	free(v);
	copies_end(x);
	return r;
}

static int edit_json(struct edit *x, struct err *e)
{
	struct json j = json_init(&x->c->out.b);
	int r;

	x->json = &j;
	json_open_object(&j, NULL);
	json_str(&j, "schema", "guestutils.edit.v1");
	json_bool(&j, "dry_run", x->o->dry_run);
	json_open_array(&j, "files");
	r = edit_all(x, e);
	json_close(&j);
	json_close(&j);
	return r;
}

static int run(struct cli *c, struct err *e)
{
	struct edit x = { .c = c, .o = c->own };
	struct err end;
	int r;

	if (x.o->unable.no) {
		*e = x.o->unable;
		return -1;
	}
	r = guest_open(c, e);
	if (r)
		return r;
	progress_hide(&c->report.progress);
	r = c->images.json ? edit_json(&x, e) : edit_all(&x, e);
	if (x.o->dry_run || tool_must_stop(c))
		return r;
	/* Also after a failure: what was written before it is to be there, and the image clean. */
	if (session_finish(c->session, &end) == 0)
		return r;
	if (r) {
		report_fail(&c->report, NULL, &end);
		return r;
	}
	*e = end;
	return -1;
}

static const struct tool tool = {
	.name = "guest-edit",
	.usage = "[OPTION]... -a DISK... FILE...",
	.summary = "Edit files of a virtual machine that is not running.",
	.operand = "FILE",
	.rows = opts,
	.flags = TOOL_IMAGES | TOOL_OPERANDS | TOOL_WRITES,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct edit_options o = { .expression = NULL };
	int r = tool_main(&tool, argc, argv, &o);

	expr_free(o.parsed);
	return r;
}
