/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Device mapper by its ioctls: three of them make a volume, where a program would take a
 * tenth of a second.
 */
#ifndef DAEMON_DM_H
#define DAEMON_DM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/* A stretch of a mapped device; positions and lengths in sectors of 512 bytes. */
struct dm_target {
	uint64_t start, length;
	const char *type; /* "linear" */
	char *params;     /* "254:17 2048"; owned by whom the target belongs to */
};

/* Makes a device of that name and identifier and loads its targets. *ret_minor: /dev/dm-N. */
int dm_create(const char *name, const char *uuid, const struct dm_target *targets, size_t n,
	      bool readonly, unsigned *ret_minor, struct err *e);

/* Removes a device that nobody has open. */
int dm_remove(const char *name, struct err *e);

#endif
