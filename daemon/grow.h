/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Content that gets all the room that what it lies on has. */
#ifndef DAEMON_GROW_H
#define DAEMON_GROW_H

#include "devices.h"
#include "util/strvec.h"

/* Can it be grown, as far as can be told without writing? As grow_filesystem(). */
int grow_check(struct guestd *g, struct device *d, bool force, struct err *e);

/*
 * Grows a file system or swap by its type. EUCLEAN where it has to be repaired first; force: of NTFS,
 * all the same. ENOTSUP where nobody knows how. What the user should know is added to *notices.
 */
int grow_filesystem(struct guestd *g, struct device *d, bool force, struct strvec *notices, struct err *e);

/*
 * Bytes to which content can be grown at the most, by its format and what grows it here; 0 where no limit
 * is known. By the guest's word: any number.
 */
uint64_t grow_max(const struct device *d);

#endif
