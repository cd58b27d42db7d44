/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the one Linux installation on the disks, and mounts what its fstab says. */
#ifndef DAEMON_FIND_GUEST_H
#define DAEMON_FIND_GUEST_H

#include "guestd.h"
#include "util/strvec.h"

struct guest {
	char *root; /* "/dev/sda1", "btrfsvol:/dev/sda2/@" */
	char *os;   /* the system's own name of itself, "" where it has none */
	struct strvec warnings;
};

#define GUEST_INIT { NULL, NULL, STRVEC_INIT }

/*
 * Fills *ret, to be released also after a failure. No installation is ENOENT,
 * more than one ENOTUNIQ, and nothing is mounted then; what of fstab cannot be
 * mounted is a warning.
 */
int find_guest(struct guestd *g, struct guest *ret, struct err *e);
void guest_release(struct guest *x);

#endif
