/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See plan_work.h: where partitions of a copy begin and end, once their sizes are known. */
#include "plan_work.h"

#include <errno.h>
#include <string.h>

#include "plan_disk.h"
#include "util/xalloc.h"

#define EXTRA_MIN_BYTES	 (10u << 20) /* a smaller surplus gets no partition */
#define MBR_PRIMARIES	 4
#define MBR_LOGICAL	 5	     /* the first one's number */
#define ALIGN_FIXED_UPTO 4096	     /* a first partition below this alignment is badly aligned */

bool plan_is_inside(const struct item *it)
{
	return it->p->kind == PLAN_LOGICAL && it->action != PLAN_DELETED;
}

bool plan_is_fitted(const struct work *w, const struct item *it)
{
	return w->repack && it->p->kind == PLAN_EXTENDED && it->action != PLAN_RESIZED;
}

struct plan_target *plan_target_of(const struct plan *p, const struct plan_part *from)
{
	for (size_t i = 0; i < p->n_targets; i++)
		if (p->targets[i].from == from)
			return &p->targets[i];
	return NULL;
}

static void add_target(struct work *w, struct plan_target t)
{
	struct plan *p = w->plan;

	p->targets = xreallocarray(p->targets, p->n_targets + 1, sizeof(*p->targets));
	p->targets[p->n_targets++] = t;
}

/* Puts an item at start; where it ends. */
static uint64_t place(struct work *w, const struct item *it, uint64_t start)
{
	uint64_t end = start + it->sectors;
	uint64_t copied = it->sectors < it->p->sectors ? it->sectors : it->p->sectors;

	if (it->action == PLAN_RESIZED)
		end = plan_roundup(end, w->o->alignment);
	add_target(w, (struct plan_target){
			      .from = it->p,
			      .action = it->action,
			      .kind = it->p->kind,
			      .number = it->p->number,
			      .start = start,
			      .sectors = end - start,
			      .copied = it->action == PLAN_IGNORED || it->p->kind == PLAN_EXTENDED
						? 0
						: copied,
		      });
	return end;
}

/* Is it the logical partition whose boot record is where the extended one begins? Another has one behind that. */
static bool has_first(const struct work *w, const struct item *it)
{
	for (size_t i = 0; i < w->n; i++)
		if (plan_is_inside(&w->items[i]) && w->items[i].p->number < it->p->number)
			return false;
	return true;
}

/* The extended partition and what is in it, as it was or anew; where it ends. */
static int place_extended(struct work *w, const struct item *x, uint64_t start, uint64_t *ret_end,
			  struct err *e)
{
	uint64_t a = w->o->alignment, inside = start;
	struct plan_target *t;

	*ret_end = place(w, x, start);
	for (size_t i = 0; i < w->n; i++) {
		const struct item *it = &w->items[i];

		if (!plan_is_inside(it))
			continue;
		if (w->repack)
			inside = place(w, it, plan_roundup(inside + (inside == start && !has_first(w, it) ? 2 : 1), a));
		else
			inside = place(w, it, start + (it->p->start - x->p->start));
	}
	t = plan_target_of(w->plan, x->p);
	if (plan_is_fitted(w, x)) {
		t->sectors = (inside > start ? inside : start + a) - start;
		if (t->sectors != x->p->sectors)
			t->action = PLAN_RESIZED;
		*ret_end = start + t->sectors;
	}
	if (inside > *ret_end)
		return err_set(e, ENOSPC, "'%s' would be %llu bytes too small for what is in it",
			       x->p->name,
			       (unsigned long long)((inside - *ret_end) * w->d->sector));
	return 0;
}

/* Is the first partition to get another start? See plan_align. */
static bool aligns_first(const struct work *w)
{
	const struct plan_part *p = w->items[0].p;

	if (w->o->align_first != PLAN_ALIGN_AUTO)
		return w->o->align_first == PLAN_ALIGN_ALWAYS;
	/* The one case in which its boot code can be mended: a Windows of one partition. */
	return w->n == 1 && w->d->table == PLAN_MBR && p->bootable && p->n_layers &&
	       !strcmp(p->layers[0].type, "ntfs") && p->start * w->d->sector % ALIGN_FIXED_UPTO;
}

