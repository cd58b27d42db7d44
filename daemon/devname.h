/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of block devices as users and guests write them: text in, numbers out. */
#ifndef DAEMON_DEVNAME_H
#define DAEMON_DEVNAME_H

#include <stdbool.h>
#include <stddef.h>

/* Longest result of devname_format(), its NUL included. */
#define DEVNAME_MAX 32

/* A disk by its place, from 0, and a partition of it; part 0 is the whole disk. */
struct devname {
	unsigned disk;
	unsigned part;
};

/*
 * Takes "/dev/sdb3" apart, also with hd, vd and xvd, and "/dev/nvme1n1p3" and
 * "/dev/mmcblk0p1" and "/dev/cciss/c0d1p2" (there the
 * controller is not counted). False for every other string.
 */
bool devname_parse(const char *name, struct devname *ret);

/*
 * The same for names as systems other than Linux have them, by the system's type ("freebsd",
 * "netbsd", "openbsd", "hurd"): "/dev/ada0p2", "/dev/wd0a", "/dev/hd0s1". The letters of a BSD
 * disklabel are the partitions from 5 on, as Linux numbers them.
 */
bool devname_parse_foreign(const char *type, const char *name, struct devname *ret);

/* "/dev/sda", "/dev/sdaa1". */
void devname_format(struct devname d, char ret[DEVNAME_MAX]);

/*
 * The kernel's path of a partition of its disk "vdc" or "nvme0n1": "/dev/vdc1",
 * "/dev/nvme0n1p1".
 */
void devname_kernel(const char *disk, unsigned part, char *ret, size_t size);

/*
 * Takes device mapper's "my--vg-root" apart into "my-vg" and "root", strings of
 * the caller's. False where it is no name of a logical volume.
 */
bool devname_split_mapper(const char *name, char **ret_vg, char **ret_lv);

/*
 * Is this logical volume one of LVM's own parts of another (an image of a mirror, a pool's
 * data)?
 */
bool devname_lv_is_internal(const char *lv);

#endif
