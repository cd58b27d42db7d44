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

#endif
