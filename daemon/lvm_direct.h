/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plain logical volumes (linear, striped) without LVM's program, which takes ten times as long. */
#ifndef DAEMON_LVM_DIRECT_H
#define DAEMON_LVM_DIRECT_H

#include "lvm.h"

/*
 * Activates all volumes of all groups on these physical volumes, adding them to
 * *ret. False where anything about them is not plain, missing or damaged: then
 * nothing was activated, and LVM's program knows what to do.
 */
bool lvm_direct(const struct strvec *members, struct volumes *ret);

#endif
