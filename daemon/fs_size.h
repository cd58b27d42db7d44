/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much of a device what is on it takes, by its own superblock. */
#ifndef DAEMON_FS_SIZE_H
#define DAEMON_FS_SIZE_H

#include <stdint.h>

/*
 * Bytes from the device's start that content of libblkid's type takes; 0 where that is not known.
 * Bytes of a guest are read: what comes out may be any number.
 */
uint64_t fs_size(int fd, const char *type);

/* Of swap: the page size of its machine, whose first page ends with the signature; 0 where none does. */
unsigned fs_swap_page(int fd);

/* Of a btrfs: how many devices it has, and which one this is; 0 where it is none. */
uint64_t fs_btrfs_devices(int fd, uint64_t *ret_id);

#endif
