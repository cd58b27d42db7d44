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

/* Does the disk's first sector have GRUB in it, which finds its core where it looks for it? */
bool boot_refs_grub(const struct ptable_disk *d);

#endif
