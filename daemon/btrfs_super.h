/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The superblock of btrfs, as far as telling copies apart needs it: bytes in, bytes out. */
#ifndef DAEMON_BTRFS_SUPER_H
#define DAEMON_BTRFS_SUPER_H

#include <stdbool.h>
#include <stdint.h>

#define BTRFS_SUPER_AT	 (64 << 10) /* where it lies on a device */
#define BTRFS_SUPER_LEN	 4096
#define BTRFS_ID_LEN	 16

struct btrfs_super {
	uint8_t fsid[BTRFS_ID_LEN];
	uint64_t number;     /* of this device, in the file system */
	uint64_t devices;    /* that the file system has */
	uint64_t generation; /* counts up as it is written to */
};

/* False where it is none, or its checksum is wrong or of a kind that is not known here. */
bool btrfs_super_parse(const uint8_t p[BTRFS_SUPER_LEN], struct btrfs_super *ret);

/*
 * Gives a sound superblock another identifier of the file system. What its trees have stays,
 * and is written down beside it, as the format provides for.
 */
void btrfs_super_rename(uint8_t p[BTRFS_SUPER_LEN], const uint8_t fsid[BTRFS_ID_LEN]);

#endif
