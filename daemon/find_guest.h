/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the systems on the disks, and mounts one with what its fstab says. */
#ifndef DAEMON_FIND_GUEST_H
#define DAEMON_FIND_GUEST_H

#include "guest_fstab.h"
#include "guestd.h"
#include "daemon/inspect/look.h"
#include "util/strvec.h"

struct guest {
	char *root;	  /* "/dev/sda1", "btrfsvol:/dev/sda2/@" */
	const char *type; /* of the table of kinds: "linux" */
	char *os;	  /* the system's own name of itself, "" where it has none */
	struct strvec warnings;
};

#define GUEST_INIT                                                                                 \
	{                                                                                          \
		NULL, "", NULL, STRVEC_INIT                                                        \
	}

/*
 * Mounts the one system on the disks. Fills *ret, to be released also after a failure. No
 * installation is ENOENT, more than one ENOTUNIQ, and nothing is mounted then; what of fstab
 * cannot be mounted is a warning.
 */
int find_guest(struct guestd *g, struct guest *ret, struct err *e);
/* The same with the system whose root has that name (root_name()). */
int find_guest_named(struct guestd *g, const char *name, struct guest *ret, struct err *e);
void guest_release(struct guest *x);

/* All systems, in order of their devices; the caller releases each and frees *ret. */
int find_roots(struct guestd *g, struct root **ret, size_t *ret_n, struct strvec *warnings,
	       struct err *e);

/*
 * Mounts a root and what its fstab says; each that fails is a warning. *ret_t is the fstab (the
 * caller releases it, also after a failure), read as guest_fstab_read() does. Of an ostree
 * system r->deployment may become another, by what its /boot says.
 */
int root_mount(struct guestd *g, struct root *r, bool shared, struct guest_fstab *ret_t,
	       struct strvec *warnings, struct err *e);

#endif
