/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that tools and guestd have to agree on. */
#ifndef UTIL_NAMES_H
#define UTIL_NAMES_H

#include <stdbool.h>

#define DISK_NAME_MAX 20 /* longest result of disk_name(), its NUL included */

/* What a disk is called by its place, from 0: "/dev/sda", ..., "/dev/sdz", "/dev/sdaa". */
void disk_name(unsigned disk, char ret[DISK_NAME_MAX]);

/* Is it a name of a volume group or volume that LVM takes (lvm(8), VALID NAMES), and no option? */
bool lvm_name_fits(const char *s);

#endif
