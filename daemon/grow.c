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
#include <string.h>
#include <sys/ioctl.h>

#include "fs_size.h"
#include "grow_type.h"
#include "lean.h"
#include "mount_job.h"
#include "run.h"
#include "swap.h"
#include "util/bytes.h"
#include "util/io.h"

int grow_read_super(const struct device *d, off_t at, uint8_t *sb, size_t n, uint64_t *ret_size, struct err *e)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, ret_size) < 0 || pread_full(fd, sb, n, at) != (ssize_t)n)
		return err_sys(e, "cannot read the superblock of '%s'", d->user);
	return 0;
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

/* Its pages have numbers of 32 bits. */
static uint64_t max_swap(const struct device *d)
{
	struct err ignored;
	unsigned page;

	return swap_look(d, &page, &ignored) < 0 ? 0 : (uint64_t)page << 32;
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

static int check_fat(const struct grower *w, struct err *e)
{
	return check_clean(w, e) < 0 ? -1 : grow_check_fat(w, e);
}

/* One that Windows has not left clean is grown where that is insisted on. */
static int check_ntfs(const struct grower *w, struct err *e)
{
	return !w->force && check_clean(w, e) < 0 ? -1 : grow_check_ntfs(w, e);
}

static const struct row {
	const char *type;
	int (*check)(const struct grower *w, struct err *e);
	int (*grow)(const struct grower *w, struct err *e);
	uint64_t (*max)(const struct device *d); /* as grow_max(); NULL: as large as any disk */
} rows[] = {
	{ "ext2", check_clean, grow_ext, grow_max_ext },   { "ext3", check_clean, grow_ext, grow_max_ext },
	{ "ext4", check_clean, grow_ext, grow_max_ext },   { "xfs", check_clean, grow_xfs, grow_max_xfs },
	{ "btrfs", check_btrfs, grow_btrfs, NULL },   { "ntfs", check_ntfs, grow_ntfs, grow_max_ntfs },
	{ "f2fs", check_clean, grow_f2fs, grow_max_f2fs }, { "swap", check_swap, grow_swap, max_swap },
	{ "vfat", check_fat, grow_fat, grow_max_fat },
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
	if (grow_read_super(d, 0, &first, sizeof(first), &size, e) < 0)
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
