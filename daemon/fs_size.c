/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See fs_size.h. Sources: linux/Documentation/filesystems/ext4/super.rst, linux/fs/xfs/libxfs/xfs_format.h,
 * linux/include/uapi/linux/btrfs_tree.h, linux/include/linux/f2fs_fs.h, the boot sectors of NTFS, FAT and
 * exFAT, linux/include/linux/swap.h.
 */
#include "fs_size.h"

#include <string.h>

#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

#define HEAD	   4096 /* bytes that are read */
#define SHIFT_MAX  20	/* of a block's size: a mebibyte */
#define BTRFS_AT   65536
#define BTRFS_ITEM 0xc9 /* the device that it lies on: its number, its size */

unsigned fs_swap_page(int fd)
{
	static const char word[] = "SWAPSPACE2";
	const size_t n = sizeof(word) - 1;
	char b[sizeof(word)];

	for (unsigned page = 4096; page <= 65536; page *= 2)
		if (pread_full(fd, b, n, page - n) == (ssize_t)n && !memcmp(b, word, n))
			return page;
	return 0;
}

/* n units of 2^shift bytes; 0 where that is more than any disk. */
static uint64_t shifted(uint64_t n, unsigned shift)
{
	return shift <= SHIFT_MAX && n < (uint64_t)1 << (63 - shift) ? n << shift : 0;
}

static uint64_t times(uint64_t n, uint64_t unit)
{
	return !unit || n < ((uint64_t)1 << 62) / unit ? n * unit : 0;
}

static uint64_t ext(const uint8_t *b)
{
	uint64_t blocks = get_le32(b + 1024 + 4);

	if (get_le32(b + 1024 + 96) & 0x80) /* 64bit */
		blocks |= (uint64_t)get_le32(b + 1024 + 0x150) << 32;
	return shifted(blocks, get_le32(b + 1024 + 24) + 10);
}

static uint64_t xfs(const uint8_t *b)
{
	return times(get_be64(b + 8), get_be32(b + 4));
}

/* One more sector than it has: the copy of the first. */
static uint64_t ntfs(const uint8_t *b)
{
	uint64_t sectors = get_le64(b + 0x28);

	return sectors ? times(sectors + 1, get_le16(b + 0x0b)) : 0;
}

static uint64_t fat(const uint8_t *b)
{
	uint64_t sectors = get_le16(b + 0x13);

	return times(sectors ? sectors : get_le32(b + 0x20), get_le16(b + 0x0b));
}

static uint64_t exfat(const uint8_t *b)
{
	return shifted(get_le64(b + 0x48), b[108]);
}

static uint64_t f2fs(const uint8_t *b)
{
	return shifted(get_le64(b + 1024 + 36), get_le32(b + 1024 + 16));
}

static uint64_t btrfs(const uint8_t *b)
{
	return get_le64(b + BTRFS_ITEM + 8);
}

static const struct {
	const char *type;
	uint64_t (*size)(const uint8_t *head);
	off_t at; /* of the head */
} rows[] = {
	{ "ext4", ext, 0 }, { "ext3", ext, 0 },   { "ext2", ext, 0 },   { "xfs", xfs, 0 },
	{ "ntfs", ntfs, 0 }, { "vfat", fat, 0 },  { "exfat", exfat, 0 }, { "f2fs", f2fs, 0 },
	{ "btrfs", btrfs, BTRFS_AT },
};

/* Its last page, counted from 0; of little endian, as its version shows. */
static uint64_t swap(int fd)
{
	const unsigned page = fs_swap_page(fd);
	uint8_t b[8];

	if (!page || pread_full(fd, b, sizeof(b), 1024) != sizeof(b) || get_le32(b) != 1)
		return 0;
	return times((uint64_t)get_le32(b + 4) + 1, page);
}

uint64_t fs_size(int fd, const char *type)
{
	uint8_t head[HEAD];

	if (!strcmp(type, "swap"))
		return swap(fd);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].type, type))
			return pread_full(fd, head, sizeof(head), rows[i].at) == sizeof(head)
				       ? rows[i].size(head)
				       : 0;
	return 0;
}

uint64_t fs_btrfs_devices(int fd, uint64_t *ret_id)
{
	uint8_t head[HEAD];

	if (pread_full(fd, head, sizeof(head), BTRFS_AT) != sizeof(head) ||
	    memcmp(head + 0x40, "_BHRfS_M", 8) != 0)
		return 0;
	*ret_id = get_le64(head + BTRFS_ITEM);
	return get_le64(head + 0x88);
}
