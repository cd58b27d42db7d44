/* SPDX-License-Identifier: GPL-2.0-or-later */
/* btrfs: what lies in its subvolumes and on several devices. */
#ifndef DAEMON_BTRFS_H
#define DAEMON_BTRFS_H

#include <stdbool.h>

#include "guestd.h"
#include "util/strvec.h"

#define BTRFS_SUBVOLS_MAX 256

/*
 * The paths of the subvolumes from the file system's top, "@", "@/home"; any descriptor on
 * it will do.
 */
void btrfs_subvols(int fd, struct strvec *ret);

/* Tells the kernel of all devices with btrfs on them. True where there are several. */
bool btrfs_register(struct guestd *g);

#endif
