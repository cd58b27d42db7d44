/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one disk to another:
 *
 *   IN, read-only: look --> plan --> qemu-img copies ranges --> OUT: table, growth, check
 *
 * The two disks are never in one appliance: nothing of one can be taken for the other's. Ranges that
 * move by the same distance and have little between them are copied in one go; for a guest whose last
 * partition grows that is all of the disk, boot loader included.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/interrupt.h"
#include "plan_disk.h"
#include "resize.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/convert.h"

#define BOOT_SECTORS 4096u /* before the first partition that a boot loader may have, and no more */
#define GAP_SECTORS  4096u /* between two ranges that are copied as one */

enum { IN, OUT }; /* of resize.drives */

/* Sectors. */
struct range {
	uint64_t from, to, n;
	const struct plan_target *target; /* NULL: what is before the partitions */
};

struct copier {
	struct resize *r;
	struct image *from, *to;
	bool to_is_zero;
	struct range *ranges;
	size_t n;
	uint64_t done, total; /* sectors */
	uint64_t now;	      /* of the range at hand */
};

static void copier_release_p(struct copier *w)
{
	image_close(w->from);
	image_close(w->to);
	free(w->ranges);
}

/* ---- ranges */

static void add_range(struct copier *w, uint64_t from, uint64_t to, uint64_t n, const struct plan_target *t)
{
	if (!n)
		return;
	w->ranges = xreallocarray(w->ranges, w->n + 1, sizeof(*w->ranges));
	w->ranges[w->n++] = (struct range){ from, to, n, t };
	w->total += n;
}

/* What is between the table and the first partition: GRUB's core, on an MBR. */
static void add_boot_loader(struct copier *w)
{
	const struct resize *r = w->r;
	uint64_t first = r->was.table.first, end = BOOT_SECTORS;

	for (size_t i = 0; i < r->plan.n_targets; i++) {
		const struct plan_target *t = &r->plan.targets[i];

		if (t->from && t->from->start < end)
			end = t->from->start;
		if (t->action != PLAN_DELETED && t->start < end)
			end = t->start;
	}
	if (!r->o->no_boot_loader && end > first)
		add_range(w, first, first, end - first, NULL);
}

