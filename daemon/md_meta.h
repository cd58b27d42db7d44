/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The superblocks of Linux software RAID: bytes in, struct out. */
#ifndef DAEMON_MD_META_H
#define DAEMON_MD_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_SUPER_SIZE 4096
#define MD_UUID_LEN   35 /* "01234567:89abcdef:01234567:89abcdef" */
#define MD_NAME_LEN   32

/* A member of an array, as its superblock has it. */
struct md_super {
	int major, minor;	    /* 0.90, or 1.0 to 1.2 by where it lies */
	char uuid[MD_UUID_LEN + 1]; /* of the array, as mdadm spells it */
	char name[MD_NAME_LEN + 1]; /* "host:home"; "" for 0.90 */
	int preferred;		    /* 0.90: the number of its device; else -1 */
	int level;		    /* -1 is linear */
	uint32_t disks;		    /* that the array is made of */
	uint32_t number;	    /* of this member in its lists */
	bool active;		    /* no spare, not failed */
	uint64_t events;
};

/* Where a superblock of each kind can be on a device of that size: the offset in bytes. */
#define MD_PLACES 4
size_t md_places(uint64_t size, uint64_t ret[MD_PLACES]);

/* Parses what lies there; false where it is no sound superblock of that place. */
bool md_super_parse(const uint8_t p[MD_SUPER_SIZE], uint64_t size, uint64_t offset,
		    struct md_super *ret);

/* Are both the same but for case and punctuation? */
bool md_uuid_equal(const char *a, const char *b);

#endif
