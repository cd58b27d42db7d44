/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growth where the disk is. A partition may take what is free between its end and the next
 * one's start, or the end of the disk; a logical one what is free up to the next one's boot
 * record, and the last of them takes the extended partition along.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "plan_disk.h"
#include "plan_work.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

struct grower {
	const struct plan_disk *d;
	const struct plan_options *o;
	const struct plan_part **v; /* by place */
	struct plan *plan;
};

static void grower_release_p(struct grower *g)
{
	free(g->v);
}

/* What comes first behind a partition, among those of its own kind of place: its start, or top. */
static uint64_t next_start(const struct grower *g, const struct plan_part *p, uint64_t top)
{
	for (size_t i = 0; i < g->d->n_parts; i++) {
		const struct plan_part *x = g->v[i];
		bool same = (x->kind == PLAN_LOGICAL) == (p->kind == PLAN_LOGICAL);
		uint64_t start = x->kind == PLAN_LOGICAL ? x->ebr : x->start;

		/* A boot record may lie anywhere in front of its partition, also before p. */
		if (!same || x->start <= p->start)
			continue;
		if (start < p->start + p->sectors)
			start = x->start;
		top = start < top ? start : top;
	}
	return top;
}

/* How far a partition can go; one of them may be an extended one that goes along. */
static uint64_t limit_of(const struct grower *g, const struct plan_part *p)
{
	uint64_t end = plan_usable_end(g->d, g->o->target / g->d->sector);
	const struct plan_part *x = plan_extended_of(g->d, p);

	if (x)
		end = next_start(g, x, end);
	return next_start(g, p, end);
}

static uint64_t end_of(const struct plan_part *p)
{
	return p->start + p->sectors;
}

static int no_room(const struct grower *g, const struct plan_part *p, uint64_t missing,
		   struct err *e)
{
	char a[32];
	uint64_t limit = limit_of(g, p);

	for (size_t i = 0; i < g->d->n_parts; i++) {
		const struct plan_part *x = g->v[i];

		if ((x->kind == PLAN_LOGICAL ? x->ebr : x->start) != limit && x->start != limit)
			continue;
		return err_set(e, ENOSPC,
			       "'%s' cannot grow where it is: '%s' follows it, and %s (%llu bytes) are missing; a "
			       "copy to a larger disk can do it",
			       p->name, x->name, plan_shown(a, missing * g->d->sector),
			       (unsigned long long)(missing * g->d->sector));
	}
	return err_set(e, ENOSPC, "'%s' cannot grow where it is: the disk would have to be larger by %s (%llu bytes)",
		       p->name, plan_shown(a, missing * g->d->sector), (unsigned long long)(missing * g->d->sector));
}

/* Gives it the end, and what it lies in, too. */
static void set_end(struct grower *g, const struct plan_part *p, uint64_t end)
{
	const struct plan_part *x = plan_extended_of(g->d, p);
	struct plan_target *t = plan_target_of(g->plan, p);

	t->sectors = end - t->start;
	t->action = PLAN_RESIZED;
	if (x && end > end_of(x))
		set_end(g, x, end);
}

/* All that there is, to a multiple of the alignment: so doing it twice finds nothing the second time. */
static int grow_fully(struct grower *g, const struct plan_part *p, struct err *e)
{
	uint64_t limit = limit_of(g, p), end = limit / g->o->alignment * g->o->alignment;

	if (end <= end_of(p))
		return no_room(g, p, g->o->alignment, e);
	set_end(g, p, end);
	return 0;
}

static int grow_to(struct grower *g, const struct plan_part *p, const struct plan_wish *w,
		   struct err *e)
{
	uint64_t bytes, sectors, end, limit = limit_of(g, p);

	if (plan_size_apply(&w->size, p->sectors * g->d->sector, &bytes, e) < 0)
		return err_ctx(e, "%s: %s", w->name, plan_option(w->kind));
	sectors = plan_roundup(bytes, g->d->sector) / g->d->sector;
	if (sectors < p->sectors)
		return err_set(e, EINVAL,
			       "'%s' would get smaller, which is not done in place; a copy can do it",
			       p->name);
	if (sectors == p->sectors)
		return 0;
	if (sectors > (uint64_t)1 << 53)
		return err_set(e, ERANGE, "'%s' would be larger than any disk", p->name);
	end = plan_roundup(p->start + sectors, g->o->alignment);
	if (end > limit && p->start + sectors <= limit)
		end = limit;
	if (end > limit)
		return no_room(g, p, p->start + sectors - limit, e);
	set_end(g, p, end);
	return 0;
}

/* The last one on the disk that can hold anything. */
static const struct plan_part *last_part(const struct grower *g)
{
	const struct plan_part *last = NULL;

	for (size_t i = 0; i < g->d->n_parts; i++)
		if (g->v[i]->kind != PLAN_EXTENDED && (!last || g->v[i]->start > last->start))
			last = g->v[i];
	return last ? last : g->v[0];
}

