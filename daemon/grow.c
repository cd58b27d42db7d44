/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See grow.h. Where the kernel's driver can do it, it does: it needs no check of the whole file system
 * first, and writes little. Programs do the rest.
 */
#include "grow.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "fs_size.h"
#include "lean.h"
#include "mount_job.h"
#include "run.h"
#include "swap.h"
#include "util/bytes.h"
#include "util/io.h"
#include "util/xalloc.h"

#define EXT4_RESIZE_FS _IOW('f', 16, uint64_t) /* linux/fs/ext4/ext4.h: to so many blocks */
#define EXT_BLOCKS_AT	 (1024 + 4)  /* le32: blocks; the upper half, where they are of 64 bits: */
#define EXT_BLOCKS_HI_AT (1024 + 336)
#define EXT_BLOCK_AT	 (1024 + 24)
#define EXT_FIRST_AT	 (1024 + 20) /* le32: the first group's first block */
#define EXT_GROUP_AT	 (1024 + 32) /* le32: blocks of a group */
#define EXT_INODES_AT	 (1024 + 40) /* le32: inodes of a group */
#define EXT_COMPAT_AT	 (1024 + 92) /* le32: 4 has a journal */
#define EXT_INCOMPAT_AT	 (1024 + 96)
#define EXT_64BIT	 0x80
#define EXT_FLEX	 0x200 /* bitmaps and tables of inodes may lie in other groups */
#define EXT_REV_AT	 (1024 + 76)
#define EXT_INODE_AT	 (1024 + 88) /* le16: bytes of an inode, from revision 1 on; of others: */
#define EXT_INODE	 128
#define EXT_DESC_AT	 (1024 + 254) /* le16: bytes of a group's descriptor, where they are of 64 bits */
#define EXT_DESC	 32	      /* of others */
#define EXT_BACKUP_AT	 (1024 + 253) /* u8: 1 the superblock has a copy of the journal's inode */
#define EXT_JOURNAL_AT	 (1024 + 332) /* le32: of that the size, bytes */
#define EXT_JOURNAL	 4096	      /* blocks */
#define EXT_STEP	 512	      /* groups: 64 GiB, if they are of the usual size */

/* Where numbers of 32 bits end: it has one less, and the last one of so many is left over. */
#define BLOCKS_32 ((uint64_t)1 << 32)

#define NTFS_BOOT	84   /* bytes that are read of its boot sector */
#define NTFS_SECTOR_AT	11   /* le16: bytes */
#define NTFS_CLUSTER_AT 13   /* u8: sectors */
#define NTFS_LEFT	3    /* ntfsgrow's exit status: it is for ntfsresize */
#define NTFS_POWER_MIN	0xf4 /* fs/ntfs3/super.c, true_sectors_per_clst() */

#define F2FS_SHIFT_AT (1024 + 16) /* le32: of a block's size; linux/include/linux/f2fs_fs.h */

#define XFS_SB	       128 /* bytes that are read; linux/fs/xfs/libxfs/xfs_format.h, struct xfs_dsb */
#define XFS_BLOCK_AT   4   /* be32: bytes */
#define XFS_BLOCKS_AT  8   /* be64 */
#define XFS_GROUP_AT   84  /* be32: blocks of an allocation group */
#define XFS_PERCENT_AT 127 /* u8 */
#define XFS_STEP       256 /* groups, of each of which the driver writes some 32 KiB */
#define XFS_MANY       4096  /* groups, from which on it is told that there are many */
#define XFS_MOST       16384 /* that the driver is asked to make: see max_xfs() */

/* linux/fs/xfs/libxfs/xfs_fs.h */
struct xfs_growfs_data {
	uint64_t newblocks;
	uint32_t imaxpct;
};
#define XFS_IOC_FSGROWFSDATA _IOW('X', 110, struct xfs_growfs_data)

struct grower {
	struct guestd *g;
	struct device *d;
	bool force;
	struct strvec *notices;
};

