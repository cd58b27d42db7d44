/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a guest's fstab names to devices that are here. */
#ifndef DAEMON_GUEST_FSTAB_H
#define DAEMON_GUEST_FSTAB_H

#include "devices.h"
#include "fstab.h"
#include "util/strvec.h"

/*
 * Reads /etc/fstab below the guest's root; none is an empty one, one that cannot be read a
 * warning too.
 */
void guest_fstab_read(struct guestd *g, struct fstab *ret, struct strvec *warnings);

/* Marks the devices that it names as accounted for. root is the one with the fstab. */
void guest_fstab_account(struct guestd *g, const struct fstab *t, struct device *root);

/* Mounts all but the root; each that fails is a warning. */
void guest_fstab_mount(struct guestd *g, const struct fstab *t, struct device *root,
		       struct strvec *warnings);

#endif
