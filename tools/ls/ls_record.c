/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-ls -lR: one line an entry, in columns or comma-separated. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/csv.h"
#include "ls.h"

/* Appends a separator and a text of the guest. */
static void add_text(struct buf *b, const struct ls_options *o, const char *s)
{
	buf_addch(b, o->csv ? ',' : ' ');
	if (o->csv)
		csv_add(b, s, o->how);
	else
		safe_add(b, s, o->how);
}

static void add_size(struct buf *b, const struct ls_options *o, uint64_t size)
{
	char human[HUMAN_SIZE_MAX];

	if (o->csv)
		buf_addf(b, ",%" PRIu64, size);
	else if (o->human)
		buf_addf(b, " %10s", human_size(size, human));
	else
		buf_addf(b, " %10" PRIu64, size);
}

/* Appends a local date, or the number where no calendar has one. */
static void add_date(struct buf *b, int64_t sec)
{
	time_t t = sec;
	struct tm tm;
	char s[64];

	if (localtime_r(&t, &tm) && strftime(s, sizeof(s), "%F %T", &tm))
		buf_addstr(b, s);
	else
		buf_addf(b, "%" PRId64, sec);
}

static void add_time(struct buf *b, const struct ls_options *o, int64_t sec)
{
	buf_addch(b, o->csv ? ',' : ' ');
	switch (o->times) {
	case LS_TIMES_NONE:
		break;
	case LS_TIMES_DATE:
		add_date(b, sec);
		break;
	case LS_TIMES_EPOCH:
		buf_addf(b, "%10" PRId64, sec);
		break;
	case LS_TIMES_RELATIVE:
		buf_addf(b, "%8" PRId64, o->now - sec);
		break;
	case LS_TIMES_DAYS:
		buf_addf(b, "%3" PRId64, (o->now - sec) / 86400);
		break;
	}
}

static void add_extra(struct buf *b, const struct ls_options *o, const wire_entry *e)
{
	char c = o->csv ? ',' : ' ';

	buf_addf(b, "%c%" PRIu32 ":%" PRIu32 "%c%" PRIu64 "%c%" PRIu64, c, e->dev_major,
		 e->dev_minor, c, e->ino, c, e->nlink);
	buf_addf(b, "%c%" PRIu32 ":%" PRIu32 "%c%" PRIu64, c, e->rdev_major, e->rdev_minor, c,
		 e->blocks);
}

void ls_record_print(struct buf *b, const struct ls_options *o, const wire_entry *e,
		     const char *path)
{
	char c = o->csv ? ',' : ' ';

	buf_addf(b, "%c%c%04o", ls_type_letter(e->mode, 'u'), c, e->mode & 07777);
	add_size(b, o, e->size);
	if (o->uids)
		buf_addf(b, "%c%4" PRIu32 "%c%4" PRIu32, c, e->uid, c, e->gid);
	if (o->times) {
		add_time(b, o, e->atime);
		add_time(b, o, e->mtime);
		add_time(b, o, e->ctime);
	}
	if (o->extra)
		add_extra(b, o, e);
	if (o->checksum && S_ISREG(e->mode))
		buf_addf(b, "%c%s", c, e->checksum);
	else if (o->checksum && o->csv)
		buf_addch(b, c);
	add_text(b, o, path);
	if (S_ISLNK(e->mode)) {
		buf_addstr(b, o->csv ? "" : " ->");
		add_text(b, o, e->link);
	}
	buf_addch(b, ls_end(o));
}