static int by_from(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static void make_ranges(struct copier *w)
{
	const struct plan *p = &w->r->plan;

	add_boot_loader(w);
	for (size_t i = 0; i < p->n_targets; i++)
		if (p->targets[i].from && p->targets[i].copied)
			add_range(w, p->targets[i].from->start, p->targets[i].start, p->targets[i].copied,
				  &p->targets[i]);
	if (w->n)
		qsort(w->ranges, w->n, sizeof(*w->ranges), by_from);
}

/* Is a place of the source what a partition has that does not go over? That is nobody's to copy. */
static bool is_left_behind(const struct plan *p, uint64_t from, uint64_t end)
{
	for (size_t i = 0; i < p->n_targets; i++) {
		const struct plan_target *t = &p->targets[i];

		if (t->from && !t->copied && t->from->kind != PLAN_EXTENDED && t->from->start < end &&
		    t->from->start + t->from->sectors > from)
			return true;
	}
	return false;
}

/* How many of the ranges from i on are copied in one go, and the sectors of these. */
static size_t run_from(const struct copier *w, size_t i, uint64_t *ret_sectors)
{
	size_t k = i + 1;

	for (; k < w->n; k++) {
		const struct range *a = &w->ranges[k - 1], *b = &w->ranges[k];
		uint64_t end = a->from + a->n;

		if (b->to - b->from != a->to - a->from || b->from < end || b->from - end > GAP_SECTORS ||
		    is_left_behind(&w->r->plan, end, b->from))
			break;
	}
	*ret_sectors = w->ranges[k - 1].from + w->ranges[k - 1].n - w->ranges[i].from;
	return k;
}

/* ---- copying */

static int progress(void *ctx, unsigned hundredths, struct err *e)
{
	struct copier *w = ctx;
	const unsigned sector = w->r->was.disk.sector;

	if (interrupt_caught())
		return err_set(e, ECANCELED, "interrupted");
	say_progress(&w->r->say, (w->done + w->now / 10000 * hundredths) * sector, w->total * sector);
	return 0;
}

static int copy_ranges(struct copier *w, struct err *e)
{
	const unsigned sector = w->r->was.disk.sector;
	size_t next;

	w->r->c->report.progress.bytes = true;
	progress_start(&w->r->c->report.progress);
	for (size_t i = 0; i < w->n; i = next) {
		struct convert c = {
			.from = w->from,
			.to = w->to,
			.overlay = -1,
			.ranged = true,
			.from_at = w->ranges[i].from * sector,
			.to_at = w->ranges[i].to * sector,
			.to_is_zero = w->to_is_zero,
			.no_sparse = w->r->o->no_sparse,
			.progress = progress,
			.ctx = w,
		};

		next = run_from(w, i, &w->now);
		c.length = w->now * sector;
		for (size_t k = i; k < next; k++)
			if (w->ranges[k].target)
				say_message(&w->r->say, "Copying %s", w->ranges[k].target->from->name);
		if (convert_run(&c, e) < 0)
			return err_ctx(e, "copying");
		w->done += w->now;
	}
	progress_hide(&w->r->c->report.progress);
	return 0;
}

/* ---- the two disks */

static struct image *open_image(struct resize *r, size_t i, bool write, struct err *e)
{
	const unsigned flags = (write ? IMAGE_WRITE : 0) |
			       (r->c->images.allow_external ? IMAGE_ALLOW_EXTERNAL : 0);

	return guest_open_drive(&r->drives[i], flags, e);
}

/* No file of one may be a file of the other, of whatever layer. */
static int check_different(const struct image *from, const struct image *to, struct err *e)
{
	if (!image_shares(from, IMAGE_LAYERS_MAX, to))
		return 0;
	return err_set(e, EINVAL,
		       "'%s' and '%s' are the same disk, or one stands on the other, or both on a third: OUT is "
		       "to be a disk of its own; with --in-place a disk is resized where it is",
		       from->name, to->name);
}

/* All of it: what is not copied over would be there again, in an extra partition or behind a content that grew. */
static int erase_target(struct resize *r, struct err *e)
{
	char disk[] = "/dev/sda";
	const struct erase_args a = { .device = disk, .all = true };

	resize_use(r, OUT, true);
	if (guest_launch(r->c, e) < 0 || call_erase(r->c->session, &a, NULL, e) < 0 ||
	    session_finish(r->c->session, e) < 0)
		return -1;
	resize_session_end(r);
	return 0;
}

/* Makes the target one of which it is known what is on it, nothing at best. */
static int prepare_target(struct copier *w, struct err *e)
{
	const struct image_layer *l = &w->to->layers[0];
	struct stat st;
	int zero = convert_is_zero(w->to, e);

	if (zero < 0)
		return err_ctx(e, "'%s'", w->r->out);
	w->to_is_zero = zero;
	if (zero)
		return 0;
	if (!strcmp(l->format, "raw") && !l->offset && !l->remote && fstat(l->fd, &st) == 0 &&
	    S_ISREG(st.st_mode)) {
		if (ftruncate(l->fd, 0) < 0 || ftruncate(l->fd, st.st_size) < 0)
			return err_sys(e, "cannot empty '%s'", w->r->out);
		w->to_is_zero = true;
		return 0;
	}
	image_close(TAKE(w->to));
	if (erase_target(w->r, e) < 0)
		return -1;
	w->to = open_image(w->r, OUT, true, e);
	w->to_is_zero = true;
	return w->to ? 0 : -1;
}

/* What is on the source, and what is to become of it. */
static int look_and_plan(struct copier *w, struct err *e)
{
	struct resize *r = w->r;
	struct plan_options o = r->o->plan;

	say_message(&r->say, "Examining %s", r->in);
	resize_use(r, IN, false);
	if (guest_launch(r->c, e) < 0 || describe(r->c, resize_needs_mountpoints(r->o), &r->was, e) < 0)
		return -1;
	r->before = w->from->virtual_size;
	o.target = r->target = w->to->virtual_size;
	if (plan_copy(&r->was.disk, &o, &r->plan, e) < 0 || resize_check(r, e) < 0)
		return -1;
	resize_session_end(r);
	return 0;
}

static int write_target(struct resize *r, struct err *e)
{
	resize_use(r, OUT, true);
	if (guest_launch(r->c, e) < 0 || resize_apply(r, e) < 0 || session_finish(r->c->session, e) < 0)
		return -1;
	resize_session_end(r);
	return 0;
}

int resize_copy(struct resize *r, struct err *e)
{
	struct copier w __attribute__((cleanup(copier_release_p))) = { .r = r };

	w.from = open_image(r, IN, false, e);
	if (!w.from)
		return -1;
	w.to = open_image(r, OUT, true, e);
	if (!w.to || check_different(w.from, w.to, e) < 0 || look_and_plan(&w, e) < 0)
		return -1;
	r->c->report.image = r->out;
	if (!r->c->images.json)
		summary_print(r);
	if (r->o->dry_run)
		return 0;
	say_message(&r->say, "Setting up initial partition table on %s", r->out);
	make_ranges(&w);
	if (prepare_target(&w, e) < 0 || copy_ranges(&w, e) < 0)
		return -1;
	image_close(TAKE(w.from));
	image_close(TAKE(w.to));
	return write_target(r, e);
}
