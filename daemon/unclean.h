/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File systems that may be read as they are, and not written to before they are repaired. */
#ifndef DAEMON_UNCLEAN_H
#define DAEMON_UNCLEAN_H

#include "storage.h"
#include "util/err.h"

/*
 * Refuses one that is mounted for reading, with the reason and what to do about it; each, while one
 * of the disks has the memory of a system that sleeps.
 */
int unclean_check(struct guestd *g, const struct mounted *m, struct err *e);

#endif
