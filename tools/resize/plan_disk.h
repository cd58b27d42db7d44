/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both kinds of plan ask about a disk. */
#ifndef RESIZE_PLAN_DISK_H
#define RESIZE_PLAN_DISK_H

#include "plan.h"

/* The partitions in the order of their place: n pointers, to be freed. */
const struct plan_part **plan_sorted(const struct plan_disk *d);

/*
 * Refuses a disk that makes no sense: no partitions, some that overlap, lie outside of the disk or
 * of the extended one, have a number twice, or have content larger than themselves.
 */
int plan_check_disk(const struct plan_disk *d, struct err *e);

/* The sectors that partitions may have on a disk of that many: the first, and the one after the last. */
uint64_t plan_first_usable(const struct plan_disk *d);
uint64_t plan_usable_end(const struct plan_disk *d, uint64_t sectors);

/* What a name means: one of them is set. */
struct plan_named {
	const struct plan_part *part;
	const struct plan_volume *volume;
};

/*
 * Finds a partition or volume by name or mount point; ENOENT with the option's name. A volume
 * stands for itself; plan_part_below() finds what it lies on.
 */
int plan_find(const struct plan_disk *d, const struct plan_wish *w, struct plan_named *ret,
	      struct err *e);
/* The one partition below a volume; -1 with *e where there is none, or more than one. */
int plan_part_below(const struct plan_disk *d, const struct plan_volume *v,
		    const struct plan_part **ret, struct err *e);

/*
 * Can these volumes be expanded, some of which may be NULL? Not in a group that is not whole, and no more
 * than one of a group: it takes all.
 */
int plan_check_volumes(const struct plan_volume *const *v, size_t n, struct err *e);

/* The extended partition that a logical one lies in. */
const struct plan_part *plan_extended_of(const struct plan_disk *d, const struct plan_part *p);

/* "--expand" */
const char *plan_option(enum plan_wish_kind kind);
/* Bytes for people: "512", "1.5K", "163.7M", "20.0G". Returns ret. */
const char *plan_shown(char ret[32], uint64_t bytes);

/*
 * Appends the growth of the layers of a partition, one of the plan's targets, or of a volume. -1 with *e:
 * of unknown type, and that is to be an error, or to more than its format or what grows it can do.
 */
int plan_grow_part(struct plan *p, const struct plan_disk *d, const struct plan_target *t,
		   enum plan_unknown u, struct err *e);
int plan_grow_volume(struct plan *p, const struct plan_disk *d, const struct plan_volume *v, bool content,
		     enum plan_unknown u, struct err *e);

/* Swap that is all of a partition is made anew where that gets smaller: nothing is lost with it. */
bool plan_is_swap(const struct plan_part *p);
void plan_shrink_swap(struct plan *p, const struct plan_target *t);

static inline uint64_t plan_roundup(uint64_t v, uint64_t to)
{
	return (v + to - 1) / to * to;
}

#endif
