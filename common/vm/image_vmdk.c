/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMware's vmdk: a sparse file with its descriptor inside (monolithicSparse and
 * streamOptimized), or a descriptor of its own that names one flat file.
 *
 * Where a descriptor names files, qemu's driver would open them by name. So such a
 * vmdk never gets to it: a single flat extent becomes a raw layer, and what is made
 * of several files is refused. All numbers are little-endian.
 */
#include "vm/image_vmdk.h"

#include <stdio.h>

#include "util/cleanup.h"

#define MAGIC_SPARSE	 "KDMV"
#define MAGIC_ESX_SPARSE "COWD"
#define MAGIC_SE_SPARSE	 "\xbe\xba\xfe\xca\0\0\0\0"
#define DESCRIPTOR_START "# disk descriptorfile"
#define HEADER_LEN	 79
#define GD_AT_END	 UINT64_MAX
#define FLAG_COMPRESSED	 (1U << 16)
#define GTES_MAX	 512U
#define GRAIN_MAX	 0x200000U /* sectors */
#define SECTORS_MAX	 (UINT64_C(1) << 54)
#define TABLES_LOOK_MAX	 2048 /* grain tables whose grains are looked at: 64 GiB of disk */
#define FOOTER_DISTANCE	 1536 /* of the footer's marker from the end of the file */
#define MARKER_FOOTER	 3

/* Is the file a descriptor, in text? */
static bool is_descriptor(const struct image_source *src)
{
	char b[sizeof(DESCRIPTOR_START)];
	struct err ignored;

	return source_read(src, 0, b, sizeof(b) - 1, "", &ignored) == 0 &&
	       strncasecmp(b, DESCRIPTOR_START, sizeof(b) - 1) == 0;
}

bool vmdk_detect(const struct image_source *src)
{
	return source_is(src, 0, MAGIC_SPARSE, 4) || source_is(src, 0, MAGIC_ESX_SPARSE, 4) ||
	       source_is(src, 0, MAGIC_SE_SPARSE, 8) || is_descriptor(src);
}

/* Refuses what qemu can open only by following names, with a way to one file. */
static int refuse_parts(const struct image_source *src, const char *what, struct err *e)
{
	return source_refused(
		src, e,
		"is a vmdk %s, which is not supported; if you trust it, make one file "
		"of it with: qemu-img convert -f vmdk -O qcow2 '%s' NEW.qcow2",
		what, src->name);
}

/* A descriptor in a file of its own. */
static int parse_descriptor_file(const struct image_source *src, struct image_header *h,
				 struct err *e)
{
	CLEANUP(vmdk_descriptor_release) struct vmdk_descriptor d = { .type = "" };
	char words[80];

	if (vmdk_descriptor_read(src, 0, src->size, &d, e) < 0)
		return -1;
	if (d.n_extents == 0)
		return source_damaged(src, e, "its descriptor names no extent");
	snprintf(words, sizeof(words), "split into %u extents (%s)", d.n_extents, d.type);
	if (d.n_extents > 1)
		return refuse_parts(src, words, e);
	snprintf(words, sizeof(words), "with its data in another sparse file (%s)", d.type);
	if (!d.flat)
		return refuse_parts(src, words, e);
	if (d.parent || d.has_parent)
		return refuse_parts(src, "snapshot with a flat extent", e);
	if (d.sectors > SECTORS_MAX || d.first > SECTORS_MAX)
		return source_damaged(src, e, "its extent is larger than any disk");
	h->virtual_size = d.sectors * SECTOR;
	h->extent_offset = d.first * SECTOR;
	h->extent = TAKE(d.file);
	return 0;
}

/* The descriptor inside a sparse file: for its parent's name. */
static int parse_embedded(const struct image_source *src, const uint8_t *b, struct image_header *h,
			  struct err *e)
{
	CLEANUP(vmdk_descriptor_release) struct vmdk_descriptor d = { .type = "" };
	uint64_t off = get_le64(b + 28), len = get_le64(b + 36);

	if (off > SECTORS_MAX || len > VMDK_DESCRIPTOR_MAX / SECTOR)
		return source_damaged(src, e, "its descriptor is at an impossible place");
	if (vmdk_descriptor_read(src, off * SECTOR, len * SECTOR, &d, e) < 0)
		return -1;
	if (off == 0 || d.n_extents == 0)
		return source_refused(src, e,
				      "is an extent of a vmdk, not the disk: give the file that "
				      "has its descriptor");
	if (d.n_extents > 1)
		return refuse_parts(src, "split into several extents", e);
	if (d.has_parent && !d.parent)
		return source_damaged(src, e, "it has a parent that it does not name");
	h->backing = TAKE(d.parent);
	return 0;
}

