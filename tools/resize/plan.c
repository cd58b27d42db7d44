/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation
 *
 *   wishes --> each partition's new size --> surplus --> --expand, --shrink --> places
 *
 * Of a disk of 2 GiB to one of 4 GiB, expanding sda2:
 *
 *   |boot| sda1 | sda2      | sda3 |gap|
 *   |boot| sda1 | sda2                           | sda3 |extra|tail|
 *
 * The surplus is what the target has beyond all new sizes and an allowance for tables, the
 * boot loader and rounding. One wish may take it (--expand) or make up for its absence
 * (--shrink); else an extra partition gets it. Then partitions are placed in the order of the
 * old disk: the first where it was, each later one at the next multiple of the alignment. One
 * that is copied keeps its size to the sector, one that is resized ends at a multiple.
 * These sums are virt-resize's, so that both make the same tables.
 *
 * Beyond it: numbers stay, also after --delete and where the order of numbers is not that of
 * places. Logical partitions have names and wishes as all others. As long as no wish changes the
 * size of one, the extended partition is kept as it is inside, each offset in it; else its
 * inside is laid out anew, each logical partition after a gap for its boot record.
 *
 * Nothing is trusted to fit: the places are held against the target at the end, and it is an
 * error that names the number of bytes that are missing.
 */
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan_disk.h"
#include "plan_work.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define START_SECTORS 4096 /* allowed for boot loader and the first partition's start */

static void work_release_p(struct work *w)
{
	free(w->items);
	free(w->volumes);
}

static struct item *item_of(struct work *w, const struct plan_part *p)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->items[i].p == p)
			return &w->items[i];
	return NULL;
}

static void work_init(struct work *w)
{
	CLEANUP(free) const struct plan_part **v = plan_sorted(w->d);

	w->n = w->d->n_parts;
	w->items = xcalloc(w->n, sizeof(*w->items));
	for (size_t i = 0; i < w->n; i++)
		w->items[i] = (struct item){ .p = v[i], .sectors = v[i]->sectors };
}

/* ---- wishes */

static void add_volume(struct work *w, const struct plan_volume *v)
{
	w->volumes = xreallocarray(w->volumes, w->n_volumes + 1, sizeof(*w->volumes));
	w->volumes[w->n_volumes++] = v;
}

/* A wish for a volume: --lv-expand, or --expand of what lies on one. */
static int wish_volume(struct work *w, const struct plan_wish *wish, const struct plan_volume *v,
		       const struct plan_part **ret_part, struct err *e)
{
	*ret_part = NULL;
	if (wish->kind != PLAN_WISH_LV_EXPAND && wish->kind != PLAN_WISH_EXPAND)
		return err_set(e, EINVAL, "'%s' is a logical volume: %s takes partitions", wish->name,
			       plan_option(wish->kind));
	if (wish->kind == PLAN_WISH_EXPAND && plan_part_below(w->d, v, ret_part, e) < 0)
		return -1;
	add_volume(w, v);
	return 0;
}

static int set_wish(struct work *w, const struct plan_wish *wish, const struct plan_part *p,
		    struct err *e)
{
	struct item *it = item_of(w, p);

	if (it->wish && it->wish != wish && it->wish->kind == wish->kind)
		return err_set(e, EINVAL, "'%s' has %s twice", p->name, plan_option(wish->kind));
	if (it->wish && it->wish != wish)
		return err_set(e, EINVAL, "'%s' has both %s and %s", p->name,
			       plan_option(it->wish->kind), plan_option(wish->kind));
	it->wish = wish;
	if (wish->kind == PLAN_WISH_DELETE)
		it->action = PLAN_DELETED;
	if (wish->kind == PLAN_WISH_IGNORE) {
		if (p->kind == PLAN_EXTENDED)
			return err_set(e, EINVAL,
				       "'%s' is an extended partition: --ignore those in it", p->name);
		it->action = PLAN_IGNORED;
	}
	return 0;
}

