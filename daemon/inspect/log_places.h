/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the entries of a log are that are to be told later: the last ones, or all from the end on.
 * Of no more than are asked for the places are kept.
 */
#ifndef DAEMON_INSPECT_LOG_PLACES_H
#define DAEMON_INSPECT_LOG_PLACES_H

#include <stddef.h>
#include <stdint.h>

#include "proto/proto.h"
#include "util/err.h"

/* All zero but for a to begin with. */
struct log_places {
	const struct log_args *a; /* how many, and in which order */
	size_t n;		  /* kept */
	uint64_t *v;		  /* a ring, where as many as are asked for are there */
	size_t cap;
	uint64_t seen;
};

/* Keeps one more; E2BIG where there are more than memory is for. */
int log_places_add(struct log_places *p, uint64_t at, struct err *e);
/* The i-th in the order that is asked for. */
uint64_t log_places_at(const struct log_places *p, size_t i);
void log_places_release(struct log_places *p);

#endif
