/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stream of the call applications, gathered and put in order. */
#ifndef INSPECT_APPS_H
#define INSPECT_APPS_H

#include <stddef.h>

#include "proto/proto.h"
#include "util/buf.h"
#include "util/err.h"
#include "vm/session.h"

/* More than this of one guest is not taken: no package database has it. */
#define APPS_BYTES_MAX (256u << 20)

struct apps {
	wire_application *v; /* n of them, owned */
	size_t n;
	size_t cap;
	struct buf rest; /* the start of a record whose end has not come yet */
	uint64_t bytes;	 /* that came so far */
};

/* A stream's data function, with a struct apps as ctx: records may be cut anywhere. */
int apps_data(void *ctx, const void *p, size_t n, struct err *e);
/* Is the stream whole, and has it count records? -1 with *e where not. */
int apps_check(const struct apps *a, uint64_t count, struct err *e);
/* Sorts by the bytes of the name; of one name, the order in which they came stays. */
void apps_sort(struct apps *a);
void apps_release(struct apps *a);

/* How many there are of a kind. */
struct apps_kind {
	const char *kind; /* borrowed from an application */
	size_t n;
};
#define APPS_KINDS_MAX 8
/* Counts the kinds, in the order in which they are met. Returns how many; the rest is left out. */
size_t apps_count(const struct apps *a, struct apps_kind kinds[APPS_KINDS_MAX]);

#endif
