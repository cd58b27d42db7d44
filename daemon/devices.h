/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of what can hold a file system, in users' names: whole disks, partitions, volumes. */
#ifndef DAEMON_DEVICES_H
#define DAEMON_DEVICES_H

#include "guestd.h"
#include "storage.h"

/* Makes the list, unless it is there: disks and partitions, nothing read from them. */
int devices_scan(struct guestd *g, struct err *e);

/* Makes the list, reads all signatures, and where one is LVM's adds the volumes. */
int devices_probe(struct guestd *g, struct err *e);

/* Reads the signature of one device, unless it is known; one that cannot be read is "unknown". */
void device_probe(struct device *d);

/* Reads what the partition table of its disk says of a partition, once for the whole disk. */
void device_table(struct guestd *g, struct device *d);

/*
 * The device of a name in any spelling users have for it. Volumes are activated
 * where the name asks for it. NULL with *e, naming what there is, for one that is not there.
 */
struct device *device_find(struct guestd *g, const char *name, struct err *e);

/* The same among what the list has now, without words: a disk's partition, a volume. */
struct device *device_at(struct guestd *g, unsigned disk, unsigned part);
struct device *device_volume(struct guestd *g, const char *vg, const char *lv);

/* May the session write to it? */
bool device_is_writable(const struct guestd *g, const struct device *d);

/* "/dev/sda1 (vfat), /dev/sda2 (ext4)": all that is not split into partitions, probed or not. */
void devices_words(struct guestd *g, struct buf *b);

/* Drops the list, after partitions or volumes have changed. */
void devices_forget(struct guestd *g);

#endif
