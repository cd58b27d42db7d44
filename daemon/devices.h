/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of what can hold a file system, in users' names: whole disks, partitions, and the
 * mappings on them: arrays, logical volumes, what is in encrypted devices.
 *
 * What lies on what is found from the bottom up (layers.c): signatures are read, a layer that
 * knows one takes its devices and adds what it makes of them with devices_add(), and so on
 * until nothing new appears. Whoever opens a mapping by another way, with a key for one, adds it
 * the same way, then calls devices_probe(): what lies on it comes by itself.
 */
#ifndef DAEMON_DEVICES_H
#define DAEMON_DEVICES_H

#include "guestd.h"
#include "storage.h"

/* No more mappings than this, and no more layers: hostile disks have as many as they like. */
#define DEVICES_MAPPED_MAX 512
#define DEVICES_DEPTH_MAX 8

/* Makes the list, unless it is there: disks and partitions, nothing read from them. */
int devices_scan(struct guestd *g, struct err *e);

/* Makes the list, reads all signatures, and where one asks for it adds the mappings. */
int devices_probe(struct guestd *g, struct err *e);

/*
 * Adds a mapping, and its partitions where it has any; all strings are copied. The parent, of
 * which there can be more (device_on), is claimed: no layer takes it again. NULL, with a
 * warning for the user, where there are too many. devices_probe() then goes on from there.
 */
struct device *devices_add(struct guestd *g, enum device_kind kind, const char *user,
			   const char *node, struct device *parent);
/* Is there room for n more on that one? Else the user is warned, once. */
bool devices_room(struct guestd *g, const struct device *parent, size_t n, const char *user);
/* One more parent of d, unless it is one already. */
void device_on(struct device *d, struct device *parent);

/* Reads the signature of one device, unless it is known; one that cannot be read is "unknown". */
void device_probe(struct device *d);
/* Has it that signature? False while it is not read. */
bool device_is(const struct device *d, const char *type);

/* Is there a file system on it that can be mounted, as far as can be told without trying? It is probed. */
bool device_is_mountable(const struct device *d);

/* The version of its file system, where there are several: XFS's "4", "5"; else "". */
char *device_fs_version(const struct device *d);

/* A device by its name that may be written to; NULL with *e. */
struct device *device_to_write(struct guestd *g, const char *name, struct err *e);
/*
 * Something else is on a device now: the kernel reads the table of a disk again, and what was known
 * of all devices is forgotten, this one too.
 */
int device_changed(struct guestd *g, const struct device *d, struct err *e);

/* The byte of its disk where a partition begins; 0 for what is none. */
uint64_t node_start(const char *node);

/* Reads what the partition table of its disk says of a partition, once for the whole disk. */
void device_table(struct guestd *g, struct device *d);

/*
 * The device of a name in any spelling users have for it. Mappings are made
 * where the name asks for it. NULL with *e, naming what there is, for one that is not there.
 */
struct device *device_find(struct guestd *g, const char *name, struct err *e);

/* The same among what the list has now, without words: a disk's partition, a volume. */
struct device *device_at(struct guestd *g, unsigned disk, unsigned part);
/*
 * Of several volumes of that name (a disk and its copy) the one that shares a disk with near,
 * else the first; near may be NULL.
 */
struct device *device_volume(struct guestd *g, const char *vg, const char *lv,
			     const struct device *near);

/* Do two lie, whole or in part, on the same disk? */
bool devices_share_disk(const struct device *a, const struct device *b);

/* May the session write to it? To a mapping, if to all disks that it lies on. */
bool device_is_writable(const struct guestd *g, const struct device *d);

/* "/dev/sda1 (vfat), /dev/sda2 (ext4)": all that is not split into partitions, probed or not. */
void devices_words(struct guestd *g, struct buf *b);

/* Drops what is known, but mappings that are there, after partitions or signatures have changed. */
void devices_forget(struct guestd *g);

/*
 * Takes logical volumes down, and what lies on them. What is known of their groups stays until
 * devices_forget_volumes(), after which they are read again.
 */
int devices_drop_volumes(struct guestd *g, struct err *e);
void devices_forget_volumes(struct guestd *g);

/* Takes all mappings down, the last first, and drops the list. */
int devices_stop(struct guestd *g, struct err *e);

#endif
