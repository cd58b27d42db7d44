/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount's comma-separated options, as mount(2) takes them. */
#ifndef DAEMON_MOUNT_OPTS_H
#define DAEMON_MOUNT_OPTS_H

#include "util/buf.h"
#include "util/err.h"

struct mount_opts {
	unsigned long flags; /* MS_* */
	struct buf data;     /* for the file system, comma-separated */
};

/*
 * Splits text. The words that mount(8) keeps for all file systems become flags,
 * the ones of its own and of fstab readers are dropped, all others are the file
 * system's. What would do something else than mount a device is refused.
 */
int mount_opts_parse(const char *text, struct mount_opts *ret, struct err *e);
void mount_opts_release(struct mount_opts *o);

/* Adds more data, comma-separated; NULL or "" adds nothing. */
void mount_opts_add(struct mount_opts *o, const char *data);

/* "ro,nodev,noload": flags and data in words. */
void mount_opts_words(const struct mount_opts *o, struct buf *ret);

#endif
