/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The storage stack as rows of the wire. */
#ifndef DAEMON_STORAGE_ROWS_H
#define DAEMON_STORAGE_ROWS_H

#include "guestd.h"
#include "storage.h"

/*
 * All rows of what devices_probe() has found: file systems, logical volumes, volume groups,
 * physical volumes, arrays, opened encryption, partitions, disks. Looks into btrfs for its
 * subvolumes; what cannot be read is a warning.
 */
void storage_rows(struct guestd *g, wire_blocks *ret, struct strvec *warnings);

/* The devices that are not divided, in the order of the rows; the array is the caller's. */
struct device **storage_order(struct guestd *g, size_t *ret_n);

#endif
