/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks made anew: a table with one partition, a volume in it, a file system in either. */
#ifndef CLI_NEWDISK_H
#define CLI_NEWDISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"
#include "vm/session.h"

/* What is to be made; strings are borrowed. All zero: nothing. */
struct newdisk {
	const char *table;	/* "mbr", "gpt", "none"; NULL: by the disk's size */
	const char *group;	/* of a volume, or NULL: none */
	const char *volume;	/* its name */
	const char *filesystem; /* or NULL */
	const char *label;	/* of it, or NULL */
	uint64_t inodes;	/* in it, where they have a fixed number; 0: as usual */
	bool fresh;		/* the disk is known to be empty: nothing is erased */
	bool wipe;		/* zeroes are written over all of the disk first */
};

/* An option's word for a table: NULL, "" and "DEFAULT" are *ret NULL; -1 with *e for what is none. */
int newdisk_table(const char *word, const char **ret, struct err *e);
/* Can that file system be made? Asked before anything is lost. */
int newdisk_check(struct session *s, const struct newdisk *n, struct err *e);
/* Makes the session's i-th disk. *ret_device is what the file system is on, to be freed. */
int newdisk_make(struct session *s, size_t i, const struct newdisk *n, char **ret_device, struct err *e);

#endif
