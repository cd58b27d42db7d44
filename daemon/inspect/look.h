/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking into a file system for the roots of systems, without changing anything on it. */
#ifndef DAEMON_INSPECT_LOOK_H
#define DAEMON_INSPECT_LOOK_H

#include "daemon/inspect/os.h"
#include "daemon/storage.h"

/* Where a system's root lies. */
struct root {
	struct device *device; /* borrowed from the list of devices */
	char *subvol;          /* of btrfs, from its top: "@"; NULL: as mounted without options */
	char *deployment;      /* ostree's folder from there, or NULL */
	const struct os_kind *kind;
	struct strvec snapshots; /* btrfs subvolumes that are copies of it */
};

/* What a look finds. */
struct look {
	struct root *v;
	size_t n;
	struct buf options; /* that it was mounted with, in words */
};

#define LOOK_INIT { NULL, 0, BUF_INIT }

/*
 * Mounts a device read-only on LOOK_DIR and looks for roots: all there are with all set, with
 * copies of one as snapshots of it, or else the first in btrfs' usual places. 1: there are
 * some, and it stays mounted until mounts_look_end(). 0: there is none. -1 with *e: it cannot
 * be mounted.
 */
int look_into(struct guestd *g, struct device *d, bool all, struct look *ret, struct err *e);

/* Opens the root of a file system that is mounted on dir, as O_PATH; -1 where it is not there. */
int root_open(const struct root *r, const char *dir);
/* "/dev/sda1", "btrfsvol:/dev/sda2/@"; the caller frees. */
char *root_name(const struct root *r);
void root_release(struct root *r);
void look_release(struct look *l);

static inline void look_release_p(struct look *l)
{
	look_release(l);
}

#endif
