/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See names.h. Both files have the name first and the number third: "name:x:0:". */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "sysroot.h"
#include "util/xalloc.h"

#define FILE_MAX     (4u << 20)
#define NAME_MAX_LEN 255 /* longer ones are not names, and would be in every record */

/* By number; equal numbers in the order of the file. */
static int compare(const void *a, const void *b)
{
	const struct name_row *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

/* A decimal number that a ':' or the line's end follows. */
static bool parse_id(const char *p, const char *end, uint32_t *ret_id)
{
	const char *start = p;
	uint64_t v = 0;

	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		v = v * 10 + (uint64_t)(*p - '0');
		if (v > UINT32_MAX)
			return false;
	}
	if (p == start || (p < end && *p != ':'))
		return false;
	*ret_id = (uint32_t)v;
	return true;
}

/* Takes the row out of one line, if it is one; NIS's "+" and "-" rows are not. */
static void add_line(struct name_table *t, char *line, char *end)
{
	char *password, *id;
	struct name_row row = { .name = (uint32_t)(line - t->text.data) };

	password = memchr(line, ':', (size_t)(end - line));
	if (!password || password == line || password - line > NAME_MAX_LEN || *line == '+' ||
	    *line == '-' || *line == '#')
		return;
	id = memchr(password + 1, ':', (size_t)(end - password - 1));
	if (!id || !parse_id(id + 1, end, &row.id))
		return;
	*password = '\0';
	t->rows[t->n++] = row;
}

/* One file; an error of any kind leaves the table empty. */
static void load(const struct guestd *g, const char *path, struct name_table *t)
{
	struct err ignored;
	size_t lines = 1;

	if (sysroot_read(g, path, FILE_MAX, &t->text, &ignored)) {
		buf_release(&t->text);
		return;
	}
	if (!t->text.len)
		return;
	for (size_t i = 0; i < t->text.len; i++)
		lines += t->text.data[i] == '\n';
	t->rows = xreallocarray(NULL, lines, sizeof(*t->rows));
	for (char *p = t->text.data, *stop = p + t->text.len; p < stop;) {
		char *end = memchr(p, '\n', (size_t)(stop - p));

		if (!end)
			end = stop;
		add_line(t, p, end);
		p = end + 1;
	}
	qsort(t->rows, t->n, sizeof(*t->rows), compare);
}

void names_load(const struct guestd *g, struct names *n)
{
	load(g, "/etc/passwd", &n->users);
	load(g, "/etc/group", &n->groups);
}

const char *names_find(const struct name_table *t, uint32_t id)
{
	size_t lo = 0, hi = t->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->rows[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->rows[lo].id == id ? t->text.data + t->rows[lo].name : "";
}

/* Frees one table. */
static void table_release(struct name_table *t)
{
	buf_release(&t->text);
	free(t->rows);
	*t = (struct name_table){ BUF_INIT, NULL, 0 };
}

void names_release(struct names *n)
{
	table_release(&n->users);
	table_release(&n->groups);
}
