/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Columns of text for people: as wide as their widest cell. */
#ifndef INSPECT_TEXT_TABLE_H
#define INSPECT_TEXT_TABLE_H

#include "util/buf.h"
#include "util/strvec.h"

#define TEXT_COLUMNS_MAX 8

struct text_table {
	const char *form; /* a letter a column: 'l' to the left, 'r' to the right */
	struct strvec cells; /* row by row; already harmless */
};

/* Adds a cell of a guest's text, made harmless for a terminal; "-" for an empty one. */
void text_table_add(struct text_table *t, const char *s);
/* Appends the rows, each with the indent before it, and forgets them. */
void text_table_print(struct text_table *t, struct buf *b, const char *indent);

#endif
