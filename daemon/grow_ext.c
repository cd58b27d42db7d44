/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ext2, ext3, ext4: by the driver where it is to be trusted, else by resize2fs. */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "crc32c.h"
#include "grow_type.h"
#include "mount_job.h"
#include "run.h"
#include "util/bytes.h"
#include "util/io.h"

#define EXT4_RESIZE_FS _IOW('f', 16, uint64_t) /* linux/fs/ext4/ext4.h: to so many blocks */
/* The superblock: from which byte on, how many; and what is where in it (linux/fs/ext4/ext4.h). */
#define EXT_SUPER_AT	 1024
#define EXT_SUPER	 1024
#define EXT_BLOCKS_AT	 4  /* le32: blocks; the upper half, where they are of 64 bits: */
#define EXT_BLOCKS_HI_AT 336
#define EXT_BLOCK_AT	 24
#define EXT_FIRST_AT	 20 /* le32: the first group's first block */
#define EXT_GROUP_AT	 32 /* le32: blocks of a group */
#define EXT_INODES_AT	 40 /* le32: inodes of a group */
#define EXT_COMPAT_AT	 92 /* le32: 4 has a journal */
#define EXT_INCOMPAT_AT	 96
#define EXT_64BIT	 0x80
#define EXT_FLEX	 0x200 /* bitmaps and tables of inodes may lie in other groups */
#define EXT_REV_AT	 76
#define EXT_INODE_AT	 88 /* le16: bytes of an inode, from revision 1 on; of others: */
#define EXT_INODE	 128
#define EXT_DESC_AT	 254 /* le16: bytes of a group's descriptor, where they are of 64 bits */
#define EXT_DESC	 32	      /* of others */
#define EXT_BACKUP_AT	 253 /* u8: 1 the superblock has a copy of the journal's inode */
#define EXT_JOURNAL_AT	 332 /* le32: of that the size, bytes */
#define EXT_JOURNAL	 4096	      /* blocks */
#define EXT_STEP	 512	      /* groups: 64 GiB, if they are of the usual size */
#define EXT_MANY	 16384	      /* groups, to which resize2fs is faster than the driver, from this many: */
#define EXT_FEW		 512	      /* with more, it takes more memory */
#define EXT_FLEX_AT	 372	      /* u8: shift of the groups whose bitmaps lie together */
#define EXT_FLEX_MANY	 8	      /* that many, where it gets more groups than this: */
#define EXT_FLEX_FROM	 4096
#define EXT_SUM		 0x400	      /* of EXT_RO_AT: the superblock has a checksum, at: */
#define EXT_RO_AT	 100	      /* le32 */
#define EXT_SUM_AT	 1020	      /* le32: of all before it */

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Blocks: that it has, that there is room for, of one group. */
struct ext {
	uint64_t now, room;
	uint32_t group;
	uint32_t shift;	 /* of a block's size */
	uint32_t first;	 /* block of its first group */
	uint32_t inodes; /* of one group */
	uint32_t descs;	 /* descriptors of groups in one block */
	uint64_t taken;	 /* blocks of a group, apart from these, that are not to be used for them */
	int flex;	 /* shift of the groups whose bitmaps lie together, or -1 */
	bool wide;	 /* its block numbers have 64 bits */
	bool driver;	 /* the driver is to be trusted with it */
};

/* Blocks of a group that descriptors cannot have: the superblock's; bitmaps, inodes, where these have to be there. */
static uint64_t ext_taken(const uint8_t *sb, uint32_t inodes, uint32_t shift)
{
	const uint32_t size = get_le32(sb + EXT_REV_AT) ? get_le16(sb + EXT_INODE_AT) : EXT_INODE;
	const uint64_t table = (uint64_t)inodes * size;

	return 1 + (get_le32(sb + EXT_INCOMPAT_AT) & EXT_FLEX ? 0 : 2 + ((table - 1) >> shift) + 1);
}

/*
 * Where the journal is small, the driver has been seen to run out of it, which stops the kernel (6.1,
 * jbd2/journal.c).
 */
static int ext_look(const struct device *d, struct ext *ret, struct err *e)
{
	uint8_t sb[EXT_SUPER];
	uint64_t size = 0;

	if (grow_read_super(d, EXT_SUPER_AT, sb, sizeof(sb), &size, e) < 0)
		return -1;
	const uint32_t shift = get_le32(sb + EXT_BLOCK_AT) + 10;
	const bool wide = get_le32(sb + EXT_INCOMPAT_AT) & EXT_64BIT;
	const uint16_t desc = wide ? get_le16(sb + EXT_DESC_AT) : EXT_DESC;

	*ret = (struct ext){
		.now = get_le32(sb + EXT_BLOCKS_AT),
		.room = size >> (shift & 63),
		.group = get_le32(sb + EXT_GROUP_AT),
		.shift = shift,
		.first = get_le32(sb + EXT_FIRST_AT),
		.inodes = get_le32(sb + EXT_INODES_AT),
		.flex = get_le32(sb + EXT_INCOMPAT_AT) & EXT_FLEX ? sb[EXT_FLEX_AT] : -1,
		.wide = wide,
	};
	if (shift < 10 || shift > 16 || !ret->group || !ret->inodes || desc < EXT_DESC || desc > 1024)
		return err_set(e, EUCLEAN, "the superblock of '%s' is damaged", d->user);
	ret->descs = (1u << shift) / desc;
	ret->taken = ext_taken(sb, ret->inodes, shift);
	if (wide)
		ret->now |= (uint64_t)get_le32(sb + EXT_BLOCKS_HI_AT) << 32;
	else
		ret->room = lower(ret->room, UINT32_MAX);
	ret->driver = !(get_le32(sb + EXT_COMPAT_AT) & 4) ||
		      (sb[EXT_BACKUP_AT] == 1 && get_le32(sb + EXT_JOURNAL_AT) >> shift >= EXT_JOURNAL);
	return 0;
}