/* A new size in bytes, for an item that is to have one. */
static int set_bytes(struct work *w, struct item *it, uint64_t bytes, struct err *e)
{
	uint64_t sectors = plan_roundup(bytes, w->d->sector) / w->d->sector;

	if (sectors > (uint64_t)1 << 53)
		return err_set(e, ERANGE, "'%s' would be larger than any disk", it->p->name);
	it->sectors = sectors;
	if (sectors == it->p->sectors)
		return 0;
	it->action = PLAN_RESIZED;
	w->repack |= it->p->kind == PLAN_LOGICAL;
	return 0;
}

static int take_sizes(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->n; i++) {
		struct item *it = &w->items[i];
		const struct plan_wish *wish = it->wish;
		uint64_t bytes;

		if (!wish || (wish->kind != PLAN_WISH_RESIZE && wish->kind != PLAN_WISH_FORCE))
			continue;
		if (plan_size_apply(&wish->size, it->p->sectors * w->d->sector, &bytes, e) < 0)
			return err_ctx(e, "%s: %s", wish->name, plan_option(wish->kind));
		if (set_bytes(w, it, bytes, e) < 0)
			return -1;
	}
	return 0;
}

/* With an extended partition goes what is in it. */
static int delete_inside(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->n; i++) {
		struct item *it = &w->items[i];
		const struct plan_part *x = plan_extended_of(w->d, it->p);

		if (!x || item_of(w, x)->action != PLAN_DELETED)
			continue;
		if (it->wish && it->action != PLAN_DELETED)
			return err_set(e, EINVAL, "'%s' lies in '%s', which is to be deleted",
				       it->p->name, x->name);
		it->action = PLAN_DELETED;
	}
	return 0;
}

/* A group grows, and its volumes, when all that it lies on goes over. */
static int check_volumes(const struct work *w, struct err *e)
{
	if (plan_check_volumes(w->volumes, w->n_volumes, e) < 0)
		return -1;
	for (size_t i = 0; i < w->n_volumes; i++)
		for (size_t k = 0; k < w->n; k++) {
			const struct item *it = &w->items[k];

			if (!it->p->vg || strcmp(it->p->vg, w->volumes[i]->vg) != 0 ||
			    (it->action != PLAN_DELETED && it->action != PLAN_IGNORED))
				continue;
			return err_set(e, EINVAL, "'%s' cannot be expanded: '%s', on which it lies, %s",
				       w->volumes[i]->name, it->p->name,
				       it->action == PLAN_DELETED ? "is to be deleted"
								  : "is not copied (--ignore)");
		}
	return 0;
}

/* ret_greedy: the item of --expand or --shrink, or NULL. */
static int take_wishes(struct work *w, struct item **ret_greedy, struct err *e)
{
	const struct plan_options *o = w->o;

	*ret_greedy = NULL;
	for (size_t i = 0; i < o->n_wishes; i++) {
		const struct plan_wish *wish = &o->wishes[i];
		const struct plan_part *part;
		struct plan_named it;

		if (plan_find(w->d, wish, &it, e) < 0)
			return -1;
		part = it.part;
		if (it.volume && wish_volume(w, wish, it.volume, &part, e) < 0)
			return -1;
		if (!part)
			continue;
		if (wish->kind == PLAN_WISH_LV_EXPAND)
			return err_set(e, EINVAL, "'%s' is not a logical volume", wish->name);
		if (set_wish(w, wish, part, e) < 0)
			return -1;
		if (wish->kind != PLAN_WISH_EXPAND && wish->kind != PLAN_WISH_SHRINK)
			continue;
		if (*ret_greedy)
			return err_set(e, EINVAL, "--expand and --shrink are for one partition");
		*ret_greedy = item_of(w, part);
	}
	return delete_inside(w, e) < 0 || check_volumes(w, e) < 0 ? -1 : take_sizes(w, e);
}

/* ---- surplus */

/* Sectors that the inside of the extended partition needs when it is laid out anew. */
static uint64_t packed(const struct work *w)
{
	uint64_t n = w->o->alignment;

	for (size_t i = 0; i < w->n; i++)
		if (plan_is_inside(&w->items[i]))
			n += w->items[i].sectors + 2 * w->o->alignment;
	return n;
}

