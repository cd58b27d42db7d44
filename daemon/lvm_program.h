/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LVM's own program, for volumes that are more than stretches of disks. */
#ifndef DAEMON_LVM_PROGRAM_H
#define DAEMON_LVM_PROGRAM_H

#include "lvm_group.h"

/*
 * Activates what it can of a group, and adds the volumes to the devices, unless they are
 * there. A second group of the same name gets another one first, which is written to the tool's
 * overlay: in a session that writes to the disks it is left out. All trouble is a warning.
 */
void lvm_program(struct guestd *g, struct lvm *l, struct lvm_group *group);

/* Makes a group on a device, and a volume that has all of it; both are not active then. */
int lvm_create(const struct device *d, const char *group, const char *volume, struct err *e);

/* Has a physical volume take all of its device, which has become larger. Its group is not active. */
int lvm_grow_physical(struct guestd *g, const struct lvm_group *group, const struct device *d, struct err *e);

/* Gives a volume all that its group has left, if that is anything; it is not active. */
int lvm_grow_volume(struct guestd *g, const struct lvm_group *group, const char *volume, struct err *e);

#endif