/* Groups whose descriptors resize2fs has room for. */
static uint64_t program_groups(const struct ext *x)
{
	return grow_times(x->group > x->taken ? x->group - x->taken : 0, x->descs);
}

/* What was small and becomes huge is for resize2fs, which writes nothing to most groups. */
static bool is_for_program(const struct ext *x)
{
	const uint64_t to = x->room / x->group;

	return !x->driver || (to > EXT_MANY && to < program_groups(x) && x->now / x->group <= EXT_FEW);
}

/*
 * The numbers of blocks and inodes have an end, and resize2fs has the descriptors of all groups in one
 * group's blocks (1.47).
 */
uint64_t grow_max_ext(const struct device *d)
{
	uint64_t blocks, groups;
	struct err ignored;
	struct ext x;

	if (ext_look(d, &x, &ignored) < 0)
		return 0;
	groups = UINT32_MAX / x.inodes;
	if (!x.driver)
		groups = lower(groups, program_groups(&x));
	blocks = grow_times(groups, x.group);
	blocks = blocks < UINT64_MAX - x.first ? blocks + x.first : blocks;
	if (!x.wide)
		blocks = lower(blocks, BLOCKS_32);
	return grow_times(blocks, 1u << x.shift);
}

/* What the driver does not do, as for one without room for more group descriptors. */
static int grow_ext_program(const struct grower *w, struct err *e)
{
	const char *const check[] = { "e2fsck", "-f", "-p", w->d->node, NULL };
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	int status;

	if (run_status(check, &out, &words, &status, e) < 0)
		return -1;
	if (status > 1)
		return err_set(e, EUCLEAN,
			       "the file system on '%s' has errors, and is not grown: run 'e2fsck -f' on it "
			       "first; e2fsck says: %s",
			       w->d->user, out.len ? out.data : words.len ? words.data : "nothing");
	return run((const char *const[]){ "resize2fs", w->d->node, NULL }, NULL, e);
}

/*
 * In steps, each of which is on the disk before the next begins: what the journal and the caches hold of the
 * new groups is bounded so, for any size.
 */
static int ext_steps(int fd, const struct ext *x)
{
	uint64_t at = x->now, step = (uint64_t)x->group * EXT_STEP;
	int r = 0;

	while (r == 0 && at < x->room) {
		at = x->room - at > step ? (at / step + 1) * step : x->room;
		r = ioctl(fd, EXT4_RESIZE_FS, &at);
		if (r == 0)
			r = syncfs(fd);
	}
	return r;
}

/* Sets how many groups have their bitmaps together; the file system is not mounted. */
static int set_flex(const struct device *d, uint8_t shift, struct err *e)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDWR | O_CLOEXEC);
	uint8_t sb[EXT_SUPER];

	if (fd < 0 || pread_full(fd, sb, sizeof(sb), EXT_SUPER_AT) != EXT_SUPER)
		return err_sys(e, "cannot read the superblock of '%s'", d->user);
	sb[EXT_FLEX_AT] = shift;
	if (get_le32(sb + EXT_RO_AT) & EXT_SUM)
		put_le32(sb + EXT_SUM_AT, crc32c(~0u, sb, EXT_SUM_AT));
	if (pwrite(fd, sb, sizeof(sb), EXT_SUPER_AT) != EXT_SUPER || fsync(fd) < 0)
		return err_sys(e, "cannot write to '%s'", d->user);
	return 0;
}

/*
 * Each time that the driver has made as many groups as have their bitmaps together, which are 16, it counts all
 * groups anew and clears a page for each (ext4_calculate_overhead()). So where they become many it makes more at a
 * time. Where bitmaps lie is free with this feature, and those that there are stay.
 */
static bool is_flex_small(const struct ext *x)
{
	return x->flex >= 0 && x->flex < EXT_FLEX_MANY && x->room / x->group > x->now / x->group + EXT_FLEX_FROM;
}

/* Returns 1 where the driver does not do it; what it has done by then is done. */
static int grow_ext_driver(const struct grower *w, const struct ext *x, struct err *e)
{
	const bool flex = is_flex_small(x);
	struct err later;
	int fd, r;

	if (flex && set_flex(w->d, EXT_FLEX_MANY, e) < 0)
		return -1;
	fd = mount_job_begin(w->g, w->d, e);
	if (fd < 0)
		return -1;
	r = ext_steps(fd, x);
	if (r < 0)
		log_line(w->g, "the ext4 driver does not grow '%s': %m; resize2fs does it", w->d->user);
	if (mount_job_end(w->d, fd, r < 0 ? &later : e) < 0 || (flex && set_flex(w->d, (uint8_t)x->flex, e) < 0))
		return -1;
	return r < 0;
}

int grow_ext(const struct grower *w, struct err *e)
{
	struct ext x;
	int r;

	if (ext_look(w->d, &x, e) < 0)
		return -1;
	r = is_for_program(&x) ? 1 : grow_ext_driver(w, &x, e);
	return r > 0 ? grow_ext_program(w, e) : r;
}
