/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-df: its columns. */
#include "df.h"

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* What a table shows; bits of the columns' when. */
enum df_when {
	DF_SPACE = 1 << 0,
	DF_BLOCKS = 1 << 1, /* in units of 1024 bytes */
	DF_HUMAN = 1 << 2,
	DF_INODES = 1 << 3,
};

#define NAME_WIDTH 36

struct row {
	const char *name;
	const char *label; /* "NAME:DEVICE" */
	const wire_strs *images;
	const wire_usage *u;
};

static const wire_usage *usage_of(const void *row)
{
	return ((const struct row *)row)->u;
}

/* What a hostile file system says of itself need not make sense. */
static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void set_str(struct cell *c, const char *s)
{
	*c = (struct cell){ .kind = CELL_STR, .s = s };
}

static void set_number(struct cell *c, uint64_t n)
{
	*c = (struct cell){ .kind = CELL_NUMBER, .n = n };
}

/* Blocks in bytes. */
static void set_size(struct cell *c, const wire_usage *u, uint64_t blocks)
{
	uint64_t n;

	if (__builtin_mul_overflow(blocks, u->size, &n))
		n = UINT64_MAX;
	*c = (struct cell){ .kind = CELL_SIZE, .n = n };
}

/* Blocks in units of 1024 bytes, rounded down. */
static void set_blocks(struct cell *c, const wire_usage *u, uint64_t blocks)
{
	uint64_t n;

	if (u->size < 1024)
		n = u->size ? blocks / (1024 / u->size) : 0;
	else if (__builtin_mul_overflow(blocks, u->size / 1024, &n))
		n = UINT64_MAX;
	set_number(c, n);
}

static void set_percent(struct cell *c, uint64_t all, uint64_t left)
{
	double v = all ? 100.0 - 100.0 * (double)left / (double)all : 0;

	*c = (struct cell){ .kind = CELL_PERCENT, .percent = v > 0 ? (float)v : 0 };
}

static void get_label(const void *row, struct cell *c)
{
	set_str(c, ((const struct row *)row)->label);
}

static void get_name(const void *row, struct cell *c)
{
	set_str(c, ((const struct row *)row)->name);
}

static void get_images(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_LIST, .list = ((const struct row *)row)->images };
}

static void get_device(const void *row, struct cell *c)
{
	set_str(c, usage_of(row)->device);
}

static void get_type(const void *row, struct cell *c)
{
	set_str(c, usage_of(row)->type);
}

static void get_uuid(const void *row, struct cell *c)
{
	set_str(c, usage_of(row)->uuid);
}

static void get_size(const void *row, struct cell *c)
{
	set_size(c, usage_of(row), usage_of(row)->blocks);
}

static void get_size_blocks(const void *row, struct cell *c)
{
	set_blocks(c, usage_of(row), usage_of(row)->blocks);
}

static void get_used(const void *row, struct cell *c)
{
	const wire_usage *u = usage_of(row);

	set_size(c, u, minus(u->blocks, u->free));
}

static void get_used_blocks(const void *row, struct cell *c)
{
	const wire_usage *u = usage_of(row);

	set_blocks(c, u, minus(u->blocks, u->free));
}

static void get_free(const void *row, struct cell *c)
{
	set_size(c, usage_of(row), usage_of(row)->free);
}

static void get_available(const void *row, struct cell *c)
{
	set_size(c, usage_of(row), usage_of(row)->available);
}

static void get_available_blocks(const void *row, struct cell *c)
{
	set_blocks(c, usage_of(row), usage_of(row)->available);
}

static void get_use(const void *row, struct cell *c)
{
	set_percent(c, usage_of(row)->blocks, usage_of(row)->free);
}

static void get_inodes(const void *row, struct cell *c)
{
	set_number(c, usage_of(row)->files);
}

static void get_inodes_used(const void *row, struct cell *c)
{
	set_number(c, minus(usage_of(row)->files, usage_of(row)->files_free));
}

static void get_inodes_free(const void *row, struct cell *c)
{
	set_number(c, usage_of(row)->files_free);
}

static void get_inodes_use(const void *row, struct cell *c)
{
	set_percent(c, usage_of(row)->files, usage_of(row)->files_free);
}

#define VALUES (TABLE_TEXT | TABLE_CSV)
#define ALL    (VALUES | TABLE_JSON)

static const struct column columns[] = {
	{ "Filesystem", NULL, TABLE_TEXT, 0, -NAME_WIDTH, get_label },
	{ "VirtualMachine", "name", TABLE_CSV | TABLE_JSON, 0, 0, get_name },
	{ "Filesystem", "device", TABLE_CSV | TABLE_JSON, 0, 0, get_device },
	{ NULL, "images", TABLE_JSON, 0, 0, get_images },
	{ NULL, "type", TABLE_JSON, 0, 0, get_type },
	{ NULL, "uuid", TABLE_JSON, 0, 0, get_uuid },
	{ "1K-blocks", NULL, VALUES, DF_BLOCKS, 10, get_size_blocks },
	{ "Used", NULL, VALUES, DF_BLOCKS, 10, get_used_blocks },
	{ "Available", NULL, VALUES, DF_BLOCKS, 10, get_available_blocks },
	{ "Size", "size", ALL, DF_HUMAN, 10, get_size },
	{ "Used", "used", ALL, DF_HUMAN, 10, get_used },
	{ NULL, "free", TABLE_JSON, 0, 0, get_free },
	{ "Available", "available", ALL, DF_HUMAN, 10, get_available },
	{ "Use%", "use_percent", ALL, DF_SPACE, 5, get_use },
	{ "Inodes", "inodes", ALL, DF_INODES, 10, get_inodes },
	{ "IUsed", "inodes_used", ALL, DF_INODES, 10, get_inodes_used },
	{ "IFree", "inodes_free", ALL, DF_INODES, 10, get_inodes_free },
	{ "IUse%", "inodes_use_percent", ALL, DF_INODES, 5, get_inodes_use },
};

void df_columns(struct table *t, const struct df_options *o)
{
	t->columns = columns;
	t->n_columns = ARRAY_SIZE(columns);
	t->schema = "guestutils.df.v1";
	t->title = true;
	t->human = o->human;
	if (o->inodes)
		t->asked = DF_INODES;
	else
		t->asked = DF_SPACE | (o->human ? DF_HUMAN : DF_BLOCKS);
}

char *df_name(const struct drive_arg *drives, size_t n, bool uuid)
{
	const struct domain *d = drives[0].domain;
	const char *slash = strrchr(drives[0].name, '/');
	struct buf b = BUF_INIT;

	if (d)
		buf_addstr(&b, uuid ? d->uuid : d->name);
	else
		buf_addstr(&b, slash && slash[1] ? slash + 1 : drives[0].name);
	while (--n)
		buf_addch(&b, '+');
	return buf_take(&b);
}

void df_list(struct table *t, const char *name, const struct drive_arg *drives, size_t n,
	     const wire_usages *usages)
{
	CLEANUP(free) char **names = xcalloc(n, sizeof(*names));
	wire_strs images = { .n = (uint32_t)n, .v = names };

	for (size_t i = 0; i < n; i++)
		names[i] = (char *)(uintptr_t)drives[i].name; /* only read */
	for (uint32_t i = 0; i < usages->n; i++) {
		CLEANUP(free) char *label = xasprintf("%s:%s", name, usages->v[i].device);
		struct row r = { name, label, &images, &usages->v[i] };

		table_row(t, &r);
	}
}
