/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See edit.h: how new content comes about, and what is said of it before it is written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/safe.h"
#include "edit.h"
#include "expr.h"
#include "perl.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* Perl over content; where there is none, with the reason that it is needed. */
static int by_perl(const struct edit_options *o, const struct err *reason, const struct buf *in,
		   struct buf *out, struct err *e)
{
	if (perl_apply(o->expression, in->data, in->len, out, e) == 0)
		return 0;
	return e->no == ENOENT ? err_hint(e, "%s", reason->msg) : -1;
}

/* Perl compiles what is its own: it is given no line to run it on. */
int change_parse(struct edit_options *o, struct err *e)
{
	CLEANUP(buf_release) struct buf in = BUF_INIT, out = BUF_INIT;

	o->parsed = expr_parse(o->expression, &o->beyond);
	if (o->parsed)
		return 0;
	if (o->beyond.no == ENOTSUP)
		return by_perl(o, &o->beyond, &in, &out, e);
	*e = o->beyond;
	return -1;
}

int change_by_expression(struct edit *x, struct edit_file *f, struct err *e)
{
	struct err reason = x->o->beyond;

	if (x->o->parsed) {
		if (expr_apply(x->o->parsed, f->old.data, f->old.len, &f->now, &reason) == 0)
			return 0;
		if (reason.no != ENOTSUP) {
			*e = reason;
			return -1;
		}
	}
	f->now.len = 0;
	return by_perl(x->o, &reason, &f->old, &f->now, e);
}

static const char *editor(void)
{
	static const char *const names[] = { "VISUAL", "EDITOR" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return v;
	}
	return "vi";
}

int change_by_editor(struct edit *x, struct edit_file *f, struct err *e)
{
	CLEANUP(free) char *path = copies_make(x, f->name, "edit", &f->old, e);
	const struct child_io io = { .terminal = true };
	char ended[64];
	int status;

	if (!path)
		return -1;
	if (child_shell(editor(), path, &io, &status, e) < 0)
		return -1;
	if (copies_read(path, &f->now, e) < 0)
		return err_ctx(e, "what the editor has left");
	/* From here on it is the user's work. */
	if (f->now.len != f->old.len || (f->now.len && memcmp(f->now.data, f->old.data, f->now.len)))
		f->kept = TAKE(path);
	if (status)
		return err_set(e, EINVAL, "the editor '%s' failed (%s): nothing was written", editor(),
			       child_ended(status, ended));
	return 0;
}

int change_diff(struct edit *x, struct edit_file *f, struct err *e)
{
	CLEANUP(free) char *old = copies_make(x, f->name, "old", &f->old, e);
	CLEANUP(free) char *now = old ? copies_make(x, f->name, "new", &f->now, e) : NULL;
	CLEANUP(buf_release) struct buf label = BUF_INIT, words = BUF_INIT;
	CLEANUP(free) char *a = NULL, *b = NULL;
	int status;

	if (!now)
		return -1;
	safe_add(&label, f->path, SAFE_NAME);
	a = f->absent ? xstrdup("/dev/null") : xasprintf("a%s", label.data);
	b = xasprintf("b%s", label.data);
	char program[] = "diff", u[] = "-u", l1[] = "--label", l2[] = "--label", end[] = "--";
	char *argv[] = { program, u, l1, a, l2, b, end, old, now, NULL };
	const struct child_io io = { .out = &f->diff, .errors = &words };
	int rc = child_run(argv, NULL, &io, &status, e);
	copies_remove(old);
	copies_remove(now);
	if (rc < 0)
		return -1;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return err_set(e, EIO, "diff: %.*s", (int)strcspn(words.len ? words.data : "", "\n"),
			       words.len ? words.data : "failed");
	return 0;
}

/* What a program has said, a line at a time. */
static void say_lines(struct report *r, struct buf *words)
{
	char *rest = words->len ? words->data : NULL, *line;

	while (rest && (line = strsep(&rest, "\n")))
		if (*line)
			report_say(r, "%s", line);
}

int change_check(struct edit *x, struct edit_file *f, struct err *e)
{
	CLEANUP(free) char *path = copies_make(x, f->name, "check", &f->now, e);
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	const struct child_io io = { .in = "", .n = 0, .out = &words, .errors = &words };
	char ended[64];
	int status, rc;

	if (!path)
		return -1;
	rc = child_shell(x->o->checker, path, &io, &status, e);
	copies_remove(path);
	if (rc < 0)
		return -1;
	if (!status)
		return 0;
	say_lines(&x->c->report, &words);
	err_set(e, EINVAL, "'%s' rejects the new '%s' (%s): nothing was written", x->o->checker,
		f->name, child_ended(status, ended));
	if (x->c->report.json && words.len)
		err_hint(e, "it says: %.*s", (int)(words.len < 400 ? words.len : 400), words.data);
	return -1;
}
