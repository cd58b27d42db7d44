/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See report.h. */
#include "cli/report.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/safe.h"
#include "proto/proto.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"

void report_init(struct report *r, const char *tool)
{
	*r = (struct report){ .tool = tool, .start = now_ns() };
	progress_init(&r->progress, tool, PROGRESS_AUTO);
}

/* Writes a whole line, which may share a terminal with a progress bar. */
static void put(struct report *r, struct buf *b)
{
	progress_hide(&r->progress);
	(void)!write_full(STDERR_FILENO, b->data, b->len);
}

/* "PROG: KIND: TEXT"; kind may be NULL. */
static void put_line(struct report *r, const char *kind, const char *text)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	buf_addf(&b, "%s: ", r->tool);
	if (kind) {
		safe_add(&b, kind, SAFE_MESSAGE);
		buf_addstr(&b, ": ");
	}
	safe_add(&b, text, SAFE_MESSAGE);
	buf_addch(&b, '\n');
	put(r, &b);
}

static void put_json(struct report *r, const char *schema, const char *path, const struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct json j = json_init(&b);
	const char *name = errno_name(e->no);

	json_open_object(&j, NULL);
	json_str(&j, "schema", schema);
	json_str(&j, "tool", r->tool);
	json_str(&j, "image", r->image);
	json_str(&j, "path", path);
	json_str(&j, "errno", e->no && *name ? name : NULL);
	json_str(&j, "message", e->msg);
	json_close(&j);
	put(r, &b);
}

void report_fail(struct report *r, const char *path, const struct err *e)
{
	if (r->hush)
		return;
	r->failed = true;
	if (r->json)
		put_json(r, "guestutils.error.v1", path, e);
	else
		put_line(r, r->image, e->msg);
}

void report_warn(struct report *r, const char *text)
{
	CLEANUP(free) char *kind = NULL;
	struct err e = ERR_INIT;

	if (r->hush)
		return;
	if (r->json) {
		err_set(&e, 0, "%s", text);
		put_json(r, "guestutils.warning.v1", NULL, &e);
		return;
	}
	kind = r->image ? xasprintf("%s: warning", r->image) : xstrdup("warning");
	put_line(r, kind, text);
}

void report_say(struct report *r, const char *fmt, ...)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(free) char *text = NULL;
	va_list ap;

	if (r->json || r->hush)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	/* A tab at the front is ours. */
	buf_addf(&b, "%s: %s", r->tool, *text == '\t' ? "\t" : "");
	safe_add(&b, text + (*text == '\t'), SAFE_MESSAGE);
	buf_addch(&b, '\n');
	put(r, &b);
}

void report_usage(struct report *r, const struct err *e)
{
	report_fail(r, NULL, e);
	if (r->json)
		return;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	buf_addf(&b, "Try '%s --help' for more information.\n", r->tool);
	put(r, &b);
}

void report_step(struct report *r, const char *text)
{
	CLEANUP(free) char *line = NULL;

	if (!r->verbose && !r->timings)
		return;
	line = xasprintf("[%6.1f ms] %s", (double)(now_ns() - r->start) / 1e6, text);
	put_line(r, NULL, line);
}

void report_event(void *ctx, const struct session_event_data *ev)
{
	struct report *r = ctx;

	switch (ev->event) {
	case SESSION_EV_STATE:
	case SESSION_EV_STEP:
		report_step(r, ev->text);
		progress_text(&r->progress, ev->text);
		break;
	case SESSION_EV_CONSOLE:
		if (r->verbose)
			put_line(r, "console", ev->text);
		break;
	case SESSION_EV_LOG:
		if (r->verbose)
			put_line(r, "guestd", ev->text);
		break;
	case SESSION_EV_WARNING:
		report_warn(r, ev->text);
		break;
	case SESSION_EV_TRACE:
		put_line(r, "trace", ev->text);
		break;
	case SESSION_EV_PROGRESS:
		progress_update(&r->progress, ev->position, ev->total);
		break;
	}
}
