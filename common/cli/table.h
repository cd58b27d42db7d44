/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables: what a tool lists, in columns, as comma-separated values or as JSON, all from
 * one definition of the columns.
 *
 * A column fills a cell from a row, which may be any struct. In text and CSV only the
 * columns are shown whose bits in "when" are all asked for; JSON has all of them.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/json.h"
#include "cli/safe.h"
#include "proto/wire.h"
#include "util/buf.h"
#include "util/strvec.h"

enum cell_kind {
	CELL_NONE,    /* nothing that could be there */
	CELL_STR,     /* s, borrowed; "" is null in JSON */
	CELL_LIST,    /* list, borrowed: with commas between, or an array */
	CELL_NUMBER,  /* n */
	CELL_SIZE,    /* n bytes; a table for people rounds them */
	CELL_HEX,     /* n as two hexadecimal digits */
	CELL_PERCENT, /* percent: rounded up in text, with one digit after the point elsewhere */
};

struct cell {
	enum cell_kind kind;
	const char *s;
	const wire_strs *list;
	uint64_t n;
	float percent;
};

enum table_form {
	TABLE_TEXT = 1 << 0,
	TABLE_CSV = 1 << 1,
	TABLE_JSON = 1 << 2,
};

struct column {
	const char *heading; /* of text and CSV */
	const char *key;     /* of JSON */
	unsigned forms;      /* enum table_form: where it is shown */
	unsigned when;       /* bits of the tool's, all of which must be asked for */
	/*
	 * Of text. 0: all are left-aligned, each as wide as its widest cell. Else rows are
	 * written as they come, right-aligned in this width; negative: left-aligned, and
	 * what is wider takes a line of its own.
	 */
	int width;
	/* Fills *c, which is CELL_NONE. */
	void (*get)(const void *row, struct cell *c);
};

/* One listing. The fields after out are the table's own: zero to begin with. */
struct table {
	const struct column *columns;
	size_t n_columns;
	enum table_form form;
	unsigned asked; /* what the columns' "when" is held against */
	bool title;     /* a first row with the headings; not of JSON */
	bool human;     /* sizes for people */
	/*
	 * Of text with widths of its own: columns have two spaces between them, or one where
	 * two after each of so many columns made it wider than 72. 0: as many as are shown.
	 */
	size_t spaced;
	enum safe_how how;
	const char *schema; /* of JSON */
	struct buf *out;    /* borrowed */

	struct json json;
	struct strvec cells; /* text that waits for its widths, row by row; NULL: nothing */
	size_t n_shown;
	bool gap; /* of text with fixed widths: the next cell wants a space before it */
};

/* Appends the row of headings, or the head of the JSON object. */
void table_begin(struct table *t);
void table_row(struct table *t, const void *row);
/* Appends what is left, and frees what the table took. */
void table_end(struct table *t);

#endif
