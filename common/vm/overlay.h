/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a reading session lays over each image: an empty qcow2 in memory, which takes
 * all writes and ends with the run.
 *
 * The image itself is open O_RDONLY. But to read a file system that was not cleanly
 * unmounted its journal has to be replayed, a thin pool wants to note that it is in
 * use, and so on: that happens here, and the image's bytes stay as they are.
 */
#ifndef VM_OVERLAY_H
#define VM_OVERLAY_H

#include <stdint.h>

#include "util/err.h"

/* Bytes that an overlay may grow to: what a guest's journals hold, not what its disks do. */
#define OVERLAY_MAX (1ULL << 30)

/* A memfd with an empty overlay for a disk of size bytes, or -1 with *e. */
int overlay_create(uint64_t size, struct err *e);

/* Makes an empty file one. */
int overlay_fill(int fd, uint64_t size, struct err *e);

#endif
