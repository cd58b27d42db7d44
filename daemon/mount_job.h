/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file system that is mounted for writing for one job, apart from the guest's own mounts. */
#ifndef DAEMON_MOUNT_JOB_H
#define DAEMON_MOUNT_JOB_H

#include "guestd.h"
#include "storage.h"

/* Refuses one that is to be repaired first, in the words of unclean.h: it is mounted for reading, and looked at. */
int mount_job_check(struct guestd *g, struct device *d, struct err *e);

/* Mounts it on LOOK_DIR: a descriptor of its root folder, or -1 with *e. */
int mount_job_begin(struct guestd *g, struct device *d, struct err *e);

/* Closes that, and unmounts. */
int mount_job_end(const struct device *d, int fd, struct err *e);

#endif