/* The sectors of an item, as far as it is known before it is placed. */
static uint64_t sectors_of(const struct work *w, const struct item *it)
{
	return plan_is_fitted(w, it) ? packed(w) : it->sectors;
}

/* Bytes that the target has beyond what is needed; less than 0: that it lacks. */
static __int128 surplus_of(const struct work *w)
{
	const struct plan_disk *d = w->d;
	uint64_t first = w->items[0].p->start;
	uint64_t end = plan_usable_end(d, w->o->target / d->sector);
	__int128 n = first > START_SECTORS ? first : START_SECTORS;
	size_t parts = 0;

	for (size_t i = 0; i < w->n; i++) {
		const struct item *it = &w->items[i];

		if (it->action == PLAN_DELETED || it->p->kind == PLAN_LOGICAL)
			continue;
		n += sectors_of(w, it);
		parts++;
	}
	n += (__int128)w->o->alignment * (parts + 1) + PLAN_END_SECTORS;
	/* On MBR no more than its numbers can tell is of use. */
	if (d->table == PLAN_GPT || w->o->target / d->sector < end)
		end = w->o->target / d->sector;
	return ((__int128)end - n) * d->sector;
}

/* The inside of an extended partition can only take or give what its outside does. */
static int check_outside(struct work *w, const struct item *it, struct err *e)
{
	const struct plan_part *x = plan_extended_of(w->d, it->p);

	if (!x || item_of(w, x)->action != PLAN_RESIZED)
		return 0;
	return err_set(e, EINVAL, "'%s' lies in '%s', which is to have a size of its own: %s takes one of them",
		       it->p->name, x->name, plan_option(it->wish->kind));
}

static int expand(struct work *w, struct item *it, struct err *e)
{
	__int128 surplus;
	uint64_t old;
	char missing[32];

	w->repack |= it->p->kind == PLAN_LOGICAL;
	old = sectors_of(w, it) * w->d->sector;
	surplus = surplus_of(w);
	if (surplus <= 0)
		return err_set(e, ENOSPC,
			       "You cannot use --expand when there is no surplus space to expand into.  "
			       "You need to make the target disk larger by at least %s.",
			       plan_shown(missing, (uint64_t)(-surplus) + 1));
	return set_bytes(w, it, old + (uint64_t)surplus, e);
}

static int shrink(struct work *w, struct item *it, struct err *e)
{
	__int128 surplus;
	uint64_t old;

	w->repack |= it->p->kind == PLAN_LOGICAL;
	old = sectors_of(w, it) * w->d->sector;
	surplus = surplus_of(w);
	if (surplus >= 0)
		return err_set(e, EINVAL,
			       "You cannot use --shrink when there is no deficit (see 'deficit' in "
			       "the %s(1) man page).",
			       "guest-resize");
	if ((__int128)old <= -surplus)
		return err_set(e, ENOSPC,
			       "'%s' would have to shrink by more than it has: make the target disk "
			       "larger",
			       it->p->name);
	return set_bytes(w, it, old - (uint64_t)(-surplus), e);
}

/* ---- is it safe? */

static int check_shrunk(const struct work *w, const struct item *it, struct err *e)
{
	const struct plan_part *p = it->p;
	uint64_t bytes = it->sectors * w->d->sector;
	uint64_t content = p->n_layers ? p->layers[0].size : 0;
	char a[32], b[32];

	if (it->action != PLAN_RESIZED || it->sectors >= p->sectors || p->kind == PLAN_EXTENDED ||
	    (it->wish && it->wish->kind == PLAN_WISH_FORCE))
		return 0;
	if (plan_is_swap(p))
		return 0; /* it is made anew */
	if (!content)
		return err_set(e, EINVAL,
			       "'%s' cannot be shrunk to %s: how much of it its content needs is not "
			       "known. --resize-force does it all the same, and may destroy it",
			       p->name, plan_shown(a, bytes));
	if (content > bytes)
		return err_set(e, ENOSPC,
			       "'%s' cannot be shrunk to %s: its content (%s) has %s, and has to be "
			       "made smaller first, by %llu bytes, by the guest or another tool",
			       p->name, plan_shown(a, bytes), p->layers[0].type,
			       plan_shown(b, content), (unsigned long long)(content - bytes));
	return 0;
}

