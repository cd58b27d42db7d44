/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btrfs: what lies in its subvolumes and on several devices. */
#ifndef DAEMON_BTRFS_H
#define DAEMON_BTRFS_H

#include <linux/btrfs.h>
#include <stdbool.h>
#include <stdint.h>

#include "guestd.h"
#include "util/strvec.h"

#define BTRFS_SUBVOLS_MAX 256

/*
 * The paths of the subvolumes from the file system's top, "@", "@/home"; any descriptor on
 * it will do.
 */
void btrfs_subvols(int fd, struct strvec *ret);

/* Which subvolume a folder is in, and of which it is a snapshot (all zero: of none). */
struct btrfs_id {
	uint64_t tree;
	uint8_t uuid[BTRFS_UUID_SIZE];
	uint8_t parent[BTRFS_UUID_SIZE];
};

/* Tells of the subvolume that fd, not an O_PATH one, is in; all zero where it cannot be known. */
void btrfs_identify(int fd, struct btrfs_id *ret);

/* Tells the kernel of all devices with btrfs on them. True where there are several. */
bool btrfs_register(struct guestd *g);

/*
 * Finds out which devices are of one file system (device.first), and makes copies of it other
 * ones for the kernel (device.copy).
 */
void btrfs_tell_apart(struct guestd *g);

#endif
