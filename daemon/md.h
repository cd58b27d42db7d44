/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux software RAID, by the kernel's own ioctls. Arrays are "/dev/md127" and down, in the order
 * of their first members, whatever their guest calls them.
 */
#ifndef DAEMON_MD_H
#define DAEMON_MD_H

#include "guestd.h"
#include "md_meta.h"
#include "storage.h"

/*
 * A layer (layers.h): starts arrays whose members are all here, where last also degraded ones.
 * Nothing is brought in sync here: what has to be, the guest itself will do.
 */
int md_layer(struct guestd *g, bool last, struct err *e);

/* Is there a superblock at the end of this disk? Its beginning is not looked at. */
bool md_is_member(const struct device *d);

/*
 * An array among the devices, by its UUID in any spelling, or by its name: "home", "host:home",
 * and "0" for number 0 of old metadata. Several that match (a disk and its copy): the one
 * that shares a disk with near, which may be NULL, else the first. NULL for none.
 */
struct device *device_md_by_uuid(struct guestd *g, const char *uuid, const struct device *near);
struct device *device_md_by_name(struct guestd *g, const char *name, const struct device *near);

/* What is known of an array's device; NULL where it is none. */
const struct md_super *md_super_of(struct guestd *g, const struct device *d);

/* "1 of 2 disks are there", or "" for all; a string of the caller's. */
char *md_note(struct guestd *g, const struct device *d);

struct md;
void md_free(struct md *m);

#endif
