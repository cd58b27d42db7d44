/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Microsoft's vhdx: region table, metadata table, disk size. All numbers are little-endian. */
#include "vm/image_parse.h"

#define MAGIC		"vhdxfile"
#define REGIONS_1	(192 * 1024)
#define REGIONS_2	(256 * 1024)
#define TABLE_LEN	65536
#define ENTRY_LEN	32
#define REGIONS_MAX	2047U
#define METADATA_MAX	2047U
#define BLOCK_PRESENT	6U /* and 7: in part */
#define FILE_HAS_PARENT 2U
#define DISK_MAX	(UINT64_C(64) << 40)

/* GUIDs as they stand in the file. */
static const uint8_t region_bat[16] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42,
					0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08 };
static const uint8_t region_metadata[16] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
					     0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };
static const uint8_t item_file[16] = { 0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d,
				       0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b };
static const uint8_t item_size[16] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
				       0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 };

bool vhdx_detect(const struct image_source *src)
{
	return source_is(src, 0, MAGIC, 8);
}

/* The entry of a GUID in n entries of 32 bytes, or NULL. */
static const uint8_t *entry_find(const uint8_t *entries, uint32_t n, const uint8_t guid[16])
{
	for (uint32_t i = 0; i < n; i++)
		if (memcmp(entries + (size_t)i * ENTRY_LEN, guid, 16) == 0)
			return entries + (size_t)i * ENTRY_LEN;
	return NULL;
}

/* Where a block begins: bits 20 and up, if the state in the low bits says that it is there. */
static uint64_t block_place(const uint8_t *entry)
{
	uint64_t v = get_le64(entry);

	return (v & 7) >= BLOCK_PRESENT ? v & ~UINT64_C(0xfffff) : 0;
}

/* The block allocation table of a region entry. */
static int check_bat(const struct image_source *src, const uint8_t *entry, struct err *e)
{
	struct source_table table = {
		.off = get_le64(entry + 16),
		.len = get_le32(entry + 24),
		.what = "a part of its data",
		.place = block_place,
		.width = 8,
	};

	if (!source_has(src, table.off, table.len))
		return source_truncated(src, "its block allocation table", e);
	return source_check_table(src, &table, e);
}

/* Where the metadata begin, from one of the two copies of the region table. */
static int read_regions(const struct image_source *src, uint64_t *ret_metadata, struct err *e)
{
	static const char what[] = "its region table";
	uint8_t table[TABLE_LEN];
	const uint8_t *entry;
	uint32_t n;

	if (source_read(src, REGIONS_1, table, sizeof(table), what, e) < 0)
		return -1;
	if (memcmp(table, "regi", 4) != 0 &&
	    source_read(src, REGIONS_2, table, sizeof(table), what, e) < 0)
		return -1;
	n = get_le32(table + 8);
	if (memcmp(table, "regi", 4) != 0 || n > REGIONS_MAX)
		return source_damaged(src, e, "%s cannot be read", what);
	entry = entry_find(table + 16, n, region_bat);
	if (!entry)
		return source_damaged(src, e, "it has no block allocation table");
	if (check_bat(src, entry, e) < 0)
		return -1;
	entry = entry_find(table + 16, n, region_metadata);
	if (!entry)
		return source_damaged(src, e, "it has no metadata region");
	*ret_metadata = get_le64(entry + 16);
	return 0;
}

/* Reads the first n bytes of the metadata item of a GUID. */
static int read_item(const struct image_source *src, uint64_t metadata, const uint8_t *table,
		     const uint8_t guid[16], void *p, size_t n, struct err *e)
{
	const uint8_t *entry = entry_find(table + ENTRY_LEN, get_le16(table + 10), guid);

	if (!entry || get_le32(entry + 20) < n)
		return source_damaged(src, e, "its metadata lack an item");
	return source_read(src, metadata + get_le32(entry + 16), p, n, "its metadata", e);
}

int vhdx_parse(const struct image_source *src, struct image_header *h, struct err *e)
{
	uint8_t table[TABLE_LEN], file[8], size[8];
	uint64_t at = 0;

	if (read_regions(src, &at, e) < 0 ||
	    source_read(src, at, table, sizeof(table), "its metadata", e) < 0)
		return -1;
	if (memcmp(table, "metadata", 8) != 0 || get_le16(table + 10) > METADATA_MAX)
		return source_damaged(src, e, "its metadata table cannot be read");
	if (read_item(src, at, table, item_file, file, sizeof(file), e) < 0 ||
	    read_item(src, at, table, item_size, size, sizeof(size), e) < 0)
		return -1;
	if (get_le32(file + 4) & FILE_HAS_PARENT)
		return source_refused(
			src, e,
			"is a differencing vhdx (a snapshot on another disk), which is "
			"not supported; merge it into its parent first");
	h->virtual_size = get_le64(size);
	if (h->virtual_size > DISK_MAX || h->virtual_size % SECTOR)
		return source_damaged(src, e, "a disk of %llu bytes cannot be",
				      (unsigned long long)h->virtual_size);
	return 0;
}
