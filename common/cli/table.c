/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See table.h. */
#include "cli/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/csv.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define TEXT_WIDTH 72 /* what columns with two spaces between them should not go beyond */

static bool is_shown(const struct table *t, const struct column *c)
{
	if (!(c->forms & t->form))
		return false;
	return t->form == TABLE_JSON || (c->when & t->asked) == c->when;
}

/* The smallest whole number that is not below v, which is not negative. */
static unsigned round_up(float v)
{
	unsigned n = (unsigned)v;

	return n + ((float)n < v);
}

static void add_list(struct buf *b, const wire_strs *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		if (i)
			buf_addch(b, ',');
		buf_addstr(b, list->v[i]);
	}
}

/* A cell as text, the bytes as they are; NULL for CELL_NONE. */
static char *cell_text(const struct table *t, const struct cell *c)
{
	struct buf b = BUF_INIT;
	char size[HUMAN_SIZE_MAX];

	switch (c->kind) {
	case CELL_NONE:
		return NULL;
	case CELL_STR:
		return xstrdup(c->s);
	case CELL_LIST:
		add_list(&b, c->list);
		break;
	case CELL_SIZE:
		if (t->human) {
			buf_addstr(&b, human_size(c->n, size));
			break;
		}
		/* fall through */
	case CELL_NUMBER:
		buf_addf(&b, "%" PRIu64, c->n);
		break;
	case CELL_HEX:
		buf_addf(&b, "%02" PRIx64, c->n);
		break;
	case CELL_PERCENT:
		if (t->form == TABLE_TEXT)
			buf_addf(&b, "%3u%%", round_up(c->percent));
		else
			buf_addf(&b, "%.1f", (double)c->percent);
		break;
	}
	return buf_take(&b);
}

static void add_json(struct table *t, const struct column *col, const struct cell *c)
{
	CLEANUP(free) char *text = NULL;

	switch (c->kind) {
	case CELL_NUMBER:
	case CELL_SIZE:
		json_u64(&t->json, col->key, c->n);
		return;
	case CELL_LIST:
		json_strs(&t->json, col->key, c->list->v, c->list->n);
		return;
	case CELL_PERCENT:
		json_fixed(&t->json, col->key, (double)c->percent);
		return;
	case CELL_NONE:
	case CELL_STR:
	case CELL_HEX:
		text = cell_text(t, c);
		json_str(&t->json, col->key, text && *text ? text : NULL);
		return;
	}
}

/* A cell of text in a column that has a width. */
static void add_fixed(struct table *t, const struct column *c, const char *text)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	int width = abs(c->width);

	safe_add(&b, text && *text ? text : "-", t->how);
	if (c->width > 0)
		buf_addf(t->out, "%s%*s", t->gap ? " " : "", width, b.data);
	else if (b.len <= (size_t)width)
		buf_addf(t->out, "%-*s", width, b.data);
	else
		buf_addf(t->out, "%s\n%*s", b.data, width, "");
	/* The width of a left-aligned column has its gap in it. */
	t->gap = c->width > 0;
}

/* Takes the i-th cell of a row as text, which may be NULL and is the caller's. */
static void add_text(struct table *t, const struct column *c, const char *text, size_t i)
{
	struct buf b = BUF_INIT;

	if (t->form == TABLE_CSV) {
		if (i)
			buf_addch(t->out, ',');
		if (text)
			csv_add(t->out, text, t->how);
	} else if (c->width) {
		add_fixed(t, c, text);
	} else if (text) {
		safe_add(&b, text, t->how);
		strvec_give(&t->cells, buf_take(&b));
	} else {
		strvec_give(&t->cells, NULL);
	}
}

/* Ends a row, unless it waits for its widths. */
static void end_row(struct table *t)
{
	t->gap = false;
	if (t->form == TABLE_CSV || t->columns[0].width)
		buf_addch(t->out, '\n');
}

void table_begin(struct table *t)
{
	size_t shown = 0;

	t->json = json_init(t->out);
	t->cells = (struct strvec)STRVEC_INIT;
	if (t->form == TABLE_JSON) {
		json_open_object(&t->json, NULL);
		json_str(&t->json, "schema", t->schema);
		json_open_array(&t->json, "entries");
		return;
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		const struct column *c = &t->columns[i];

		if (!is_shown(t, c))
			continue;
		if (t->title)
			add_text(t, c, c->heading, shown);
		shown++;
	}
	t->n_shown = shown;
	if (t->title)
		end_row(t);
}

/* The cell of a row in the i-th column that is shown. */
static void add_cell(struct table *t, const struct column *c, const void *row, size_t i)
{
	struct cell cell = { .kind = CELL_NONE };
	CLEANUP(free) char *text = NULL;

	c->get(row, &cell);
	if (t->form == TABLE_JSON) {
		add_json(t, c, &cell);
		return;
	}
	text = cell_text(t, &cell);
	add_text(t, c, text, i);
}

void table_row(struct table *t, const void *row)
{
	size_t shown = 0;

	if (t->form == TABLE_JSON)
		json_open_object(&t->json, NULL);
	for (size_t i = 0; i < t->n_columns; i++)
		if (is_shown(t, &t->columns[i]))
			add_cell(t, &t->columns[i], row, shown++);
	if (t->form == TABLE_JSON)
		json_close(&t->json);
	else
		end_row(t);
}

/* How wide a cell is: what is empty is shown as "-", what is nothing takes no room. */
static size_t cell_width(const char *text)
{
	if (!text)
		return 0;
	return *text ? strlen(text) : 1;
}

/* The width of each column: n_shown of them, to be freed. */
static size_t *find_widths(const struct table *t)
{
	size_t *widths = xcalloc(t->n_shown, sizeof(*widths));

	for (size_t i = 0; i < t->cells.n; i++) {
		size_t w = cell_width(t->cells.v[i]);

		if (w > widths[i % t->n_shown])
			widths[i % t->n_shown] = w;
	}
	return widths;
}

/* Appends the rows that have waited; a column with nothing at all in it is left out. */
static void add_aligned(struct table *t)
{
	CLEANUP(free) size_t *widths = find_widths(t);
	size_t total = 2 * (t->spaced ? t->spaced : t->n_shown), gap, pad = 0;

	for (size_t i = 0; i < t->n_shown; i++)
		total += widths[i];
	gap = total > TEXT_WIDTH ? 1 : 2;
	for (size_t i = 0; i < t->cells.n; i++) {
		const char *text = t->cells.v[i];
		size_t w = widths[i % t->n_shown];

		if (w) {
			buf_addf(t->out, "%*s%s", (int)pad, "", text && *text ? text : "-");
			pad = w - (text && *text ? strlen(text) : 1) + gap;
		}
		if ((i + 1) % t->n_shown == 0) {
			buf_addch(t->out, '\n');
			pad = 0;
		}
	}
}

void table_end(struct table *t)
{
	if (t->form == TABLE_JSON) {
		json_close(&t->json);
		json_close(&t->json);
	} else if (t->cells.n) {
		add_aligned(t);
	}
	strvec_release(&t->cells);
}
