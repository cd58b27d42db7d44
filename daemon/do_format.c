/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls that make a disk anew: nothing, one partition, one volume. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>

#include "devices.h"
#include "guestd.h"
#include "lvm_program.h"
#include "run.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "zeroes.h"

#define ENDS  (1u << 20)   /* bytes at the start and at the end: where tables and most labels are */
#define PIECE (256u << 20) /* bytes of zeroes at a time */
#define FIRST 128u	   /* sector where the partition begins, as virt-format has it; so many at the end stay free */

/* What a partition is marked as, by what comes into it; the last row is for all else. */
static const struct {
	const char *content, *mbr, *gpt;
} marks[] = {
	{ "lvm", "8e", "E6D6D379-F507-44C2-A23C-238F2A3DF928" },
	{ "ntfs", "7", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
	{ "exfat", "7", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
	{ "vfat", "b", "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7" },
	{ "swap", "82", "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F" },
	{ NULL, "83", "0FC63DAF-8483-4772-8E79-3D69D8477DE4" },
};

/* A whole disk. */
static struct device *target_disk(struct guestd *g, const char *name, struct err *e)
{
	struct device *d = device_to_write(g, name, e);

	if (d && (d->disk < 0 || d->part)) {
		err_set(e, EINVAL, "'%s' is no disk", d->user);
		return NULL;
	}
	return d;
}

static int zero(struct guestd *g, int fd, const struct device *d, uint64_t at, uint64_t n, struct err *e)
{
	while (n) {
		const uint64_t piece = n < PIECE ? n : PIECE;

		if (check_cancel(g, e) < 0)
			return -1;
		if (zeroes_put(fd, at, piece) < 0)
			return err_sys(e, "cannot write to '%s'", d->user);
		at += piece;
		n -= piece;
	}
	return 0;
}

/* Takes the signatures away that blkid would find, also those in the middle, as btrfs's copies. */
static int wipe(const struct device *d, struct err *e)
{
	return run((const char *const[]){ "wipefs", "-q", "-a", "-f", d->node, NULL }, NULL, e);
}

int do_erase(struct guestd *g, const struct erase_args *a, struct erase_ret *r, struct err *e)
{
	struct device *d = target_disk(g, a->device, e);
	CLEANUP(fd_close) int fd = d ? open(d->node, O_RDWR | O_CLOEXEC) : -1;
	uint64_t size, part;

	(void)r;
	if (!d)
		return -1;
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size) < 0)
		return err_sys(e, "cannot open '%s'", d->user);
	part = a->all || size < ENDS ? size : ENDS;
	if ((!a->all && wipe(d, e) < 0) || zero(g, fd, d, 0, part, e) < 0 ||
	    (!a->all && zero(g, fd, d, size - part, part, e) < 0))
		return -1;
	return device_changed(g, d, e);
}

/* Has sfdisk do what the script says. */
static int sfdisk(const char *node, const char *script, struct err *e)
{
	const char *const argv[] = { "sfdisk", "-q", "--no-reread", "--no-tell-kernel", "--wipe",
				     "never", "--wipe-partitions", "always", node, NULL };

	return run_filter(argv, script, strlen(script), NULL, e);
}

int do_make_partition(struct guestd *g, const struct make_partition_args *a,
		      struct make_partition_ret *r, struct err *e)
{
	struct device *d = target_disk(g, a->device, e);
	CLEANUP(fd_close) int fd = d ? open(d->node, O_RDONLY | O_CLOEXEC) : -1;
	const bool gpt = !strcmp(a->table, "gpt");
	CLEANUP(free) char *script = NULL, *name = NULL;
	uint64_t size, sectors;
	int sector;
	size_t i = 0;

	if (!d)
		return -1;
	if (!gpt && strcmp(a->table, "mbr") != 0)
		return err_set(e, EINVAL, "'%s' is no partition table that is made here", a->table);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size) < 0 || ioctl(fd, BLKSSZGET, &sector) < 0)
		return err_sys(e, "cannot open '%s'", d->user);
	sectors = size / (unsigned)sector;
	if (sectors < 4 * FIRST)
		return err_set(e, ENOSPC, "'%s' is too small for a partition: it has %" PRIu64 " bytes",
			       d->user, size);
	if (!gpt && sectors > UINT32_MAX)
		return err_set(e, EFBIG, "'%s' is too large for an MBR; use a GPT", d->user);
	while (marks[i].content && strcasecmp(marks[i].content, a->content) != 0)
		i++;
	size = sectors - 2 * FIRST + 1;
	if (gpt)
		script = xasprintf("label: gpt\nfirst-lba: %u\nstart=%u, size=%" PRIu64
				   ", type=%s, name=p1\n", FIRST, FIRST, size, marks[i].gpt);
	else
		script = xasprintf("label: dos\nstart=%u, size=%" PRIu64 ", type=%s\n", FIRST, size,
				   marks[i].mbr);
	name = xasprintf("%s1", d->user);
	if (sfdisk(d->node, script, e) < 0 || device_changed(g, d, e) < 0)
		return -1;
	/* It is there, and empty. */
	d = device_to_write(g, name, e);
	if (!d || wipe(d, e) < 0 || device_changed(g, d, e) < 0)
		return -1;
	r->device = TAKE(name);
	return 0;
}

int do_make_volume(struct guestd *g, const struct make_volume_args *a, struct make_volume_ret *r,
		   struct err *e)
{
	struct device *d = device_to_write(g, a->device, e);

	if (!d || lvm_create(d, a->group, a->volume, e) < 0 || device_changed(g, d, e) < 0)
		return -1;
	r->device = xasprintf("/dev/%s/%s", a->group, a->volume);
	return 0;
}
