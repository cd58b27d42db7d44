/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See estimate.h.
 *
 * What a file system takes for itself depends on how large it is: its tables, its journal, the size
 * of its blocks. So each type has a function that says what is needed on a disk of a given size,
 * which is asked with its own answer until the answer does not grow any more. The numbers are those
 * of the programs that make them, rounded up; bats tests hold them against these.
 */
#include "estimate.h"

#include <string.h>

#include "util/buf.h"
#include "util/cleanup.h"

#define KIB UINT64_C(1024)
#define MIB (KIB << 10)
#define GIB (MIB << 10)

#define EXT_SMALL    (512 * MIB) /* below that, ext has blocks of 1 KiB and more inodes */
#define EXT_INODE    256
#define FAT32_MIN    (520 * MIB) /* mkfs.vfat makes a FAT16 of less, whose top folder has 512 slots */
#define TABLE_GAP    128	 /* sectors before a partition and after it */
#define ROUNDS_MAX   64

/* Blocks of 2^shift bytes. */
static uint64_t stored(const struct scan_sum *s, unsigned shift)
{
	return s->stored[shift - SCAN_CLUSTER_0];
}

static uint64_t apparent(const struct scan_sum *s, unsigned shift)
{
	return s->apparent[shift - SCAN_CLUSTER_0];
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- ext */

static uint64_t ext_ratio(uint64_t size)
{
	return size < 3 * MIB ? 8192 : size < EXT_SMALL ? 4096 : size < 4096 * GIB ? 16384 : 65536;
}

static uint64_t ext_inodes(const struct scan_sum *s)
{
	return s->inodes + s->inodes / 50 + 64;
}

/* As mke2fs has it, by the number of blocks. */
static uint64_t ext_journal(uint64_t blocks)
{
	static const struct {
		uint64_t below, blocks;
	} rows[] = { { 2048, 0 },	  { 32768, 1024 },   { 262144, 4096 },	 { 524288, 8192 },
		     { 4194304, 16384 },  { 8388608, 32768 }, { 16777216, 65536 }, { 33554432, 131072 } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (blocks < rows[i].below)
			return rows[i].blocks;
	return 262144;
}

/* Groups with a copy of the superblock: 0, 1, and the powers of 3, 5 and 7. */
static uint64_t ext_copies(uint64_t groups)
{
	uint64_t n = 1 + (groups > 1);

	for (uint64_t base = 3; base <= 7; base += 2)
		for (uint64_t g = base; g < groups; g *= base)
			n++;
	return n;
}

static uint64_t need_ext(const struct scan_sum *s, uint64_t size, unsigned sector, bool journal)
{
	const unsigned shift = size < EXT_SMALL && sector <= KIB ? 10 : 12;
	const uint64_t block = UINT64_C(1) << shift, group = block * 8 * block;
	const uint64_t groups = size / group + 1;
	/* Reserved for the descriptors of a file system a thousand times as large. */
	const uint64_t reserved = least(block / 4, groups * 1024 * 64 / block + 1);
	uint64_t n = stored(s, shift) + s->indirect[shift == 12] * block;

	n += s->folders * block + (s->names + s->entries * 12) * 2 + s->attributed * block;
	n += most(ext_inodes(s), size / ext_ratio(size)) * EXT_INODE;
	n += groups * 4 * block + ext_copies(groups) * (1 + reserved + groups * 64 / block + 1) * block;
	if (journal)
		n += ext_journal(size / block) * block;
	/* Five percent are kept for root. */
	return n + n / 50 + size / 20 + 256 * KIB;
}

static uint64_t need_ext2(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	return need_ext(s, size, sector, false);
}

static uint64_t need_ext34(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	return need_ext(s, size, sector, true);
}

/* ---- the others */

static uint64_t need_xfs(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	(void)sector;
	const uint64_t log = most(64 * MIB, least(size / 1000, 2 * GIB));
	uint64_t n = stored(s, 12) + s->inodes * 576 + s->folders * 4 * KIB;

	n += (s->names + s->entries * 16) * 2 + s->attributed * 4 * KIB;
	/* What it keeps for itself: blocks for a full disk, and trees of reference counts. */
	return n + n / 20 + log + size / 50 + 36 * MIB;
}

static uint64_t need_btrfs(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	(void)sector;
	/* Twice, in nodes that are partly filled; small files lie in there, too. */
	const uint64_t meta = s->entries * 640 + s->names * 3 + s->attributed * KIB + s->tiny + stored(s, 12) / 900;

	return stored(s, 12) - s->tiny_files * 4 * KIB + meta * 3 + size / 8 + 72 * MIB;
}

static uint64_t need_f2fs(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	(void)sector;
	uint64_t n = stored(s, 12) + (s->inodes + s->folders * 2 + s->attributed) * 4 * KIB;

	n += (s->names + s->entries * 12) * 2 + stored(s, 12) / 900;
	return n + size / 10 + 80 * MIB;
}

static unsigned fat_shift(uint64_t size, unsigned sector)
{
	return size <= 120 * MIB && sector <= KIB ? 11 : size <= 240 * MIB ? 12 : size < FAT32_MIN ? 13 : size <= 8 * GIB ? 12 :
	       size <= 16 * GIB ? 13 : size <= 32 * GIB ? 14 : 15;
}

static uint64_t need_vfat(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	const unsigned shift = fat_shift(size, sector);
	uint64_t n = apparent(s, shift) + (s->folders << shift);

	n += s->entries * 96 + s->names * 3;
	n += (n >> shift) * 8 + n / 200 + 128 * KIB;
	return s->root_slots > 480 ? most(n, FAT32_MIN) : n;
}

static uint64_t need_exfat(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	(void)sector;
	const unsigned shift = size <= 256 * MIB ? 12 : size <= 32 * GIB ? 15 : 17;
	uint64_t n = apparent(s, shift) + (s->folders << shift);

	n += s->entries * 128 + s->names * 3;
	return n + (n >> shift) * 8 + n / 200 + 4 * MIB;
}

static uint64_t need_ntfs(const struct scan_sum *s, uint64_t size, unsigned sector)
{
	(void)sector;
	const uint64_t log = most(2 * MIB, least(size / 50, 64 * MIB));
	uint64_t n = apparent(s, 12) + s->inodes * 1100 + s->folders * 8 * KIB;

	n += (s->entries * 120 + s->names * 3) * 2 + s->attributed * 4 * KIB;
	return n + n / 50 + log + size / 4096 + 4 * MIB;
}

static const struct filesystem {
	const char *name;
	uint64_t (*need)(const struct scan_sum *s, uint64_t size, unsigned sector);
	uint64_t min; /* bytes: there is none that is smaller */
	bool has_inodes;
} filesystems[] = {
	{ "ext2", need_ext2, 256 * KIB, true },	    { "ext3", need_ext34, 3 * MIB, true },
	{ "ext4", need_ext34, 3 * MIB, true },	    { "xfs", need_xfs, 302 * MIB, false },
	{ "btrfs", need_btrfs, 128 * MIB, false },  { "f2fs", need_f2fs, 100 * MIB, false },
	{ "vfat", need_vfat, 256 * KIB, false },    { "exfat", need_exfat, 4 * MIB, false },
	{ "ntfs", need_ntfs, 8 * MIB, false },
};

static const struct filesystem *find(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(filesystems); i++)
		if (!strcmp(filesystems[i].name, type))
			return &filesystems[i];
	return NULL;
}

bool estimate_knows(const char *type)
{
	return find(type) != NULL;
}

char *estimate_types(void)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(filesystems); i++)
		buf_addf(&b, "%s%s", i ? ", " : "", filesystems[i].name);
	return buf_take(&b);
}

/* From a size on upwards: where the answer fits. */
static uint64_t solve(const struct filesystem *f, const struct scan_sum *sum, unsigned sector, uint64_t extra,
		      uint64_t size)
{
	for (int i = 0; i < ROUNDS_MAX; i++) {
		uint64_t need = f->need(sum, size, sector) + extra;

		if (need <= size)
			break;
		size = need;
	}
	return size;
}

uint64_t estimate_disk(const char *type, const struct scan_sum *sum, bool table, unsigned sector,
		       uint64_t extra)
{
	const struct filesystem *f = find(type);
	/* Larger disks may have smaller blocks: a FAT32 after a FAT16. */
	uint64_t size = least(solve(f, sum, sector, extra, f->min), solve(f, sum, sector, extra, FAT32_MIN));

	if (table)
		size += (uint64_t)2 * TABLE_GAP * sector;
	return (size + MIB - 1) / MIB * MIB;
}

uint64_t estimate_inodes(const char *type, const struct scan_sum *sum, uint64_t size)
{
	const uint64_t need = ext_inodes(sum);

	/* Its rounding, and the gap before a partition, take a little off. */
	return find(type)->has_inodes && need > size / ext_ratio(size) * 9 / 10 ? need : 0;
}
