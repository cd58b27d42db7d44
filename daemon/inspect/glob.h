/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of a guest that match a pattern. */
#ifndef DAEMON_INSPECT_GLOB_H
#define DAEMON_INSPECT_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "util/strvec.h"

/* What a search may still cost, over several patterns: hostile folders have any number of names. */
struct glob {
	size_t names;   /* that may still be looked at */
	size_t matches; /* that may still be added */
	bool cut;       /* one of them was used up: there is more than was found */
};

/*
 * Adds to *ret what is there below root and matches a pattern, in which a component may have
 * * and ? ("boot/vmlinuz-*"; a leading dot matches none of
 * them), in either case. Paths are as in the pattern,
 * and those of one pattern are sorted. Symlinks end below root, as everywhere.
 */
void glob_add(struct glob *gl, int root, const char *pattern, struct strvec *ret);

#endif
