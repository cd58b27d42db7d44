/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logical volumes, without udev: plain ones by ourselves, others by LVM's own program. */
#ifndef DAEMON_LVM_H
#define DAEMON_LVM_H

#include "guestd.h"
#include "lvm_group.h"

/*
 * A layer (layers.h): activates volume groups whose physical volumes are here, and adds their
 * volumes to the devices, sorted by name; where last, also what there is of incomplete groups.
 * In a read-only session nothing is written. What is missing or damaged becomes a warning.
 */
int lvm_layer(struct guestd *g, bool last, struct err *e);

/* "/dev/VG/LV"; device mapper's name, of a group's name and its mark. Strings of the caller's. */
char *lvm_volume_user(const struct lvm_group *group, const struct lvm_lv *lv);
char *lvm_mapper_name(const char *vg, const char *mark, const char *lv);

/* The volume as a device; NULL where it is not active. */
struct device *lvm_volume_device(struct guestd *g, const struct lvm_group *group,
				 const struct lvm_lv *lv);

/* Runs the program over a device without anything on it, so that its pages are in memory. */
void lvm_warm(const char *node);

#endif