/* The header of a streamed image is at its end, with the offset that the first lacks. */
static int read_footer(const struct image_source *src, uint8_t b[HEADER_LEN], struct err *e)
{
	uint8_t marker[SECTOR];
	uint64_t off = src->size - FOOTER_DISTANCE;

	if (src->size < FOOTER_DISTANCE)
		return source_truncated(src, "its footer", e);
	if (source_read(src, off, marker, sizeof(marker), "its footer", e) < 0 ||
	    source_read(src, off + SECTOR, b, HEADER_LEN, "its footer", e) < 0)
		return -1;
	if (get_le32(marker + 12) != MARKER_FOOTER || memcmp(b, MAGIC_SPARSE, 4) != 0 ||
	    get_le64(b + 56) == GD_AT_END)
		return source_truncated(src, "its footer", e);
	return 0;
}

/* Where a grain, or a grain table, begins; 1 is a grain of zeros. */
static uint64_t grain_place(const uint8_t *entry)
{
	return (uint64_t)get_le32(entry) * SECTOR;
}

/* The grain directory of n tables: they, and the grains of the first ones, are in the file. */
static int check_directory(const struct image_source *src, uint64_t off, uint64_t n,
			   uint64_t table_len, struct err *e)
{
	struct source_table gd = { off, n * 4, "a grain table", grain_place, 4 };
	struct source_table gt = { 0, table_len, "a part of its data", grain_place, 4 };

	if (!source_has(src, gd.off, gd.len))
		return source_truncated(src, "its grain directory", e);
	if (source_check_table(src, &gd, e) < 0)
		return -1;
	for (uint64_t i = 0; i < n && i < TABLES_LOOK_MAX; i++) {
		uint8_t b[4];

		if (source_read(src, off + i * 4, b, sizeof(b), "its grain directory", e) < 0)
			return -1;
		gt.off = grain_place(b);
		if (gt.off && source_check_table(src, &gt, e) < 0)
			return -1;
	}
	return 0;
}

/* Are the numbers possible, and the grain directory in the file? */
static int check_grains(const struct image_source *src, const uint8_t *b, struct err *e)
{
	uint64_t capacity = get_le64(b + 12), grain = get_le64(b + 20), gd = get_le64(b + 56);
	uint64_t per_table = get_le32(b + 44), tables;

	if (capacity == 0 || capacity > SECTORS_MAX)
		return source_damaged(src, e, "a disk of %llu sectors cannot be",
				      (unsigned long long)capacity);
	if (grain == 0 || grain > GRAIN_MAX || per_table == 0 || per_table > GTES_MAX ||
	    gd > SECTORS_MAX)
		return source_damaged(src, e, "its grain directory cannot be read");
	tables = (capacity + grain * per_table - 1) / (grain * per_table);
	return check_directory(src, gd * SECTOR, tables, per_table * 4, e);
}

/* A sparse file with its descriptor inside. */
static int parse_sparse(const struct image_source *src, struct image_header *h, struct err *e)
{
	uint8_t b[HEADER_LEN];
	uint32_t version;

	if (source_read(src, 0, b, sizeof(b), "its header", e) < 0)
		return -1;
	version = get_le32(b + 4);
	if (version == 0 || version > 3)
		return source_refused(src, e, "is a vmdk of version %u, which is not supported",
				      version);
	/* Without a size qemu takes the file for a mere descriptor, and follows its names. */
	if (get_le64(b + 12) == 0)
		return source_damaged(src, e, "a disk of 0 sectors cannot be");
	if (parse_embedded(src, b, h, e) < 0)
		return -1;
	if (get_le64(b + 56) == GD_AT_END && read_footer(src, b, e) < 0)
		return -1;
	if (check_grains(src, b, e) < 0)
		return -1;
	if (get_le32(b + 8) & FLAG_COMPRESSED)
		h->no_write = "a compressed vmdk (streamOptimized)";
	else if (version == 3)
		h->no_write = "a vmdk of version 3";
	h->virtual_size = get_le64(b + 12) * SECTOR;
	return 0;
}

int vmdk_parse(const struct image_source *src, struct image_header *h, struct err *e)
{
	if (is_descriptor(src))
		return parse_descriptor_file(src, h, e);
	if (source_is(src, 0, MAGIC_SPARSE, 4))
		return parse_sparse(src, h, e);
	return refuse_parts(src,
			    source_is(src, 0, MAGIC_ESX_SPARSE, 4)
				    ? "extent of an ESX server (COWD)"
				    : "extent of an ESX server (SESparse)",
			    e);
}
