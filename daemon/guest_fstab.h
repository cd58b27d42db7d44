/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From what a guest's fstab names to devices that are here. */
#ifndef DAEMON_GUEST_FSTAB_H
#define DAEMON_GUEST_FSTAB_H

#include "devices.h"
#include "fstab.h"
#include "util/strvec.h"

struct guest_fstab {
	struct fstab rows;
	struct device *root;  /* the device of the root that it lies on; borrowed */
	struct device *usr;   /* holds /usr, though no row says so; or NULL */
	bool is_linux;
	unsigned first_disk;  /* of the guest: what it calls the first is this one here */
	bool read_names;      /* the next two were read */
	struct buf crypttab, mdadm_conf;
	unsigned nested; /* names of crypttab that are being looked up, each for the one before */
};

#define GUEST_FSTAB_INIT \
	{ { NULL, 0, false, 0 }, NULL, NULL, false, 0, false, BUF_INIT, BUF_INIT, 0 }

/*
 * Reads /etc/fstab below the guest's root, which is a system of that type on that device;
 * none is an empty one, one that cannot be read a warning too. shared: other systems are on
 * the disks too, so that the guest's first disk may not be ours.
 */
void guest_fstab_read(struct guestd *g, struct device *root, const char *type, bool shared,
		      struct guest_fstab *ret, struct strvec *warnings);

/* Marks the devices that it names as accounted for. */
void guest_fstab_account(struct guestd *g, struct guest_fstab *t);

/* Mounts all but the root, and a /usr that it needs; each that fails is a warning. */
void guest_fstab_mount(struct guestd *g, struct guest_fstab *t, struct strvec *warnings);

/*
 * Appends what it says to the lists of mount points and of file systems. Without any row
 * for /, root_name is what is mounted there.
 */
void guest_fstab_tell(struct guestd *g, struct guest_fstab *t, const char *root_name,
		      wire_guest *ret);

void guest_fstab_release(struct guest_fstab *t);

#endif