static int grow_part(struct grower *g, const struct plan_wish *w, const struct plan_part *p,
		     struct err *e)
{
	if (plan_target_of(g->plan, p)->action == PLAN_RESIZED && p->kind != PLAN_EXTENDED)
		return err_set(e, EINVAL, "'%s' is to be resized twice", p->name);
	return w->kind == PLAN_WISH_EXPAND ? grow_fully(g, p, e) : grow_to(g, p, w, e);
}

static int take_wish(struct grower *g, const struct plan_wish *w,
		     const struct plan_volume **ret_volume, struct err *e)
{
	struct plan_named it;

	*ret_volume = NULL;
	if (w->kind == PLAN_WISH_SHRINK || w->kind == PLAN_WISH_DELETE || w->kind == PLAN_WISH_IGNORE)
		return err_set(e, EINVAL, "%s is not done in place; a copy can do it",
			       plan_option(w->kind));
	if (plan_find(g->d, w, &it, e) < 0)
		return -1;
	*ret_volume = it.volume;
	if (w->kind == PLAN_WISH_LV_EXPAND)
		return it.volume ? 0
				 : err_set(e, EINVAL, "'%s' is not a logical volume", w->name);
	if (it.volume && w->kind != PLAN_WISH_EXPAND)
		return err_set(e, EINVAL, "'%s' is a logical volume: %s takes partitions", w->name,
			       plan_option(w->kind));
	if (it.volume && plan_part_below(g->d, it.volume, &it.part, e) < 0)
		return -1;
	return grow_part(g, w, it.part, e);
}

static int grow_contents(struct grower *g, const struct plan_volume **volumes, size_t n,
			 struct err *e)
{
	bool content = !g->o->no_expand_content;

	for (size_t i = 0; i < g->plan->n_targets; i++) {
		const struct plan_target *t = &g->plan->targets[i];

		if (t->action == PLAN_RESIZED && t->kind != PLAN_EXTENDED && content &&
		    plan_grow_part(g->plan, g->d, t, g->o->unknown, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (volumes[i] &&
		    plan_grow_volume(g->plan, g->d, volumes[i], content, g->o->unknown, e) < 0)
			return -1;
	return 0;
}

/* A volume that is to have what its group has left says nothing of partitions. */
static bool names_partition(const struct plan_options *o)
{
	for (size_t i = 0; i < o->n_wishes; i++)
		if (o->wishes[i].kind != PLAN_WISH_LV_EXPAND)
			return true;
	return false;
}

static bool has_room(const struct grower *g, const struct plan_part *p)
{
	return limit_of(g, p) / g->o->alignment * g->o->alignment > end_of(p);
}

static int take_wishes(struct grower *g, struct err *e)
{
	CLEANUP(free) const struct plan_volume **volumes = NULL;
	const struct plan_options *o = g->o;

	volumes = xcalloc(o->n_wishes + 1, sizeof(const struct plan_volume *));
	if (!names_partition(o) && (!o->n_wishes || has_room(g, last_part(g))) && grow_fully(g, last_part(g), e) < 0)
		return -1;
	for (size_t i = 0; i < o->n_wishes; i++)
		if (take_wish(g, &o->wishes[i], &volumes[i], e) < 0)
			return -1;
	if (plan_check_volumes(volumes, o->n_wishes, e) < 0)
		return -1;
	return grow_contents(g, volumes, o->n_wishes, e);
}

int plan_in_place(const struct plan_disk *d, const struct plan_options *o, struct plan *ret,
		  struct err *e)
{
	struct plan plan = { NULL, 0, NULL, 0, 0, PLAN_SURPLUS_NONE, false };
	struct grower g __attribute__((cleanup(grower_release_p))) = { .d = d, .o = o, .plan = &plan };

	if (plan_check_disk(d, e) < 0)
		return -1;
	if (o->target < d->sectors * d->sector)
		return err_set(e, EINVAL,
			       "the disk would get smaller, which is not done in place; a copy can do it");
	g.v = plan_sorted(d);
	plan.targets = xcalloc(d->n_parts, sizeof(*plan.targets));
	for (size_t i = 0; i < d->n_parts; i++)
		plan.targets[plan.n_targets++] = (struct plan_target){
			.from = g.v[i],
			.action = PLAN_KEEP,
			.kind = g.v[i]->kind,
			.number = g.v[i]->number,
			.start = g.v[i]->start,
			.sectors = g.v[i]->sectors,
		};
	if (take_wishes(&g, e) < 0) {
		plan_release(&plan);
		return -1;
	}
	*ret = plan;
	return 0;
}
