/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See blocks.h. */
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

enum kind_flags {
	KIND_FS = 1 << 0,     /* a file system: has a signature and a label */
	KIND_PARENT = 1 << 1, /* text names what it lies on */
	KIND_PLAIN = 1 << 2,  /* text leaves the dashes out of its UUID */
};

/* The kinds of a block in the order of the listing. */
static const struct kind {
	const char *name;
	unsigned show;
	unsigned flags;
} kinds[] = {
	{ "filesystem", SHOW_FILESYSTEMS, KIND_FS },
	{ "lv", SHOW_LVS, KIND_PARENT },
	{ "vg", SHOW_VGS, KIND_PARENT | KIND_PLAIN },
	{ "pv", SHOW_PVS, KIND_PLAIN },
	{ "md", SHOW_MDS, KIND_PARENT },
	{ "crypt", SHOW_CRYPTS, KIND_PARENT },
	{ "partition", SHOW_PARTITIONS, KIND_PARENT },
	{ "device", SHOW_DEVICES, 0 },
};

/* One block on its way into the table. */
struct row {
	const wire_block *b;
	const struct kind *kind;
	const wire_usage *usage; /* of a file system that can be mounted, or NULL */
	const wire_strs *parents;
	const char *uuid;
};

bool blocks_is_locked(const wire_block *b)
{
	return !strcmp(b->vfs, "crypto_LUKS") || !strcmp(b->vfs, "BitLocker");
}

/* Is it a part of something else, going by its signature? */
static bool is_part(const wire_block *b)
{
	size_t n = strlen(b->vfs);

	return (n > 7 && !strcmp(b->vfs + n - 7, "_member")) || blocks_is_locked(b);
}

static bool is_subvolume(const wire_block *b)
{
	return !strncmp(b->name, "btrfsvol:", 9);
}

/* An array by its number: "/dev/md127". */
static bool is_array(const char *name)
{
	return !strncmp(name, "/dev/md", 7) && !name[7 + strspn(name + 7, "0123456789")];
}

/* Is it an ordinary file system, or an extra one? What is a part of something is neither. */
static bool fs_is_shown(const wire_block *b, unsigned asked)
{
	if (!(asked & SHOW_FILESYSTEMS) || is_part(b))
		return false;
	if (!strcmp(b->vfs, "swap") || !strcmp(b->vfs, "unknown") || !*b->vfs)
		return asked & SHOW_EXTRA;
	return true;
}

static bool is_shown(const wire_block *b, const struct kind *k, unsigned asked)
{
	if (*b->note && asked & SHOW_UNUSABLE)
		return true;
	return k->flags & KIND_FS ? fs_is_shown(b, asked) : asked & k->show;
}

static void get_name(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct row *)row)->b->name };
}

static void get_type(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct row *)row)->kind->name };
}

/* A string that file systems have, and seldom something else. */
static void get_fs_str(const struct row *r, const char *s, struct cell *c)
{
	if (r->kind->flags & KIND_FS || *s)
		*c = (struct cell){ .kind = CELL_STR, .s = s };
}

static void get_vfs(const void *row, struct cell *c)
{
	const struct row *r = row;

	get_fs_str(r, r->kind->flags & KIND_FS && !*r->b->vfs ? "unknown" : r->b->vfs, c);
}

static void get_version(const void *row, struct cell *c)
{
	get_fs_str(row, ((const struct row *)row)->b->version, c);
}

static void get_label(const void *row, struct cell *c)
{
	get_fs_str(row, ((const struct row *)row)->b->label, c);
}

static void get_mbr(const void *row, struct cell *c)
{
	const wire_block *b = ((const struct row *)row)->b;

	if (b->mbr >= 0)
		*c = (struct cell){ .kind = CELL_HEX, .n = (uint64_t)b->mbr };
}

