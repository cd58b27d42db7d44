/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * f2fs, by resize.f2fs. That (1.15) needs free segments for its logs, and has an assertion that fails where
 * there are not more of these than the reserve, as in all file systems of less than some 100 MiB. So the
 * reserve is lent to it: it sets a new one at its end anyway.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "grow_type.h"
#include "run.h"
#include "util/bytes.h"
#include "util/io.h"

/* linux/include/linux/f2fs_fs.h: the superblock */
#define SB_AT	   1024
#define SB	   96
#define SB_MAGIC   0xf2f52010u
#define SHIFT_AT   16 /* le32: of a block's size */
#define SEGMENT_AT 20 /* le32: shift of a segment's blocks */
#define BLOCKS_AT  36 /* le64 */
#define CKPT_AT	   52 /* le32: segments of checkpoints; of SIT, NAT, SSA, each at the next: */
#define METAS	   4
#define PACKS_AT   76 /* le32: block of the first checkpoint; the other one is in the next segment */
#define PACKS	   2
/* a checkpoint */
#define BLOCK	     4096
#define VERSION_AT   0	 /* le64 */
#define RESERVE_AT   24	 /* le32: segments */
#define FREE_AT	     32	 /* le32: segments */
#define TOTAL_AT     136 /* le32: blocks of all of it, the last of which is a copy of the first */
#define CHECKSUM_AT  164 /* le32: where in the block its checksum is */
#define CHECKSUM_MIN 192
/* resize.f2fs and the driver refuse less than so many segments of metadata, the reserve among them. */
#define METAS_MIN 9
#define LOGS	  6 /* each of them needs a segment */

/* A checkpoint's two blocks: where they are, what they hold. */
struct pack {
	off_t at[2];
	uint8_t block[BLOCK];
};

/* The checksum is that of zlib without the inversions at its ends, begun with the magic number. */
static uint32_t checksum(const uint8_t *p, size_t at)
{
	uint32_t c = (uint32_t)crc32(~SB_MAGIC, p, (uInt)at);

	if (at < BLOCK - 4)
		c = (uint32_t)crc32(c, p + at + 4, (uInt)(BLOCK - at - 4));
	return ~c;
}

/* Is it a whole checkpoint? Both of its ends are the same, and their checksum is right. */
static bool pack_read(int fd, off_t at, struct pack *ret)
{
	uint8_t copy[BLOCK];

	if (pread_full(fd, ret->block, BLOCK, at) != BLOCK)
		return false;
	const uint32_t sum_at = get_le32(ret->block + CHECKSUM_AT), total = get_le32(ret->block + TOTAL_AT);

	if (sum_at < CHECKSUM_MIN || sum_at > BLOCK - 4 || !total ||
	    get_le32(ret->block + sum_at) != checksum(ret->block, sum_at))
		return false;
	ret->at[0] = at;
	ret->at[1] = at + (off_t)(total - 1) * BLOCK;
	return pread_full(fd, copy, BLOCK, ret->at[1]) == BLOCK && !memcmp(copy, ret->block, BLOCK);
}

/* The checkpoint that counts. */
static bool pack_find(int fd, const uint8_t *sb, struct pack *ret)
{
	const off_t first = (off_t)get_le32(sb + PACKS_AT) * BLOCK;
	const off_t segment = (off_t)BLOCK << (get_le32(sb + SEGMENT_AT) & 31);
	bool found = false;
	struct pack p;

	for (int i = 0; i < PACKS; i++) {
		if (!pack_read(fd, first + i * segment, &p))
			continue;
		if (!found || get_le64(p.block + VERSION_AT) > get_le64(ret->block + VERSION_AT))
			*ret = p;
		found = true;
	}
	return found;
}

/* What is left of the reserve where it was lent: as little as is taken. */
static uint32_t reserve_min(const uint8_t *sb)
{
	uint64_t metas = 0;

	for (size_t i = 0; i < METAS; i++)
		metas += get_le32(sb + CKPT_AT + 4 * i);
	return metas < METAS_MIN ? (uint32_t)(METAS_MIN - metas) : 1;
}

static int lend_reserve(const struct device *d, struct err *e)
{
	uint8_t sb[SB];
	uint64_t size;
	struct pack p;

	if (grow_read_super(d, SB_AT, sb, sizeof(sb), &size, e) < 0)
		return -1;
	/* What it thinks of that it says itself; where there is nothing to grow it sets no new one. */
	if (get_le32(sb + SHIFT_AT) != 12 || size / BLOCK <= get_le64(sb + BLOCKS_AT))
		return 0;
	CLEANUP(fd_close) int fd = open(d->node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "cannot open '%s'", d->user);
	if (!pack_find(fd, sb, &p))
		return err_set(e, EUCLEAN, "the f2fs on '%s' has no whole checkpoint: run 'fsck.f2fs -f' on it first", d->user);
	const uint32_t reserve = get_le32(p.block + RESERVE_AT), min = reserve_min(sb);

	if (reserve <= min || get_le32(p.block + FREE_AT) > (uint64_t)reserve + LOGS + 1)
		return 0;
	const uint32_t sum_at = get_le32(p.block + CHECKSUM_AT);

	put_le32(p.block + RESERVE_AT, min);
	put_le32(p.block + sum_at, checksum(p.block, sum_at));
	for (size_t i = 0; i < ARRAY_SIZE(p.at); i++)
		if (pwrite(fd, p.block, BLOCK, p.at[i]) != BLOCK)
			return err_sys(e, "cannot write to '%s'", d->user);
	return fsync(fd) < 0 ? err_sys(e, "cannot write to '%s'", d->user) : 0;
}

int grow_f2fs(const struct grower *w, struct err *e)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	if (lend_reserve(w->d, e) < 0)
		return -1;
	if (run((const char *const[]){ "resize.f2fs", w->d->node, NULL }, &out, e) == 0)
		return 0;
	/* It complains on its standard output. */
	while (out.len && out.data[out.len - 1] == '\n')
		out.data[--out.len] = '\0';
	return out.len ? err_hint(e, "it says: %s", strrchr(out.data, '\n') ? strrchr(out.data, '\n') + 1 : out.data) : -1;
}

/* Its blocks have numbers of 32 bits. */
uint64_t grow_max_f2fs(const struct device *d)
{
	uint8_t b[SB];
	uint64_t ignored;
	struct err e;

	if (grow_read_super(d, SB_AT, b, sizeof(b), &ignored, &e) < 0 || get_le32(b + SHIFT_AT) > 16)
		return 0;
	return (uint64_t)UINT32_MAX << get_le32(b + SHIFT_AT);
}
