/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is new in a file since the look before. A guest that runs writes while we read: what is
 * there is read up to the size that the file had, and no further; what comes later is found
 * by the next look.
 */
#include "tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/guest.h"
#include "cli/json.h"
#include "cli/safe.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/calls.h"

#define WINDOW	   (64u << 10) /* the end of a file that is read first, for its last lines */
#define WINDOW_MAX (64u << 20) /* the last lines that are longer are not looked for */
#define LINE_BYTES (1u << 20)  /* with --json: a longer line is several */

/* Someone who prints a file's bytes. */
struct printer {
	struct follow *f;
	struct followed *file;
};

/* What stands before the bytes of another file than the one before. */
static void banner(struct follow *f, const struct followed *file)
{
	struct buf *b = &f->cli->out.b;

	if (f->last != file && !f->o->quiet && !f->cli->images.json) {
		buf_addstr(b, "\n\n--- ");
		safe_add(b, file->name, safe_for(f->cli->out.fd));
		buf_addstr(b, " ---\n\n");
	}
	f->last = file;
}

/* A line as JSON. */
static int print_line(struct printer *p, const char *s, size_t n, struct err *e)
{
	struct json j = json_init(&p->f->cli->out.b);
	CLEANUP(free) char *line = xmemdup0(s, n);

	json_open_object(&j, NULL);
	json_str(&j, "schema", "guestutils.tail.v1");
	json_str(&j, "file", p->file->name);
	json_str(&j, "data", strlen(line) == n ? line : NULL);
	if (strlen(line) != n)
		json_base64(&j, "data_b64", (const uint8_t *)line, n);
	json_close(&j);
	return out_spill(&p->f->cli->out, e);
}

static int print_lines(struct printer *p, const char *s, size_t n, struct err *e)
{
	struct buf *b = &p->file->line;
	size_t done = 0;
	const char *end;

	buf_add(b, s, n);
	while (done < b->len) {
		end = memchr(b->data + done, '\n', b->len - done);
		if (!end && b->len - done < LINE_BYTES)
			break;
		size_t len = end ? (size_t)(end - b->data) - done : b->len - done;
		if (print_line(p, b->data + done, len, e) < 0)
			return -1;
		done += len + (end ? 1 : 0);
	}
	buf_drop(b, done);
	return 0;
}

static int print(struct printer *p, const char *s, size_t n, struct err *e)
{
	if (!n)
		return 0;
	banner(p->f, p->file);
	p->file->pos += n;
	return p->f->cli->images.json ? print_lines(p, s, n, e) : out_write(&p->f->cli->out, s, n, e);
}

/* A stream's data function. */
static int take_data(void *ctx, const void *s, size_t n, struct err *e)
{
	return print(ctx, s, n, e);
}

/* Another, into memory. */
static int keep_data(void *ctx, const void *s, size_t n, struct err *e)
{
	struct buf *b = ctx;

	if (n > WINDOW_MAX - b->len)
		return err_set(e, EPROTO, "more bytes than were asked for");
	buf_add(b, s, n);
	return 0;
}

/* Where the last lines of n bytes begin; ret_all: are those all lines that were asked for? */
static size_t last_lines(const char *s, size_t n, uint64_t lines, bool *ret_all)
{
	size_t at = n && s[n - 1] == '\n' ? n - 1 : n;

	*ret_all = true;
	if (!lines)
		return n;
	for (; at; at--)
		if (s[at - 1] == '\n' && !--lines)
			return at;
	*ret_all = false;
	return 0;
}

/* Prints the last lines of a file. */
static int begin(struct printer *p, char *path, uint64_t size, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	uint64_t window = size < WINDOW ? size : WINDOW;
	bool all;
	size_t at;

	for (;;) {
		const struct stream io = { .data = keep_data, .ctx = &b };
		const struct read_file_args a = { .path = path, .offset = size - window,
						  .length = window };

		b.len = 0;
		if (window && call_read_file(p->f->cli->session, &a, NULL, &io, e) < 0)
			return -1;
		at = last_lines(b.data, b.len, p->f->o->lines, &all);
		if (all || window == size || window == WINDOW_MAX)
			break;
		window = window * 8 < size ? window * 8 : size;
		window = window < WINDOW_MAX ? window : WINDOW_MAX;
	}
	p->file->pos = size - window + at;
	return b.len ? print(p, b.data + at, b.len - at, e) : 0;
}

