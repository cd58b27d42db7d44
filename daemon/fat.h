/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FAT that grows. What lies before its clusters becomes larger, so that these move towards the end, by
 * as much each: the number of every cluster, and with it every file, stays what it is. A FAT16 that
 * gets more clusters than it can number becomes a FAT32.
 *
 * Source of the format: Microsoft's "FAT: General Overview of On-Disk Format", 1.03.
 */
#ifndef DAEMON_FAT_H
#define DAEMON_FAT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

#define FAT_BOOT 512 /* bytes of its first sector that are read */

/* Places and lengths are in its sectors. */
struct fat {
	uint32_t sector;	/* bytes of one */
	uint32_t cluster;	/* sectors of one */
	uint32_t reserved;	/* before the first table */
	uint32_t copies;	/* of the table */
	uint32_t table;		/* sectors of each */
	uint32_t root;		/* sectors of the root folder, which lies behind the tables; 0 on FAT32 */
	uint32_t root_cluster;	/* FAT32: where it lies instead */
	uint32_t info, backup;	/* FAT32: sectors of FSInfo and of the boot sector's copy, 0: none */
	uint32_t active;	/* the table that counts */
	uint64_t sectors;	/* of all of it */
	uint64_t data;		/* the first cluster's */
	uint32_t clusters;
	unsigned bits;		/* of an entry: 12, 16, 32 */
	bool code;		/* its boot sector has code that may be a loader */
};

/* False where it is damaged, or not as this knows it. */
bool fat_parse(const uint8_t boot[FAT_BOOT], struct fat *ret);

/* The bytes that it can come to. */
uint64_t fat_max(const struct fat *f);

/* Can it grow? With *e where not, or not by this. Reads only. */
int fat_check(int fd, struct err *e);

/*
 * It gets all of size bytes, as far as these make whole clusters, and nothing where they make none more. What
 * was written of a growth that failed is not a file system any more.
 */
int fat_grow(int fd, uint64_t size, struct err *e);

#endif
