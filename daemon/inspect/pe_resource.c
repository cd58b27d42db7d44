/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See pe_resource.h. Resources lie in a tree of three levels: type, number, language. Places in the
 * tree are relative to its root; that of a resource itself is an address of the loaded program.
 */
#include "pe_resource.h"

#include <string.h>

#include "util/bytes.h"

#define DOS_SIZE     64
#define DOS_PE	     0x3c /* where it says where the PE header is */
#define PE_SIZE	     24	  /* the signature and the header of COFF */
#define SECTION_SIZE 40
#define FOLDER_SIZE  16
#define ENTRY_SIZE   8
#define LEAF_SIZE    16
#define IS_FOLDER    0x80000000u /* of an entry's place */
#define TABLE_AT     2		 /* the resources' index among the directories */
#define ANY	     UINT32_MAX

/* A part of the program's bytes. */
struct part {
	const uint8_t *p;
	size_t n;
};

/* The part of n bytes at that place; NULL where it reaches out of s. */
static const uint8_t *at(const struct part *s, size_t place, size_t n)
{
	return place <= s->n && n <= s->n - place ? s->p + place : NULL;
}

/* What the headers say. */
struct headers {
	struct part sections;
	uint32_t resources; /* address */
};

/* Where the directories are in the optional header, of 32 or 64 bits; 0: it is neither. */
static size_t directories_at(const struct part *optional)
{
	const uint8_t *magic = at(optional, 0, 2);
	const unsigned v = magic ? get_le16(magic) : 0;

	return v == 0x10b ? 96 : v == 0x20b ? 112 : 0;
}

static bool read_headers(const struct part *file, struct headers *ret)
{
	const uint8_t *dos = at(file, 0, DOS_SIZE);

	if (!dos || memcmp(dos, "MZ", 2) != 0)
		return false;
	const size_t pe_at = get_le32(dos + DOS_PE);
	const uint8_t *pe = at(file, pe_at, PE_SIZE);
	if (!pe || memcmp(pe, "PE\0\0", 4) != 0)
		return false;
	const struct part optional = { pe + PE_SIZE, get_le16(pe + 20) };
	ret->sections.n = (size_t)get_le16(pe + 6) * SECTION_SIZE;
	ret->sections.p = at(file, pe_at + PE_SIZE + optional.n, ret->sections.n);
	if (!ret->sections.p)
		return false;
	const size_t first = directories_at(&optional);
	const uint8_t *row = at(&optional, first + TABLE_AT * (size_t)8, 8);
	if (!first || !row || get_le32(optional.p + first - 4) <= TABLE_AT)
		return false;
	ret->resources = get_le32(row);
	return ret->resources != 0;
}

/* The bytes of the file from an address on, to the end of its section. */
static bool at_address(const struct part *file, const struct part *sections, uint32_t address,
		       struct part *ret)
{
	for (size_t i = 0; i < sections->n; i += SECTION_SIZE) {
		const uint8_t *s = sections->p + i;
		const uint32_t start = get_le32(s + 12), size = get_le32(s + 16);

		if (address < start || address - start >= size)
			continue;
		const uint8_t *whole = at(file, get_le32(s + 20), size);
		if (!whole)
			return false;
		ret->p = whole + (address - start);
		ret->n = size - (address - start);
		return true;
	}
	return false;
}

/* An entry's place, of the number or the first one; named entries come before the numbered. */
static bool find_entry(const struct part *tree, uint32_t folder, uint32_t id, uint32_t *ret)
{
	const uint8_t *head = at(tree, folder, FOLDER_SIZE);

	if (!head)
		return false;
	const size_t named = get_le16(head + 12), numbered = get_le16(head + 14);
	const uint8_t *v = at(tree, (size_t)folder + FOLDER_SIZE, (named + numbered) * ENTRY_SIZE);
	for (size_t i = id == ANY ? 0 : named; v && i < named + numbered; i++) {
		if (id != ANY && get_le32(v + i * ENTRY_SIZE) != id)
			continue;
		*ret = get_le32(v + i * ENTRY_SIZE + 4);
		return true;
	}
	return false;
}

bool pe_resource(const uint8_t *data, size_t n, uint32_t type, uint32_t id, const uint8_t **ret,
		 size_t *ret_n)
{
	const uint32_t levels[] = { type, id, ANY };
	const struct part file = { data, n };
	uint32_t place = IS_FOLDER;
	struct part tree, found;
	struct headers h;

	if (!read_headers(&file, &h) || !at_address(&file, &h.sections, h.resources, &tree))
		return false;
	/* As many steps as levels: a tree that bites its tail leads nowhere. */
	for (int i = 0; i < 3; i++)
		if (!(place & IS_FOLDER) ||
		    !find_entry(&tree, place & ~IS_FOLDER, levels[i], &place))
			return false;
	const uint8_t *leaf = place & IS_FOLDER ? NULL : at(&tree, place, LEAF_SIZE);
	if (!leaf || !at_address(&file, &h.sections, get_le32(leaf), &found))
		return false;
	*ret_n = get_le32(leaf + 4);
	*ret = at(&found, 0, *ret_n);
	return *ret != NULL;
}
