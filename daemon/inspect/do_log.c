/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls on a guest's log. What it is made of is read in a child; see log.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/folder.h"
#include "daemon/guestd.h"
#include "daemon/inspect/log.h"
#include "daemon/inspect/win_child.h"
#include "daemon/inspect/win_path.h"
#include "daemon/inspect/win_root.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define ADDRESS_SPACE (1ull << 40) /* journals are mapped, each many times */
#define HEAP	      (256u << 20)

#define EVENTS	      "events"
#define EVENTS_FOLDER "winevt/Logs"

/* Where logs are, in the order in which they are looked for. */
static const struct source {
	const char *kind;
	const char *path;
	mode_t type;
	int (*read)(int root, const struct log_args *a, const struct log_to *to, struct err *e);
} sources[] = {
	{ "journal", "/var/log/journal", S_IFDIR, log_journal },
	{ "text", "/var/log/syslog", S_IFREG, log_text },
	{ "text", "/var/log/messages", S_IFREG, log_text },
};

/* Is it there, with something in it? A journal's folder may be, of a guest that does not use it. */
static bool is_used(int root, const struct source *s)
{
	CLEANUP(folder_release) struct folder f = FOLDER_INIT;
	CLEANUP(fd_close) int fd = -1;
	struct err ignored;

	if (s->type != S_IFDIR)
		return below_is(root, s->path, s->type);
	fd = below_open(root, s->path, O_RDONLY | O_DIRECTORY, 0);
	return fd >= 0 && folder_read(&f, fd, s->path, &ignored) == 0 && f.n;
}

/* The file of a channel of Windows, whose names have a slash where the file's has %4. NULL: none. */
static char *windows_log(int root, const char *channel)
{
	CLEANUP(free) char *systemroot = win_systemroot(root);
	CLEANUP(buf_release) struct buf name = BUF_INIT;

	if (!systemroot)
		return NULL;
	buf_addf(&name, "%s/System32/" EVENTS_FOLDER "/", systemroot);
	for (const char *p = *channel ? channel : "System"; *p; p++)
		if (*p == '/')
			buf_addstr(&name, "%4");
		else
			buf_addch(&name, *p);
	buf_addstr(&name, ".evtx");
	return win_find(root, name.data);
}

int do_log_source(struct guestd *g, const struct log_source_args *a, struct log_source_ret *r,
		  struct err *e)
{
	const char *kind = "", *path = "";
	char *events = windows_log(g->sysroot, a->channel);

	(void)e;
	if (events) {
		r->kind = xstrdup(EVENTS);
		r->path = events;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sources) && !*kind; i++) {
		if (!is_used(g->sysroot, &sources[i]))
			continue;
		kind = sources[i].kind;
		path = sources[i].path;
	}
	r->kind = xstrdup(kind);
	r->path = xstrdup(path);
	return 0;
}

/* ---- in the child */

bool log_wanted(const struct log_args *a, const wire_log_entry *x)
{
	/* An hour of a million years still fits. */
	int64_t usec = x->time < INT64_MIN / 2000000   ? INT64_MIN
		       : x->time > INT64_MAX / 2000000 ? INT64_MAX
						       : x->time * 1000000 + x->time_ns / 1000;
	bool named = !a->identifiers.n;

	for (uint32_t i = 0; i < a->identifiers.n && !named; i++)
		named = !strcmp(a->identifiers.v[i], x->ident);
	if (a->priorities && (x->priority < 0 || x->priority > 7 ||
			      !(a->priorities & 1u << x->priority)))
		return false;
	return named && usec >= a->since && usec <= a->until;
}

int log_warn(const struct log_to *to, const char *text, struct err *e)
{
	char none[] = "", *words = (char *)(uintptr_t)text;
	const wire_log_entry x = { .origin = none, .host = none, .ident = none, .message = words,
				   .level = none, .user = none, .xml = none, .pid = -1,
				   .priority = -1 };

	return to->fn(to->ctx, &x, e);
}

static bool entry_xdr(XDR *x, void *v)
{
	return wire_xdr_log_entry(x, v);
}

/* The log_entry_fn. */
static int say(void *ctx, const wire_log_entry *x, struct err *e)
{
	return child_say(ctx, entry_xdr, x, e);
}

struct job {
	struct guestd *g;
	const struct log_args *a;
	const struct source *source;
};

static int in_child(int root, void *ctx, struct child_out *out, struct err *e)
{
	const struct job *j = ctx;
	const struct log_to to = { say, out };

	return j->source->read(root, j->a, &to, e);
}

/* ---- in the daemon */

static int take(void *ctx, const void *p, size_t n, struct err *e)
{
	struct job *j = ctx;

	return stream_data(j->g, p, n, e) || check_cancel(j->g, e) ? -1 : 0;
}

/* Is it the path of a log of Windows? */
static bool is_events(const char *path)
{
	const size_t n = strlen(path);

	return n > 5 && !strcasecmp(path + n - 5, ".evtx") && strcasestr(path, "/" EVENTS_FOLDER "/");
}

static const struct source *source_of(const struct log_args *a)
{
	static const struct source events = { EVENTS, NULL, S_IFREG, log_events };

	if (!strcmp(a->kind, EVENTS) && is_events(a->path))
		return &events;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (!strcmp(sources[i].kind, a->kind) && !strcmp(sources[i].path, a->path))
			return &sources[i];
	return NULL;
}

int do_log(struct guestd *g, const struct log_args *a, struct log_ret *r, struct err *e)
{
	static const struct child_limits limits = { ADDRESS_SPACE, HEAP, true };
	struct job j = { g, a, source_of(a) };
	struct err bad;
	bool taken;

	if (!j.source)
		return err_set(e, EINVAL, "no log of the kind '%s' at '%s'", a->kind, a->path);
	if (!child_stream(g->sysroot, a->path, &limits, in_child, take, &j, &taken, &bad)) {
		r->complete = true;
		return 0;
	}
	if (taken) {
		*e = bad;
		return -1;
	}
	r->warnings.v = xcalloc(1, sizeof(*r->warnings.v));
	r->warnings.v[r->warnings.n++] = xstrdup(bad.msg);
	return 0;
}
