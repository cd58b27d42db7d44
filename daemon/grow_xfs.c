/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XFS, by its driver, which grows it while it is mounted. */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "grow_type.h"
#include "mount_job.h"
#include "run.h"
#include "util/bytes.h"

#define XFS_SB	       128 /* bytes that are read; linux/fs/xfs/libxfs/xfs_format.h, struct xfs_dsb */
#define XFS_BLOCK_AT   4   /* be32: bytes */
#define XFS_BLOCKS_AT  8   /* be64 */
#define XFS_GROUP_AT   84  /* be32: blocks of an allocation group */
#define XFS_PERCENT_AT 127 /* u8 */
#define XFS_STEP       256   /* groups, of each of which the driver writes some 32 KiB */
#define XFS_MANY       4096  /* groups, from which on it is told that there are many */
#define XFS_MOST       16384 /* that the driver is asked to make: see grow_max_xfs() */

/* linux/fs/xfs/libxfs/xfs_fs.h */
struct xfs_growfs_data {
	uint64_t newblocks;
	uint32_t imaxpct;
};
#define XFS_IOC_FSGROWFSDATA _IOW('X', 110, struct xfs_growfs_data)

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

	if (grow_read_super(d, 0, sb, sizeof(sb), &size, e) < 0)
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
uint64_t grow_max_xfs(const struct device *d)
{
	struct err ignored;
	struct xfs x;

	return xfs_look(d, &x, &ignored) < 0 ? 0 : grow_times(grow_times(XFS_MOST, x.group), x.block);
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

int grow_xfs(const struct grower *w, struct err *e)
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
