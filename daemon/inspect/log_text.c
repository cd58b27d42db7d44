/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text that syslog has written, line by line. It is read once where all that is wanted is
 * sent as it comes; for the last lines, or backwards, once more to find them.
 */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/inspect/log_line.h"
#include "daemon/inspect/log_places.h"
#include "daemon/inspect/win_child.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define LINE_MAX_BYTES 32768u	   /* a longer line is several */
#define CHUNK	       (256u << 10)

struct text {
	int fd;
	const char *path;
	const struct log_args *a;
	const struct log_to *to;
	int64_t latest; /* when the file was written last */
	int64_t time;	/* of the line before: a line without a time has that one's */
	uint32_t ns;
	struct log_places places; /* of the lines that are wanted */
};

/* A line, and where it begins. */
typedef int (*line_fn)(struct text *t, struct span line, uint64_t at, struct err *e);

/* Appends a string; NULs in it are blanks. Where it begins. */
static size_t add_string(struct buf *b, struct span s)
{
	size_t at = b->len;

	buf_add(b, s.s, s.n);
	for (size_t i = at; i < b->len; i++)
		if (!b->data[i])
			b->data[i] = ' ';
	buf_addch(b, '\0');
	return at;
}

/* Makes the entry of a line; its strings are in text, which the caller gives. */
static void entry_of(struct text *t, struct span line, wire_log_entry *x, struct buf *text)
{
	static char origin[] = "text", none[] = "";
	struct log_line l;
	size_t ident, host;

	log_line_parse(line, t->latest, &l);
	if (l.dated) {
		t->time = l.time;
		t->ns = l.ns;
	}
	text->len = 0;
	(void)add_string(text, t->a->whole_lines ? line : l.message);
	ident = add_string(text, l.ident);
	host = add_string(text, l.host);
	*x = (wire_log_entry){
		.origin = origin, .time = t->time, .time_ns = t->ns, .host = text->data + host,
		.ident = text->data + ident, .pid = l.pid, .priority = -1,
		.message = text->data, .level = none, .user = none, .xml = none,
	};
}

static int tell_line(struct text *t, struct span line, uint64_t at, struct err *e)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	wire_log_entry x;

	(void)at;
	entry_of(t, line, &x, &text);
	return log_wanted(t->a, &x) ? t->to->fn(t->to->ctx, &x, e) : 0;
}

/* Keeps the line's place. */
static int keep_line(struct text *t, struct span line, uint64_t at, struct err *e)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	wire_log_entry x;

	entry_of(t, line, &x, &text);
	return log_wanted(t->a, &x) ? log_places_add(&t->places, at, e) : 0;
}

/* How many NULs there are: what a crash leaves where the end of a text was not written. */
static size_t count_nuls(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && !p[i])
		i++;
	return i;
}

/* All lines from a place on, without NULs in front of them; with one, only the first. */
static int each_line(struct text *t, uint64_t at, bool one, line_fn fn, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	size_t chunk = one ? LINE_MAX_BYTES : CHUNK;
	uint64_t count = 0;

	for (;;) {
		ssize_t n = pread(t->fd, buf_room(&b, chunk), chunk, (off_t)(at + b.len));
		size_t done = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read '%s' at byte %llu", t->path,
				       (unsigned long long)at + b.len);
		b.len += (size_t)n;
		child_more_time(count++);
		while ((done += count_nuls(b.data + done, b.len - done)) < b.len) {
			const char *p = b.data + done, *end = memchr(p, '\n', b.len - done);
			size_t len = end ? (size_t)(end - p) : b.len - done;
			size_t now = len < LINE_MAX_BYTES ? len : LINE_MAX_BYTES;

			if (!end && n && len < LINE_MAX_BYTES)
				break;
			if (fn(t, (struct span){ p, now }, at + done, e) < 0)
				return -1;
			child_more_time(count++);
			if (one)
				return 0;
			done += now + (now == len && end);
		}
		buf_drop(&b, done);
		at += done;
		if (!n)
			return 0;
	}
}

/* The lines whose places were kept. */
static int tell_kept(struct text *t, struct err *e)
{
	for (size_t i = 0; i < t->places.n; i++)
		if (each_line(t, log_places_at(&t->places, i), true, tell_line, e) < 0)
			return -1;
	return 0;
}

/* The guest's time zone becomes this process's, which is one of its own. */
static void take_zone(int root)
{
	struct err absent;
	int fd = below_open_file(root, "/etc/localtime", O_RDONLY, NULL, &absent);
	char zone[64] = "UTC0";

	if (fd >= 0)
		snprintf(zone, sizeof(zone), ":/proc/self/fd/%d", fd);
	setenv("TZ", zone, 1);
	tzset();
	fd_close(fd);
}

int log_text(int root, const struct log_args *a, const struct log_to *to, struct err *e)
{
	struct stat st;
	CLEANUP(fd_close) int fd = below_open_file(root, a->path, O_RDONLY, &st, e);
	struct text t = { .fd = fd, .path = a->path, .a = a, .to = to, .places = { .a = a } };
	int r;

	if (fd < 0)
		return -1;
	if (a->units.n || a->one_boot || a->priorities)
		return err_set(e, ENOTSUP,
			       "the guest's log is a text, '%s', which does not tell units, boots "
			       "and priorities", a->path);
	take_zone(root);
	t.latest = st.st_mtime;
	if (!a->lines && !a->reverse)
		return each_line(&t, 0, false, tell_line, e);
	r = each_line(&t, 0, false, keep_line, e) < 0 ? -1 : tell_kept(&t, e);
	log_places_release(&t.places);
	return r;
}
