/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has the place of a partition in it, and is read by who boots: boot sectors of NTFS, FAT and exFAT,
 * and GRUB's, which knows by sector numbers where the rest of it is.
 */
#ifndef DAEMON_BOOT_REFS_H
#define DAEMON_BOOT_REFS_H

#include "proto/proto.h"
#include "ptable.h"
#include "util/strvec.h"

/* Partitions that have moved: from the places in saved to those in a. What was mended is added to *words. */
int boot_refs_mend(const struct ptable_disk *d, const struct write_table_args *a, struct strvec *words,
		   struct err *e);

/*
 * What the boot sector at a sector of the disk, 0 or a partition's start, finds by places that it knows: "grub"
 * with a checksum of all of the core as it would be loaded, "hidden" for a file system that knows where it
 * begins, "copy" if its copy does, too. "" where there is nothing, or it is not found. To be freed.
 */
char *boot_refs(const struct ptable_disk *d, uint64_t start);

#endif