static void get_size(const void *row, struct cell *c)
{
	const struct row *r = row;
	uint64_t size = r->b->size;

	if (is_subvolume(r->b))
		return;
	if (r->usage && __builtin_mul_overflow(r->usage->size, r->usage->blocks, &size))
		size = UINT64_MAX;
	*c = (struct cell){ .kind = CELL_SIZE, .n = size };
}

static void get_parents(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_LIST, .list = ((const struct row *)row)->parents };
}

static void get_uuid(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct row *)row)->uuid };
}

static void get_note(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct row *)row)->b->note };
}

#define ALL (TABLE_TEXT | TABLE_CSV | TABLE_JSON)

static const struct column columns[] = {
	{ "Name", "name", ALL, 0, 0, get_name },
	{ "Type", "type", ALL, SHOW_LONG, 0, get_type },
	{ "VFS", "vfs", ALL, SHOW_LONG | SHOW_SIGNATURES, 0, get_vfs },
	{ "Label", "label", ALL, SHOW_LONG | SHOW_SIGNATURES, 0, get_label },
	{ "MBR", "mbr", ALL, SHOW_LONG | SHOW_PARTITIONS, 0, get_mbr },
	{ "Size", "size", ALL, SHOW_LONG, 0, get_size },
	{ "Parent", "parents", ALL, SHOW_LONG, 0, get_parents },
	{ "UUID", "uuid", ALL, SHOW_LONG | SHOW_UUIDS, 0, get_uuid },
	{ "FSVersion", "version", ALL, SHOW_LONG | SHOW_VERSIONS, 0, get_version },
	{ "Note", "note", ALL, SHOW_LONG | SHOW_UNUSABLE, 0, get_note },
};

void blocks_columns(struct table *t)
{
	t->columns = columns;
	t->n_columns = ARRAY_SIZE(columns);
	if (t->asked & (SHOW_FILESYSTEMS | SHOW_UNUSABLE))
		t->asked |= SHOW_SIGNATURES;
	/* virt-filesystems counts all columns that it could show; older ones know no FSVersion. */
	t->spaced = t->asked & SHOW_VERSIONS ? 9 : 8;
	t->schema = "guestutils.filesystems.v1";
}

bool blocks_want_usage(const struct table *t)
{
	return t->asked & SHOW_FILESYSTEMS && (t->form == TABLE_JSON || t->asked & SHOW_LONG);
}

static const wire_usage *find_usage(const wire_usages *usages, const wire_block *b)
{
	for (uint32_t i = 0; i < usages->n; i++)
		if (!strcmp(usages->v[i].device, b->name))
			return &usages->v[i];
	return NULL;
}

/* The string without its dashes. */
static char *without_dashes(const char *s)
{
	char *r = xstrdup(s), *to = r;

	for (; *s; s++)
		if (*s != '-')
			*to++ = *s;
	*to = '\0';
	return r;
}

static void list_block(struct table *t, const wire_block *b, const struct kind *k,
		       const wire_usages *usages)
{
	static const wire_strs none;
	bool fs = k->flags & KIND_FS, text = t->form != TABLE_JSON;
	bool plain = text && k->flags & KIND_PLAIN;
	CLEANUP(free) char *uuid = plain ? without_dashes(b->uuid) : NULL;
	struct row r = { .b = b, .kind = k, .parents = &b->parents, .uuid = uuid ? uuid : b->uuid };

	if (text && !(k->flags & KIND_PARENT) && !is_array(b->name))
		r.parents = &none;
	if (fs && blocks_want_usage(t))
		r.usage = find_usage(usages, b);
	table_row(t, &r);
}

void blocks_list(struct table *t, const wire_blocks *blocks, const wire_usages *usages)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct kind *k = &kinds[i];

		for (uint32_t n = 0; n < blocks->n; n++) {
			const wire_block *b = &blocks->v[n];

			if (!strcmp(b->kind, k->name) && is_shown(b, k, t->asked))
				list_block(t, b, k, usages);
		}
	}
}
