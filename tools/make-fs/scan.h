/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much is in a tar archive: its headers, counted as they pass by.
 *
 * No name is used and no content looked at, so that what a hostile archive can do here is to be
 * counted wrongly. What it holds is taken apart in the appliance.
 */
#ifndef MAKE_FS_SCAN_H
#define MAKE_FS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

#define SCAN_BLOCK     512
#define SCAN_CLUSTERS  8  /* sizes of blocks that are reckoned with: 1 KiB, 2 KiB, ... 128 KiB */
#define SCAN_CLUSTER_0 10 /* the binary logarithm of the first */

/* What was counted. */
struct scan_sum {
	uint64_t bytes;	     /* of the archive */
	uint64_t entries;    /* names of all kinds */
	uint64_t inodes;     /* files of all kinds: entries without hard links */
	uint64_t folders;
	uint64_t names;	     /* bytes of the names' last parts, or more */
	uint64_t attributed; /* files with extended attributes or an ACL */
	uint64_t tiny;	     /* bytes of the files of at most 2 KiB */
	uint64_t tiny_files; /* and how many these are, if they have any */
	uint64_t root_slots; /* entries of FAT that the names at the top take */
	uint64_t indirect[2]; /* blocks of ext2's maps of blocks, by blocks of 1 and of 4 KiB */
	uint64_t stored[SCAN_CLUSTERS];	  /* bytes of files without their holes, in whole blocks */
	uint64_t apparent[SCAN_CLUSTERS]; /* the same with their holes */
	bool no_end; /* the blocks that end an archive are missing: something may be */
};

/* A scan; all zero to begin with, released by scan_release(). */
struct scan {
	struct scan_sum sum;
	uint8_t block[SCAN_BLOCK];
	size_t have;	 /* bytes in block */
	uint64_t skip;	 /* bytes of a file that are still to come */
	uint64_t padded; /* and the padding after them */
	bool ended;
	bool sparse_more; /* the next block continues a header of GNU tar's */
	size_t extended;  /* bytes of an extended header that are still to come */
	struct buf pax;	  /* that header */
	bool waiting;	  /* it, or a long name, is about the next header */
	struct scan_pax {
		bool has_size, has_real, attributed;
		uint64_t size, real, name;
		bool top;
	} next; /* what it says about that */
};

/* Takes the next n bytes. -1 with *e for what is no archive, or damaged. */
int scan_feed(struct scan *s, const void *p, size_t n, struct err *e);
/* There is no more: is it whole? */
int scan_end(struct scan *s, struct err *e);
void scan_release(struct scan *s);

static inline void scan_release_p(struct scan *s)
{
	scan_release(s);
}

#endif
