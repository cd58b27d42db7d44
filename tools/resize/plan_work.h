/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan of a copy while it is made: what the parts that make it share. */
#ifndef RESIZE_PLAN_WORK_H
#define RESIZE_PLAN_WORK_H

#include "plan.h"

#define PLAN_END_SECTORS 64 /* allowed for the tail: GPT's backup and more */

/* A partition on its way. */
struct item {
	const struct plan_part *p;
	const struct plan_wish *wish; /* on it, or NULL */
	enum plan_action action;
	uint64_t sectors; /* new */
};

struct work {
	const struct plan_disk *d;
	const struct plan_options *o;
	struct item *items; /* by place; an extended one before its logical ones */
	size_t n;
	const struct plan_volume **volumes; /* to be expanded */
	size_t n_volumes;
	bool repack; /* a logical partition's size changes */
	struct plan *plan;
};

/* Is it in the extended partition, and to stay there? */
bool plan_is_inside(const struct item *it);
/* Is the extended partition as large as what is in it makes it? */
bool plan_is_fitted(const struct work *w, const struct item *it);

/* What becomes of a partition, or NULL. */
struct plan_target *plan_target_of(const struct plan *p, const struct plan_part *from);

/* Gives all items their places; where the last one ends. -1 with *e: not in the extended partition. */
int plan_place(struct work *w, uint64_t *ret_end, struct err *e);
/* Bytes that nothing takes, behind the sector at which all ends: perhaps a partition more. */
void plan_use_surplus(struct work *w, uint64_t end, uint64_t surplus);

#endif
