/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See text_table.h. */
#include "text_table.h"

#include <string.h>

#include "cli/safe.h"

void text_table_add(struct text_table *t, const char *s)
{
	struct buf b = BUF_INIT;

	safe_add(&b, *s ? s : "-", SAFE_MESSAGE);
	strvec_give(&t->cells, buf_take(&b));
}

/* Characters of a string that is UTF-8. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void pad(struct buf *b, size_t n)
{
	memset(buf_room(b, n), ' ', n);
	b->len += n;
}

void text_table_print(struct text_table *t, struct buf *b, const char *indent)
{
	size_t columns = strlen(t->form), most[TEXT_COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < t->cells.n; i++) {
		size_t n = width(t->cells.v[i]), *m = &most[i % columns];

		*m = n > *m ? n : *m;
	}
	for (size_t i = 0; i < t->cells.n; i++) {
		size_t k = i % columns, blanks = most[k] - width(t->cells.v[i]);

		buf_addstr(b, k ? "  " : indent);
		if (t->form[k] == 'r')
			pad(b, blanks);
		buf_addstr(b, t->cells.v[i]);
		if (k == columns - 1)
			buf_addch(b, '\n');
		else if (t->form[k] == 'l')
			pad(b, blanks);
	}
	strvec_release(&t->cells);
}