static int go_on(struct printer *p, char *path, uint64_t size, struct err *e)
{
	const struct stream io = { .data = take_data, .ctx = p };
	const struct read_file_args a = { .path = path, .offset = p->file->pos,
					  .length = size - p->file->pos };

	return a.length ? call_read_file(p->f->cli->session, &a, NULL, &io, e) : 0;
}

/* One line of words about a file. */
static void notice(struct follow *f, const struct followed *file, const char *what)
{
	CLEANUP(free) char *text = xasprintf("'%s' %s", file->name, what);
	bool hush = f->cli->report.hush;

	f->cli->report.hush = false;
	report_warn(&f->cli->report, text);
	f->cli->report.hush = hush;
}

/* It is not there, or not any more. */
static void gone(struct follow *f, struct followed *file, struct err *e)
{
	if (file->there)
		notice(f, file, "was deleted");
	else if (!file->told)
		report_fail(&f->cli->report, file->name, e);
	file->there = false;
	file->told = true;
}

/* Is it the file of the look before? Says so where it is not. */
static void recognise(struct follow *f, struct followed *file, const wire_entry *st)
{
	bool other = file->ino != st->ino || file->dev_major != st->dev_major ||
		     file->dev_minor != st->dev_minor;

	if (file->there && other)
		notice(f, file, "was replaced; following the new file");
	else if (file->there && st->size < file->pos)
		notice(f, file, "was made shorter");
	else if (!file->there && f->begun)
		notice(f, file, "has appeared");
	if (other || st->size < file->pos) {
		file->pos = 0;
		file->line.len = 0;
	}
	file->ino = st->ino;
	file->dev_major = st->dev_major;
	file->dev_minor = st->dev_minor;
}

/* What is new in one file. */
static int look_at(struct follow *f, struct followed *file, struct err *e)
{
	struct printer p = { f, file };
	CLEANUP(free) char *path = NULL;
	CLEANUP(stat_ret_release) struct stat_ret r = { 0 };
	int rc = guest_path(f->cli, "read", file->name, &path, e);

	if (rc == 0) {
		const struct stat_args a = { .path = path, .follow = true };

		rc = call_stat(f->cli->session, &a, &r, e) < 0
			     ? guest_path_err("read", file->name, e) : 0;
	}
	if (rc == 0 && (r.entry.n != 1 || !S_ISREG(r.entry.v[0].mode)))
		rc = err_set(e, ENOENT, "cannot read '%s': it is not a regular file", file->name);
	if (rc < 0 && !tool_must_stop(f->cli) && (e->no == ENOENT || !f->begun)) {
		gone(f, file, e);
		return 0;
	}
	if (rc < 0)
		return -1;
	recognise(f, file, &r.entry.v[0]);
	bool again = file->there || f->begun;
	file->there = file->told = true;
	rc = again ? go_on(&p, path, r.entry.v[0].size, e) : begin(&p, path, r.entry.v[0].size, e);
	return rc < 0 ? guest_path_err("read", file->name, e) : 0;
}

int follow_look(struct follow *f, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		if (look_at(f, &f->files[i], e) < 0)
			return -1;
	f->begun = true;
	return out_flush(&f->cli->out, e);
}

int follow_end(struct follow *f, struct err *e)
{
	for (size_t i = 0; i < f->n; i++) {
		struct printer p = { f, &f->files[i] };
		struct buf *b = &f->files[i].line;

		if (b->len && print_line(&p, b->data, b->len, e) < 0)
			return -1;
		b->len = 0;
	}
	return 0;
}

bool follow_all_gone(const struct follow *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->files[i].there)
			return false;
	return true;
}
