/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Microsoft's vhd, which qemu calls vpc: a footer at the end of the file, of which
 * a dynamic one has a copy at the start. All numbers are big-endian.
 */
#include "vm/image_parse.h"

#define MAGIC	      "conectix"
#define MAGIC_DYNAMIC "cxsparse"
#define FOOTER_LEN    512U
#define DYNAMIC_LEN   1024
#define GEOMETRY_MAX  (UINT64_C(65535) * 16 * 255)

enum vpc_type { VPC_FIXED = 2, VPC_DYNAMIC = 3, VPC_DIFFERENCING = 4 };

/* Reads the footer at off; is it one, with a right checksum? */
static bool read_footer(const struct image_source *src, uint64_t off, uint8_t b[FOOTER_LEN])
{
	uint32_t sum = 0;
	struct err ignored;

	if (source_read(src, off, b, FOOTER_LEN, "", &ignored) < 0 || memcmp(b, MAGIC, 8) != 0)
		return false;
	for (size_t i = 0; i < FOOTER_LEN; i++)
		sum += i < 64 || i >= 68 ? b[i] : 0;
	return get_be32(b + 64) == ~sum;
}

/* Only a fixed disk lacks the copy at the start. */
static bool read_last_footer(const struct image_source *src, uint8_t b[FOOTER_LEN])
{
	return src->size > FOOTER_LEN && read_footer(src, src->size - FOOTER_LEN, b) &&
	       get_be32(b + 60) == VPC_FIXED;
}

bool vpc_detect(const struct image_source *src)
{
	uint8_t b[FOOTER_LEN];

	return source_is(src, 0, MAGIC, 8) || read_last_footer(src, b);
}

/*
 * The size that qemu gives the guest: some programs round it to a geometry of
 * cylinders, heads and sectors and mean it, others keep the true size beside it.
 */
static uint64_t disk_size(const uint8_t *b)
{
	static const char true_size[][5] = { "win ", "qem2", "d2v ", "CTXS", "tap\0", "wa\0\0" };
	uint64_t sectors = (uint64_t)get_be16(b + 56) * b[58] * b[59];

	for (size_t i = 0; i < sizeof(true_size) / sizeof(true_size[0]); i++)
		if (memcmp(b + 28, true_size[i], 4) == 0)
			sectors = GEOMETRY_MAX;
	if (sectors == GEOMETRY_MAX)
		sectors = get_be64(b + 48) / SECTOR;
	return sectors * SECTOR;
}

/* Where a block begins. */
static uint64_t block_place(const uint8_t *entry)
{
	uint32_t sector = get_be32(entry);

	return sector == UINT32_MAX ? 0 : (uint64_t)sector * SECTOR;
}

/* The header of a dynamic disk, and its block table. */
static int check_dynamic(const struct image_source *src, const uint8_t *footer, uint64_t size,
			 struct err *e)
{
	struct source_table table = { .what = "a part of its data",
				      .place = block_place,
				      .width = 4 };
	uint8_t b[DYNAMIC_LEN];
	uint32_t entries, block;

	if (source_read(src, get_be64(footer + 16), b, sizeof(b), "its dynamic header", e) < 0)
		return -1;
	entries = get_be32(b + 28);
	block = get_be32(b + 32);
	if (memcmp(b, MAGIC_DYNAMIC, 8) != 0 || !is_power_of_two(block) || block < SECTOR)
		return source_damaged(src, e, "its dynamic header cannot be read");
	if ((uint64_t)entries * block < size)
		return source_damaged(src, e, "its disk is larger than its %u blocks", entries);
	table.off = get_be64(b + 16);
	table.len = (uint64_t)entries * 4;
	if (!source_has(src, table.off, table.len))
		return source_truncated(src, "its block table", e);
	return source_check_table(src, &table, e);
}

int vpc_parse(const struct image_source *src, struct image_header *h, struct err *e)
{
	uint8_t b[FOOTER_LEN];
	uint32_t type;

	if (!read_footer(src, 0, b) && !read_last_footer(src, b))
		return source_damaged(src, e, "its vhd footer cannot be read");
	type = get_be32(b + 60);
	h->virtual_size = disk_size(b);
	switch (type) {
	case VPC_FIXED:
		if (h->virtual_size > src->size - FOOTER_LEN)
			return source_truncated(src, "a part of its data", e);
		return 0;
	case VPC_DYNAMIC:
		return check_dynamic(src, b, h->virtual_size, e);
	case VPC_DIFFERENCING:
		return source_refused(
			src, e,
			"is a differencing vhd (a snapshot on another disk), which is "
			"not supported; merge it into its parent first");
	default:
		return source_refused(src, e, "is a vhd of type %u, which is not supported", type);
	}
}
