/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Systems whose /usr lies on a file system that no fstab names: CoreOS and Flatcar. */
#ifndef DAEMON_INSPECT_USR_H
#define DAEMON_INSPECT_USR_H

#include "daemon/storage.h"

/*
 * The device that holds the /usr of the system on root, which is mounted; of several (one is
 * for the next update) the newest by its os-release. NULL where /usr has what it needs.
 */
struct device *usr_find(struct guestd *g, const struct device *root);

#endif
