/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-ls -l: what GNU ls -la prints, column by column, in the C locale. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ls.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define HALF_A_YEAR (31556952 / 2) /* seconds: older files show their year */

char ls_type_letter(uint32_t mode, char other)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return '-';
	case S_IFDIR:
		return 'd';
	case S_IFLNK:
		return 'l';
	case S_IFCHR:
		return 'c';
	case S_IFBLK:
		return 'b';
	case S_IFIFO:
		return 'p';
	case S_IFSOCK:
		return 's';
	default:
		return other;
	}
}

void ls_rows_release(struct ls_rows *rows)
{
	for (size_t i = 0; i < rows->n; i++)
		wire_free_entry(&rows->v[i]);
	free(rows->v);
	*rows = (struct ls_rows){ NULL, 0, 0 };
}

void ls_rows_take(struct ls_rows *rows, wire_entry *entry, const char *name)
{
	wire_entry *to;
	char *copy = xstrdup(name); /* it may point into the entry */

	if (rows->n == rows->cap) {
		rows->cap = rows->cap ? rows->cap * 2 : 64;
		rows->v = xreallocarray(rows->v, rows->cap, sizeof(*rows->v));
	}
	to = &rows->v[rows->n++];
	*to = *entry;
	memset(entry, 0, sizeof(*entry));
	free(to->path);
	to->path = copy;
}

static int by_name(const void *a, const void *b)
{
	const wire_entry *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* The widths of the columns that adapt to their content. */
struct widths {
	int nlink, user, group, size, major, minor;
	bool mark; /* some file has one */
};

static int digits(uint64_t n)
{
	int d = 1;

	while (n /= 10)
		d++;
	return d;
}

static int max(int a, int b)
{
	return a > b ? a : b;
}

static bool is_device(const wire_entry *e)
{
	return S_ISCHR(e->mode) || S_ISBLK(e->mode);
}

/* The name to show for an owner, or NULL for its number. */
static const char *owner_name(const struct ls_options *o, const char *name)
{
	return o->numeric || !name || !*name ? NULL : name;
}

static int owner_width(const struct ls_options *o, const char *name, uint32_t id)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (!owner_name(o, name))
		return digits(id);
	safe_add(&b, name, o->how);
	return (int)b.len;
}

static struct widths measure(const struct ls_options *o, const struct ls_rows *rows)
{
	struct widths w = { .mark = false };

	for (size_t i = 0; i < rows->n; i++) {
		const wire_entry *e = &rows->v[i];

		w.mark |= e->marks != 0;
		w.nlink = max(w.nlink, digits(e->nlink));
		w.user = max(w.user, owner_width(o, e->user, e->uid));
		w.group = max(w.group, owner_width(o, e->group, e->gid));
		if (is_device(e)) {
			w.major = max(w.major, digits(e->rdev_major));
			w.minor = max(w.minor, digits(e->rdev_minor));
			w.size = max(w.size, w.major + 2 + w.minor);
		} else {
			w.size = max(w.size, digits(e->size));
		}
	}
	return w;
}

/* Appends ten characters: -rwxr-xr-x. */
static void add_mode(struct buf *b, uint32_t mode)
{
	char s[11] = "?rwxrwxrwx";

	s[0] = ls_type_letter(mode, '?');
	for (int i = 0; i < 9; i++)
		if (!(mode & (0400u >> i)))
			s[1 + i] = '-';
	if (mode & S_ISUID)
		s[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		s[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		s[9] = mode & S_IXOTH ? 't' : 'T';
	buf_addstr(b, s);
}

/* Appends a space and a name to the left, or a number to the right of its column. */
static void add_owner(struct buf *b, const struct ls_options *o, const char *name, uint32_t id,
		      int width)
{
	size_t end = b->len + 1 + (size_t)width;

	buf_addch(b, ' ');
	if (!owner_name(o, name)) {
		buf_addf(b, "%*" PRIu32, width, id);
		return;
	}
	safe_add(b, name, o->how);
	while (b->len < end)
		buf_addch(b, ' ');
}

/* Appends a size, or for a device its numbers. */
static void add_size(struct buf *b, const wire_entry *e, const struct widths *w)
{
	int blanks = w->size - (w->major + 2 + w->minor);

	if (is_device(e))
		buf_addf(b, " %*" PRIu32 ", %*" PRIu32, w->major + max(0, blanks),
			 e->rdev_major, w->minor, e->rdev_minor);
	else
		buf_addf(b, " %*" PRIu64, w->size, e->size);
}

/* Appends the time: with the hour if it is in the last half year, else with the year. */
static void add_time(struct buf *b, const struct ls_options *o, int64_t sec)
{
	time_t t = sec;
	struct tm tm;
	char s[64];

	if (!localtime_r(&t, &tm)) {
		buf_addf(b, " %12" PRId64, sec);
		return;
	}
	if (sec > o->now - HALF_A_YEAR && sec <= o->now)
		strftime(s, sizeof(s), " %b %e %H:%M", &tm);
	else
		strftime(s, sizeof(s), " %b %e  %Y", &tm);
	buf_addstr(b, s);
}

/* Appends what ls -l has behind the mode; one file with a mark makes the column wider for all. */
static void add_mark(struct buf *b, const wire_entry *e, const struct widths *w)
{
	if (w->mark)
		buf_addch(b, e->marks & ENTRY_ACL ? '+' : e->marks & ENTRY_LABEL ? '.' : ' ');
}

static void add_row(struct buf *b, const struct ls_options *o, const wire_entry *e,
		    const struct widths *w)
{
	add_mode(b, e->mode);
	add_mark(b, e, w);
	buf_addf(b, " %*" PRIu64, w->nlink, e->nlink);
	add_owner(b, o, e->user, e->uid, w->user);
	add_owner(b, o, e->group, e->gid, w->group);
	add_size(b, e, w);
	add_time(b, o, e->mtime);
	buf_addch(b, ' ');
	safe_add(b, e->path, o->how);
	if (S_ISLNK(e->mode)) {
		buf_addstr(b, " -> ");
		safe_add(b, e->link ? e->link : "", o->how);
	}
	buf_addch(b, ls_end(o));
}

void ls_rows_print(struct buf *b, const struct ls_options *o, struct ls_rows *rows, bool total)
{
	struct widths w = measure(o, rows);
	uint64_t blocks = 0;

	if (rows->n > 1)
		qsort(rows->v, rows->n, sizeof(*rows->v), by_name);
	for (size_t i = 0; i < rows->n; i++)
		blocks += rows->v[i].blocks;
	if (total)
		buf_addf(b, "total %" PRIu64 "%c", (blocks + 1) / 2, ls_end(o));
	for (size_t i = 0; i < rows->n; i++)
		add_row(b, o, &rows->v[i], &w);
}
