/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File descriptors: whole reads and writes, closing, and the time that never jumps. */
#ifndef UTIL_IO_H
#define UTIL_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/err.h"

/* Reads until n bytes or the end of the file; returns how many, or -1 with errno. */
ssize_t read_full(int fd, void *p, size_t n);
/* The same at an offset. */
ssize_t pread_full(int fd, void *p, size_t n, off_t off);
/* Writes all n bytes; 0, or -1 with errno. */
int write_full(int fd, const void *p, size_t n);
/* Reads a whole small file into *b (appended, b initialised); more than max bytes is EFBIG. dirfd
 * as openat's. */
int file_read(int dirfd, const char *path, size_t max, struct buf *b, struct err *e);
/* The same, given an open descriptor; name is for messages. */
int fd_read_all(int fd, const char *name, size_t max, struct buf *b, struct err *e);
/* Closes fd unless it is negative; errno is kept. */
void fd_close(int fd);
DEFINE_CLEANUP(int, fd_close);

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t now_ns(void);

#endif