static uint64_t first_start(struct work *w)
{
	uint64_t old = w->items[0].p->start, start = w->o->alignment;

	if (!aligns_first(w))
		return old;
	while (start < plan_first_usable(w->d))
		start += w->o->alignment;
	w->plan->first_moved = start != old;
	return start;
}

/* Gives the logical partitions their numbers: in the order of the old ones, from 5 on. */
static void number_logical(struct plan *p)
{
	for (size_t i = 0; i < p->n_targets; i++) {
		struct plan_target *t = &p->targets[i];

		if (t->kind != PLAN_LOGICAL || t->action == PLAN_DELETED)
			continue;
		t->number = MBR_LOGICAL;
		for (size_t k = 0; k < p->n_targets; k++)
			if (p->targets[k].kind == PLAN_LOGICAL &&
			    p->targets[k].action != PLAN_DELETED &&
			    p->targets[k].from->number < t->from->number)
				t->number++;
	}
}

/*
 * Where the next one begins. An extended one that is kept with all that is in it moves by a multiple of the
 * alignment: what is aligned are these, and often it is not.
 */
static uint64_t next_start(const struct work *w, const struct item *it, uint64_t at)
{
	const uint64_t a = w->o->alignment, past = it->p->start % a;

	if (it->p->kind != PLAN_EXTENDED || w->repack)
		return plan_roundup(at, a);
	return at <= past ? past : plan_roundup(at - past, a) + past;
}

int plan_place(struct work *w, uint64_t *ret_end, struct err *e)
{
	uint64_t at = first_start(w);
	bool first = true;

	for (size_t i = 0; i < w->n; i++) {
		const struct item *it = &w->items[i];

		if (it->action == PLAN_DELETED) {
			add_target(w, (struct plan_target){ .from = it->p,
							    .kind = it->p->kind,
							    .action = PLAN_DELETED });
			continue;
		}
		if (it->p->kind == PLAN_LOGICAL)
			continue;
		if (!first)
			at = next_start(w, it, at);
		first = false;
		if (it->p->kind != PLAN_EXTENDED)
			at = place(w, it, at);
		else if (place_extended(w, it, at, &at, e) < 0)
			return -1;
	}
	number_logical(w->plan);
	*ret_end = at;
	return 0;
}

/* ---- what is left over */

/* A number for one more partition, or 0: above all others if there is one. */
static unsigned free_number(const struct work *w)
{
	unsigned max = w->d->table == PLAN_MBR ? MBR_PRIMARIES : w->d->gpt_entries;
	unsigned top = 0, low = 0;

	for (unsigned n = max; n >= 1; n--) {
		bool used = false;

		for (size_t i = 0; i < w->plan->n_targets; i++)
			used |= w->plan->targets[i].action != PLAN_DELETED &&
				w->plan->targets[i].number == n;
		if (used && !top)
			top = n;
		if (!used)
			low = n;
	}
	return top < max ? top + 1 : low;
}

void plan_use_surplus(struct work *w, uint64_t end, uint64_t surplus)
{
	uint64_t start = plan_roundup(end, w->o->alignment);
	uint64_t stop = plan_usable_end(w->d, w->o->target / w->d->sector);
	uint64_t last = w->o->target / w->d->sector - PLAN_END_SECTORS;
	unsigned number = free_number(w);

	w->plan->surplus = surplus;
	stop = stop < last ? stop : last;
	w->plan->surplus_use = PLAN_SURPLUS_IGNORED;
	if (w->o->no_extra_partition || !number)
		return;
	w->plan->surplus_use = PLAN_SURPLUS_SMALL;
	if (surplus < EXTRA_MIN_BYTES || start >= stop)
		return;
	w->plan->surplus_use = PLAN_SURPLUS_EXTRA;
	add_target(w, (struct plan_target){ .action = PLAN_EXTRA,
					    .number = number,
					    .start = start,
					    .sectors = stop - start });
}
