/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes as users of guest-resize write them: "10G", "+512M", "-1.5G", "50%", "+12.5%". */
#ifndef RESIZE_PLAN_SIZE_H
#define RESIZE_PLAN_SIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* A size, or a change of one. */
struct plan_size {
	char sign;	/* '+', '-', or 0: absolute */
	bool percent;	/* of the old size */
	uint64_t value; /* bytes; with percent: tenths of a percent */
};

/*
 * [+-]NUMBER and one of b K M G T P (powers of 1024; the peer's suffixes are b K M G), or
 * [+-]NUMBER%. The number may have a fraction. 0, or -1 with *e where it is none of these, or
 * does not fit.
 */
int plan_size_parse(const char *s, struct plan_size *ret, struct err *e);

/* What old bytes become; -1 with *e where that is nothing, less than nothing, or too much. */
int plan_size_apply(const struct plan_size *z, uint64_t old, uint64_t *ret, struct err *e);

#endif
