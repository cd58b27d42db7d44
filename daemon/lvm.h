/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logical volumes, without udev: plain ones by ourselves, others by LVM's own program. */
#ifndef DAEMON_LVM_H
#define DAEMON_LVM_H

#include "guestd.h"
#include "util/strvec.h"

/* An active logical volume. */
struct volume {
	char *user;   /* "/dev/VG/LV" */
	char *node;   /* "/dev/dm-0", "/dev/mapper/VG-LV" */
	char *mapper; /* device mapper's name, where we made it ourselves; else NULL */
};

struct volumes {
	struct volume *v;
	size_t n;
};

/*
 * Activates all volume groups on physical volumes that are not claimed, and adds their volumes
 * to the devices. In a read-only session nothing is written. What LVM complains of, a missing
 * disk for one, becomes a warning: the rest is there.
 */
int lvm_layer(struct guestd *g, struct err *e);

/* Runs the program over a device without anything on it, so that its pages are in memory. */
void lvm_warm(const char *node);

/* A new element, zeroed. */
struct volume *volumes_add(struct volumes *v);
void volumes_sort(struct volumes *v);
/* Removes those from the device mapper that are of our own making, and empties the list. */
int volumes_remove(struct volumes *v, struct err *e);

#endif
