/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of the guest: every one of them is opened here, and none leads out of the guest's root. */
#ifndef DAEMON_SYSROOT_H
#define DAEMON_SYSROOT_H

#include <limits.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "guestd.h"

/*
 * Opens a path of the guest. It starts with '/', which is the guest's root, and
 * stays below that: absolute symlinks and ".." end there, loops end in ELOOP.
 * O_CLOEXEC, O_NOCTTY and O_NONBLOCK are added to flags; mode counts with
 * O_CREAT. Returns a descriptor of the caller's, or -1 with *e.
 */
int sysroot_open(const struct guestd *g, const char *path, int flags, mode_t mode, struct err *e);

/*
 * Opens a regular file of the guest with O_RDONLY or O_WRONLY and what else
 * flags say (not O_CREAT). What is not a regular file is refused unopened:
 * EISDIR for a folder, EINVAL for the rest. *ret_st, unless NULL, is the file's.
 */
int sysroot_open_file(const struct guestd *g, const char *path, int flags, struct stat *ret_st,
		      struct err *e);

/* Reads a whole regular file of the guest, appending to *b; more than max bytes is EFBIG. */
int sysroot_read(const struct guestd *g, const char *path, size_t max, struct buf *b,
		 struct err *e);

/* The guest's own path of something open, without symbolic links in it; "" for its root. */
int sysroot_path(const struct guestd *g, int fd, char ret[PATH_MAX], struct err *e);

#endif
