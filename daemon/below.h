/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files below a folder that is a guest's root, or could be: root is an O_PATH descriptor of
 * it, and a path starts there with or without a slash. Absolute symlinks and ".." end there,
 * loops end in ELOOP, and nothing but regular files is opened for reading.
 */
#ifndef DAEMON_BELOW_H
#define DAEMON_BELOW_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * Opens a path, with O_CLOEXEC, O_NOCTTY and O_NONBLOCK added to flags; mode counts with
 * O_CREAT. Returns a descriptor of the caller's, or -1 with errno.
 */
int below_open(int root, const char *path, int flags, mode_t mode);
/* Is there something of that kind (S_IFREG, S_IFDIR, S_IFLNK: the link itself)? */
bool below_is(int root, const char *path, mode_t kind);
/*
 * Opens a regular file with flags (not O_CREAT). What is not a regular file is refused
 * unopened: EISDIR for a folder, EINVAL for the rest. *ret_st, unless NULL, is the file's.
 */
int below_open_file(int root, const char *path, int flags, struct stat *ret_st, struct err *e);
/* Reads a whole regular file, appending to *b; more than max bytes is EFBIG. */
int below_read(int root, const char *path, size_t max, struct buf *b, struct err *e);
/* The first line of a regular file, without blanks around it, or NULL. The caller frees. */
char *below_line(int root, const char *path);

#endif
