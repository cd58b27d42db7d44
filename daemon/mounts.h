/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mounting below the guest's root, and taking it all down again. */
#ifndef DAEMON_MOUNTS_H
#define DAEMON_MOUNTS_H

#include "guestd.h"
#include "storage.h"

/* How to mount: each string may be "". */
struct mount_how {
	const char *where;   /* in the guest; "/" is its root, and comes first */
	const char *options; /* as for mount(8) */
	const char *type;    /* "" or "auto": as the device's signature says */
};

/*
 * Mounts a device below the guest's root. Where it may be written to it is mounted for reading
 * all the same, which replays a journal that needs it and else changes nothing, until
 * mounts_make_writable().
 */
int mounts_add(struct guestd *g, struct device *d, const struct mount_how *how, struct err *e);

/*
 * Mounts a file system read-only on LOOK_DIR, to look into it; data adds to its
 * options. Nothing on the device changes. *ret_options gets them in words.
 */
int mounts_look(struct guestd *g, struct device *d, const char *data, struct buf *ret_options,
		struct err *e);
void mounts_look_end(struct guestd *g, const struct device *d);

/* Takes over, as the guest's root, what mounts_look() has mounted on LOOK_DIR. */
int mounts_adopt(struct guestd *g, const struct device *d, const char *options, struct err *e);

/*
 * Makes the mount that a path of the guest is on, or would be made on, one for writing. Nothing
 * is to be open on it. What must not be written to, and what would not be whole after it, is
 * refused with the way out.
 */
int mounts_make_writable(struct guestd *g, const char *path, struct err *e);

/* The mount that a path of the appliance lies on, or NULL. */
struct mounted *mounts_at(const struct storage *st, const char *path);

/*
 * Puts a folder of the guest on another one as well; both are the guest's paths, as they are
 * at the time.
 */
int mounts_bind(struct guestd *g, const char *from, const char *where, struct err *e);

/* Makes a folder of the guest its root, and tells of mounts below it from there. */
int mounts_enter(struct guestd *g, const char *folder, struct err *e);

/* Appends what is mounted to a list of the wire. */
void mounts_report(struct guestd *g, wire_mounts *ret);

/* Unmounts all, the last first. Data that cannot be written is an error, and the rest goes on. */
int mounts_umount(struct guestd *g, struct err *e);

/* The same, then deactivates the volumes and flushes the disks: the images are clean after it. */
int mounts_release(struct guestd *g, struct err *e);

/* Is this device mounted, or a part of it, or what it is a part of? device is a user's name. */
bool device_is_mounted(struct guestd *g, const char *device);

#endif