/* The n bytes of its superblock from at on, and the device's bytes. */
static int read_super(const struct device *d, off_t at, uint8_t *sb, size_t n, uint64_t *ret_size, struct err *e)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, ret_size) < 0 || pread_full(fd, sb, n, at) != (ssize_t)n)
		return err_sys(e, "cannot read the superblock of '%s'", d->user);
	return 0;
}

/* a * b, or more than any disk. */
static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

static uint64_t lower(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* ---- ext */

/* Blocks: that it has, that there is room for, of one group. */
struct ext {
	uint64_t now, room;
	uint32_t group;
	uint32_t shift;	 /* of a block's size */
	uint32_t first;	 /* block of its first group */
	uint32_t inodes; /* of one group */
	uint32_t descs;	 /* descriptors of groups in one block */
	uint64_t taken;	 /* blocks of a group, apart from these, that are not to be used for them */
	bool wide;	 /* its block numbers have 64 bits */
	bool driver;	 /* the driver is to be trusted with it */
};

/* Blocks of a group that descriptors cannot have: the superblock's; bitmaps, inodes, where these have to be there. */
static uint64_t ext_taken(const uint8_t *sb, uint32_t inodes, uint32_t shift)
{
	const uint32_t size = get_le32(sb + EXT_REV_AT - 1024) ? get_le16(sb + EXT_INODE_AT - 1024) : EXT_INODE;
	const uint64_t table = (uint64_t)inodes * size;

	return 1 + (get_le32(sb + EXT_INCOMPAT_AT - 1024) & EXT_FLEX ? 0 : 2 + ((table - 1) >> shift) + 1);
}

/*
 * Where the journal is small, the driver has been seen to run out of it, which stops the kernel (6.1,
 * jbd2/journal.c).
 */
static int ext_look(const struct device *d, struct ext *ret, struct err *e)
{
	uint8_t sb[1024];
	uint64_t size = 0;

	if (read_super(d, 1024, sb, sizeof(sb), &size, e) < 0)
		return -1;
	const uint32_t shift = get_le32(sb + EXT_BLOCK_AT - 1024) + 10;
	const bool wide = get_le32(sb + EXT_INCOMPAT_AT - 1024) & EXT_64BIT;
	const uint16_t desc = wide ? get_le16(sb + EXT_DESC_AT - 1024) : EXT_DESC;

	*ret = (struct ext){
		.now = get_le32(sb + EXT_BLOCKS_AT - 1024),
		.room = size >> (shift & 63),
		.group = get_le32(sb + EXT_GROUP_AT - 1024),
		.shift = shift,
		.first = get_le32(sb + EXT_FIRST_AT - 1024),
		.inodes = get_le32(sb + EXT_INODES_AT - 1024),
		.wide = wide,
	};
	if (shift < 10 || shift > 16 || !ret->group || !ret->inodes || desc < EXT_DESC || desc > 1024)
		return err_set(e, EUCLEAN, "the superblock of '%s' is damaged", d->user);
	ret->descs = (1u << shift) / desc;
	ret->taken = ext_taken(sb, ret->inodes, shift);
	if (wide)
		ret->now |= (uint64_t)get_le32(sb + EXT_BLOCKS_HI_AT - 1024) << 32;
	else
		ret->room = lower(ret->room, UINT32_MAX);
	ret->driver = !(get_le32(sb + EXT_COMPAT_AT - 1024) & 4) ||
		      (sb[EXT_BACKUP_AT - 1024] == 1 && get_le32(sb + EXT_JOURNAL_AT - 1024) >> shift >= EXT_JOURNAL);
	return 0;
}

/*
 * The numbers of blocks and inodes have an end, and resize2fs has the descriptors of all groups in one
 * group's blocks (1.47).
 */
static uint64_t max_ext(const struct device *d)
{
	uint64_t blocks, groups;
	struct err ignored;
	struct ext x;

	if (ext_look(d, &x, &ignored) < 0)
		return 0;
	groups = UINT32_MAX / x.inodes;
	if (!x.driver)
		groups = lower(groups, times(x.group > x.taken ? x.group - x.taken : 0, x.descs));
	blocks = times(groups, x.group);
	blocks = blocks < UINT64_MAX - x.first ? blocks + x.first : blocks;
	if (!x.wide)
		blocks = lower(blocks, BLOCKS_32);
	return times(blocks, 1u << x.shift);
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

/* Returns 1 where the driver does not do it; what it has done by then is done. */
static int grow_ext_driver(const struct grower *w, const struct ext *x, struct err *e)
{
	struct err later;
	int fd = mount_job_begin(w->g, w->d, e), r;

	if (fd < 0)
		return -1;
	r = ext_steps(fd, x);
	if (r < 0)
		log_line(w->g, "the ext4 driver does not grow '%s': %m; resize2fs does it", w->d->user);
	if (mount_job_end(w->d, fd, r < 0 ? &later : e) < 0)
		return -1;
	return r < 0;
}

static int grow_ext(const struct grower *w, struct err *e)
{
	struct ext x;
	int r;

	if (ext_look(w->d, &x, e) < 0)
		return -1;
	r = x.driver ? grow_ext_driver(w, &x, e) : 1;
	return r > 0 ? grow_ext_program(w, e) : r;
}

/* ---- others that are grown while they are mounted */

/* Blocks: that it has, that there is room for, of one group. */
struct xfs {
	uint64_t now, room;
	uint32_t group;
	uint32_t block;	 /* bytes of one */
	uint8_t percent; /* of it, that inodes may take */
};

static int xfs_look(const struct device *d, struct xfs *ret, struct err *e)
{
	uint8_t sb[XFS_SB];
	uint64_t size = 0;

	if (read_super(d, 0, sb, sizeof(sb), &size, e) < 0)
		return -1;
	const uint32_t block = get_be32(sb + XFS_BLOCK_AT);

	*ret = (struct xfs){ .block = block,
			     .now = get_be64(sb + XFS_BLOCKS_AT),
			     .group = get_be32(sb + XFS_GROUP_AT),
			     .percent = sb[XFS_PERCENT_AT] };
	if (!block || !ret->group)
		return err_set(e, EUCLEAN, "the superblock of '%s' is damaged", d->user);
	ret->room = size / block;
	return 0;
}

/*
 * Its format has no end, but of each group the driver keeps some 2 KiB, and after each step it writes to
 * all that there are. An XFS comes to so many groups where it was made 4096 times smaller.
 */
static uint64_t max_xfs(const struct device *d)
{
	struct err ignored;
	struct xfs x;

	return xfs_look(d, &x, &ignored) < 0 ? 0 : times(times(XFS_MOST, x.group), x.block);
}

/*
 * In steps, as ext: the driver has the first blocks of all new groups in memory until the last is
 * made, and there are thousands of them where what was small becomes large.
 */
static int xfs_steps(int fd, const struct xfs *x, struct err *e)
{
	const uint64_t step = (uint64_t)x->group * XFS_STEP;
	struct xfs_growfs_data to = { .newblocks = x->now, .imaxpct = x->percent };

	while (to.newblocks < x->room && x->room - to.newblocks > step) {
		to.newblocks = (to.newblocks / step + 1) * step;
		if (ioctl(fd, XFS_IOC_FSGROWFSDATA, &to) < 0 || syncfs(fd) < 0)
			return err_sys(e, "the xfs driver does not grow it to %llu blocks",
				       (unsigned long long)to.newblocks);
	}
	return run((const char *const[]){ "xfs_growfs", "-d", LOOK_DIR, NULL }, NULL, e);
}

static int grow_xfs(const struct grower *w, struct err *e)
{
	struct xfs x = { .group = 0 };
	struct err later;
	int fd, r;

	if (xfs_look(w->d, &x, e) < 0)
		return -1;
	fd = mount_job_begin(w->g, w->d, e);
	if (fd < 0)
		return -1;
	r = xfs_steps(fd, &x, e);
	if (r == 0 && x.room / x.group > XFS_MANY)
		strvec_addf(w->notices,
			    "the XFS on '%s' was made for a far smaller disk: it has %llu allocation groups now, each "
			    "of which takes time and memory when it is mounted; one that is made anew has few",
			    w->d->user, (unsigned long long)(x.room / x.group));
	return mount_job_end(w->d, fd, r < 0 ? &later : e) < 0 ? -1 : r;
}

/* One device only, whose number is *ret_id. */
static int btrfs_look(const struct grower *w, uint64_t *ret_id, struct err *e)
{
	CLEANUP(fd_close) int node = open(w->d->node, O_RDONLY | O_CLOEXEC);
	uint64_t n = node >= 0 ? fs_btrfs_devices(node, ret_id) : 0;

	if (n == 1)
		return 0;
	return err_set(e, ENOTSUP,
		       "the btrfs on '%s' has %llu devices: which of them is to grow is for who knows it; in the "
		       "guest: btrfs filesystem resize %llu:max /",
		       w->d->user, (unsigned long long)n, (unsigned long long)*ret_id);
}

static int check_btrfs(const struct grower *w, struct err *e)
{
	uint64_t id = 0;

	return btrfs_look(w, &id, e);
}

static int grow_btrfs(const struct grower *w, struct err *e)
{
	struct btrfs_ioctl_vol_args a = { .fd = 0 };
	struct err later;
	uint64_t id = 0;
	int fd, r;

	if (btrfs_look(w, &id, e) < 0)
		return -1;
	snprintf(a.name, sizeof(a.name), "%llu:max", (unsigned long long)id);
	fd = mount_job_begin(w->g, w->d, e);
	if (fd < 0)
		return -1;
	r = ioctl(fd, BTRFS_IOC_RESIZE, &a);
	if (r < 0)
		r = err_sys(e, "the btrfs driver does not grow '%s'", w->d->user);
	return mount_job_end(w->d, fd, r < 0 ? &later : e) < 0 ? -1 : r;
}

/* ---- others, by programs */

/* It answers its own question: the space is there, and nobody uses the disk. */
static int grow_ntfs_program(const struct grower *w, struct err *e)
{
	const char *const forced[] = { "ntfsresize", "--no-progress-bar", "--force", w->d->node, NULL };
	const char *const argv[] = { "ntfsresize", "--no-progress-bar", w->d->node, NULL };
	static const char yes[] = "y\n";
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	return run_filter(w->force ? forced : argv, yes, sizeof(yes) - 1, &out, e) < 0 ? err_ctx(e, "ntfsresize") : 0;
}

/* By a program of ours (ntfsgrow.c), unless the volume is made in a way that this leaves alone. */
static int grow_ntfs(const struct grower *w, struct err *e)
{
	const char *const forced[] = { "ntfsgrow", "--force", w->d->node, NULL };
	const char *const argv[] = { "ntfsgrow", w->d->node, NULL };
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	int status;

	if (run_status(w->force ? forced : argv, NULL, &words, &status, e) < 0)
		return -1;
	if (status && status != NTFS_LEFT)
		return err_set(e, EIO, "ntfsgrow: %s", words.len ? words.data : "it says nothing");
	if (status) {
		log_line(w->g, "ntfsgrow leaves '%s' to ntfsresize", w->d->user);
		if (grow_ntfs_program(w, e) < 0)
			return -1;
	}
	strvec_addf(w->notices, "Windows will check the file system on '%s' when it starts", w->d->user);
	return 0;
}

/* Its clusters have numbers of 32 bits. More than 128 sectors in one are written as a negative power of two. */
static uint64_t max_ntfs(const struct device *d)
{
	uint8_t b[NTFS_BOOT];
	uint64_t ignored;
	struct err e;

	if (read_super(d, 0, b, sizeof(b), &ignored, &e) < 0)
		return 0;
	const uint8_t n = b[NTFS_CLUSTER_AT];
	const uint64_t sectors = n <= 128 ? n : n >= NTFS_POWER_MIN ? (uint64_t)1 << (256 - n) : 0;

	return sectors * get_le16(b + NTFS_SECTOR_AT) * BLOCKS_32;
}

/* Its blocks have numbers of 32 bits. */
static uint64_t max_f2fs(const struct device *d)
{
	uint8_t b[4];
	uint64_t ignored;
	struct err e;

	if (read_super(d, F2FS_SHIFT_AT, b, sizeof(b), &ignored, &e) < 0 || get_le32(b) > 16)
		return 0;
	return (uint64_t)UINT32_MAX << get_le32(b);
}

/* So have its pages. */
static uint64_t max_swap(const struct device *d)
{
	struct err ignored;
	unsigned page;

	return swap_look(d, &page, &ignored) < 0 ? 0 : (uint64_t)page << 32;
}

static int grow_f2fs(const struct grower *w, struct err *e)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	if (run((const char *const[]){ "resize.f2fs", w->d->node, NULL }, &out, e) == 0)
		return 0;
	/* It complains on its standard output. */
	while (out.len && out.data[out.len - 1] == '\n')
		out.data[--out.len] = '\0';
	return out.len ? err_hint(e, "it says: %s", strrchr(out.data, '\n') ? strrchr(out.data, '\n') + 1 : out.data) : -1;
}

static int check_swap(const struct grower *w, struct err *e)
{
	unsigned ignored;

	return swap_look(w->d, &ignored, e);
}

static int grow_swap(const struct grower *w, struct err *e)
{
	unsigned page;

	return swap_look(w->d, &page, e) < 0 ? -1 : swap_make(w->d, page, e);
}

static int check_clean(const struct grower *w, struct err *e)
{
	return mount_job_check(w->g, w->d, e);
}

/* One that Windows has not left clean is grown where that is insisted on. */
static int check_ntfs(const struct grower *w, struct err *e)
{
	return w->force ? 0 : check_clean(w, e);
}

static const struct row {
	const char *type;
	int (*check)(const struct grower *w, struct err *e);
	int (*grow)(const struct grower *w, struct err *e);
	uint64_t (*max)(const struct device *d); /* as grow_max(); NULL: as large as any disk */
} rows[] = {
	{ "ext2", check_clean, grow_ext, max_ext },   { "ext3", check_clean, grow_ext, max_ext },
	{ "ext4", check_clean, grow_ext, max_ext },   { "xfs", check_clean, grow_xfs, max_xfs },
	{ "btrfs", check_btrfs, grow_btrfs, NULL },   { "ntfs", check_ntfs, grow_ntfs, max_ntfs },
	{ "f2fs", check_clean, grow_f2fs, max_f2fs }, { "swap", check_swap, grow_swap, max_swap },
};

static const struct row *row_of(const struct device *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (device_is(d, rows[i].type))
			return &rows[i];
	return NULL;
}

static const struct row *find_row(const struct device *d, struct err *e)
{
	const struct row *row = row_of(d);

	if (!row)
		err_set(e, ENOTSUP, "unknown/unavailable method for expanding the %s filesystem on %s",
			d->probe.type, d->user);
	return row;
}

uint64_t grow_max(const struct device *d)
{
	const struct row *row = row_of(d);

	return row && row->max ? row->max(d) : 0;
}

/* Those who asked have looked before; this is for what they could not know, as of a volume's end. */
static int check_max(const struct device *d, struct err *e)
{
	const uint64_t max = grow_max(d);
	uint64_t size = 0;
	uint8_t first;

	if (!max)
		return 0;
	if (read_super(d, 0, &first, sizeof(first), &size, e) < 0)
		return -1;
	if (size <= max)
		return 0;
	return err_set(e, EFBIG, "the %s on '%s' can have %llu bytes at the most, and it lies on %llu", d->probe.type,
		       d->user, (unsigned long long)max, (unsigned long long)size);
}

int grow_check(struct guestd *g, struct device *d, bool force, struct err *e)
{
	const struct grower w = { g, d, force, NULL };
	const struct row *row = find_row(d, e);

	return row ? row->check(&w, e) : -1;
}

int grow_filesystem(struct guestd *g, struct device *d, bool force, struct strvec *notices, struct err *e)
{
	const struct grower w = { g, d, force, notices };
	const struct row *row = find_row(d, e);
	struct lean lean;
	int rc;

	if (!row || row->check(&w, e) < 0 || check_max(d, e) < 0)
		return -1;
	lean_begin(&lean);
	rc = row->grow(&w, e);
	lean_end(&lean);
	return rc;
}
