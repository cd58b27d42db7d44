/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large a disk has to be for what was counted. A function of numbers: nothing is read or written. */
#ifndef MAKE_FS_ESTIMATE_H
#define MAKE_FS_ESTIMATE_H

#include <stdbool.h>
#include <stdint.h>

#include "scan.h"

/* Is it a type of file system of which that is known? */
bool estimate_knows(const char *type);
/* The names of those, with ", " between them; to be freed. */
char *estimate_types(void);
/*
 * Bytes of a disk on which a file system of a known type has room for all that, and for extra
 * bytes more. sector: bytes of one; table: with a partition table.
 */
uint64_t estimate_disk(const char *type, const struct scan_sum *sum, bool table, unsigned sector,
		       uint64_t extra);
/* How many inodes it has to be told to have, on a disk of that size; 0: those it takes by itself are enough. */
uint64_t estimate_inodes(const char *type, const struct scan_sum *sum, uint64_t size);

#endif
