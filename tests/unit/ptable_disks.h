/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks in memory with partition tables, for tests. A test fails where something does not work. */
#ifndef TESTS_PTABLE_DISKS_H
#define TESTS_PTABLE_DISKS_H

#include "daemon/ptable.h"

#define SMALL 16384 /* sectors of the disk that is read */
#define LARGE 65536 /* and of the one that is written */

/* An empty one; its descriptor is the caller's to close. Bytes of it. */
struct ptable_disk disk_new(uint64_t sectors, unsigned sector);
void disk_put(const struct ptable_disk *d, uint64_t at, const void *p, size_t n);
void disk_get(const struct ptable_disk *d, uint64_t at, void *p, size_t n);

/* The i-th entry of an MBR in a sector of 512 bytes, or of an extended boot record. */
void mbr_entry(uint8_t *sector, unsigned i, uint8_t type, uint32_t start, uint32_t sectors, bool active);

/* sda1 active, sda2 extended with sda5 and sda6, boot code and a signature; sda4 of an odd type. */
struct ptable_disk mbr_disk(void);
/* 1 and 2, and 128; hybrid: 2 is in the MBR, too. */
struct ptable_disk gpt_disk(unsigned sector, bool hybrid);

/* What is read of one: to be released. Its partition of that number. */
void read_table(const struct ptable_disk *d, struct table_ret *r);
void table_ret_release_p(struct table_ret *r);
const wire_partition *numbered(const struct table_ret *r, uint32_t n);

/* All partitions, each so many sectors further on; v has room for them, and is borrowed. */
struct write_table_args moved(const struct table_ret *r, wire_place *v, uint64_t by);

#endif
