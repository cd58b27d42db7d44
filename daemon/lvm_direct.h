/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain logical volumes (linear, striped) without LVM's program, which takes ten times as long. */
#ifndef DAEMON_LVM_DIRECT_H
#define DAEMON_LVM_DIRECT_H

#include "lvm_group.h"

/*
 * Activates the volumes of a plain group that lie on what is here of it, and adds them to the
 * devices, unless they are there. One that cannot be activated is a warning.
 */
void lvm_direct(struct guestd *g, struct lvm_group *group);

#endif
