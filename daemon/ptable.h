/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partition tables as bytes: MBR with logical partitions (linux/block/partitions/msdos.c tells how
 * they are counted), GPT (UEFI specification, chapter 5), also with an MBR beside it that has some
 * of its partitions. What is read is kept whole, so that what is written differs from it in places
 * only: types, names, identifiers, flags and attributes stay, known ones and others.
 */
#ifndef DAEMON_PTABLE_H
#define DAEMON_PTABLE_H

#include <stdint.h>

#include "proto/proto.h"
#include "util/err.h"

#define PTABLE_BYTES 512 /* of a sector with a table in it, whatever the disk's sectors */

/* A disk to be read or written. */
struct ptable_disk {
	int fd;
	const char *user;
	unsigned sector; /* bytes */
	uint64_t sectors;
};

/*
 * Fills label, id, sector, sectors, entries, first, list, saved and warnings. No table is no error:
 * label is "" then. One that is there and cannot be made sense of is.
 */
int ptable_read(const struct ptable_disk *d, struct table_ret *r, struct err *e);

/*
 * Writes the saved table, with its partitions in their places; what is not among these is gone.
 * Nothing is written where that cannot be done.
 */
int ptable_write(const struct ptable_disk *d, const struct write_table_args *a, struct err *e);

/* The place in which a saved partition was: start and sectors; false where it was not. */
bool ptable_saved_place(const wire_bytes *saved, uint32_t number, uint64_t *ret_start,
			uint64_t *ret_sectors);

/* Is it a type of an extended partition? */
bool ptable_is_extended(uint8_t type);

#endif