/* Swap whose header tells of more than there is would not be used any more. By force it is left so. */
static bool shrinks_swap(const struct item *it, const struct plan_target *t)
{
	return t->action == PLAN_RESIZED && t->sectors < it->p->sectors && plan_is_swap(it->p) &&
	       !(it->wish && it->wish->kind == PLAN_WISH_FORCE);
}

/* Contents get what their partitions have got. */
static int plan_growth(struct work *w, struct err *e)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct plan_target *t = plan_target_of(w->plan, w->items[i].p);

		if (shrinks_swap(&w->items[i], t))
			plan_shrink_swap(w->plan, t);
		if (t->action == PLAN_RESIZED && t->kind != PLAN_EXTENDED &&
		    t->sectors > t->from->sectors && !w->o->no_expand_content &&
		    plan_grow_part(w->plan, w->d, t, w->o->unknown, e) < 0)
			return -1;
	}
	for (size_t i = 0; i < w->n_volumes; i++)
		if (plan_grow_volume(w->plan, w->d, w->volumes[i], !w->o->no_expand_content,
				     w->o->unknown, e) < 0)
			return -1;
	return 0;
}

static int deficit(__int128 bytes, struct err *e)
{
	char shown[32];

	return err_set(e, ENOSPC,
		       "There is a deficit of %llu bytes (%s).  You need to make the target disk "
		       "larger by at least this amount or adjust your resizing requests.",
		       (unsigned long long)bytes, plan_shown(shown, (uint64_t)bytes));
}

static int work_out(struct work *w, struct err *e)
{
	uint64_t end, stop = plan_usable_end(w->d, w->o->target / w->d->sector);
	struct item *greedy;
	__int128 surplus;

	if (take_wishes(w, &greedy, e) < 0)
		return -1;
	if (greedy && check_outside(w, greedy, e) < 0)
		return -1;
	if (greedy && greedy->wish->kind == PLAN_WISH_EXPAND && expand(w, greedy, e) < 0)
		return -1;
	if (greedy && greedy->wish->kind == PLAN_WISH_SHRINK && shrink(w, greedy, e) < 0)
		return -1;
	for (size_t i = 0; i < w->n; i++)
		if (check_shrunk(w, &w->items[i], e) < 0)
			return -1;
	surplus = surplus_of(w);
	if (!greedy && surplus < 0)
		return deficit(-surplus, e);
	if (plan_place(w, &end, e) < 0)
		return -1;
	if (end > stop)
		return deficit((__int128)(end - stop) * w->d->sector, e);
	if (!greedy && surplus > 0)
		plan_use_surplus(w, end, (uint64_t)surplus);
	return plan_growth(w, e);
}

int plan_copy(const struct plan_disk *d, const struct plan_options *o, struct plan *ret,
	      struct err *e)
{
	struct plan plan = { NULL, 0, NULL, 0, 0, PLAN_SURPLUS_NONE, false };
	struct work w __attribute__((cleanup(work_release_p))) = { .d = d, .o = o, .plan = &plan };

	if (plan_check_disk(d, e) < 0)
		return err_ctx(e, "the source disk");
	if (o->target < 2u << 20)
		return err_set(e, EINVAL, "the target disk: file is too small to be a disk image (%llu bytes)",
			       (unsigned long long)o->target);
	work_init(&w);
	if (work_out(&w, e) < 0) {
		plan_release(&plan);
		return -1;
	}
	*ret = plan;
	return 0;
}

void plan_release(struct plan *p)
{
	free(p->targets);
	free(p->grows);
	*p = (struct plan){ NULL, 0, NULL, 0, 0, PLAN_SURPLUS_NONE, false };
}
