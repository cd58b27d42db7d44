/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What changes on the disk, in a copy or in place: its table, then the contents, layer by layer, then a
 * look whether all came out as planned. What was to grow and has not is an error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "cli/storage.h"
#include "plan_disk.h"
#include "resize.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

static char disk[] = "/dev/sda";

bool resize_needs_mountpoints(const struct resize_options *o)
{
	for (size_t i = 0; i < o->plan.n_wishes; i++)
		if (o->wishes[i].name[0] == '/' && strncmp(o->wishes[i].name, "/dev/", 5) != 0)
			return true;
	return false;
}

void resize_use(struct resize *r, size_t i, bool write)
{
	struct image_opts *io = &r->c->images;

	io->drives = &r->drives[i];
	io->n_drives = 1;
	io->read_only = !write;
}

void resize_session_end(struct resize *r)
{
	interrupt_watch(NULL);
	session_close(TAKE(r->c->session));
}

/* ---- the table */

static const char *kind_word(enum plan_kind kind)
{
	return kind == PLAN_LOGICAL ? "logical" : kind == PLAN_EXTENDED ? "extended" : "primary";
}

static const struct plan_target *extended_target(const struct plan *p)
{
	for (size_t i = 0; i < p->n_targets; i++)
		if (p->targets[i].kind == PLAN_EXTENDED && p->targets[i].action != PLAN_DELETED)
			return &p->targets[i];
	return NULL;
}

/* Are the logical partitions as far behind the beginning of the extended one as they were, all of them? */
static bool is_inside_kept(const struct plan *p, const struct plan_target *x)
{
	for (size_t i = 0; i < p->n_targets; i++) {
		const struct plan_target *t = &p->targets[i];

		if (t->kind == PLAN_LOGICAL && (t->action == PLAN_DELETED || t->number != t->from->number ||
						t->start - x->start != t->from->start - x->from->start))
			return false;
	}
	return true;
}

/*
 * The sector of a logical partition's boot record: the first is where the extended one begins. The others are
 * where they were, or, if partitions have moved against each other, as far before the partition as they were, if
 * that is still between it and the one before on the disk, whatever their numbers.
 */
static uint64_t ebr_of(const struct plan *p, const struct plan_target *t)
{
	const struct plan_target *x = extended_target(p);
	uint64_t end = x->start + 1, back = t->from->start - t->from->ebr;

	if (t->number == 5)
		return x->start;
	if (is_inside_kept(p, x))
		return x->start + (t->from->ebr - x->from->start);
	for (size_t i = 0; i < p->n_targets; i++) {
		const struct plan_target *o = &p->targets[i];

		if (o->kind == PLAN_LOGICAL && o->action != PLAN_DELETED && o->start < t->start &&
		    o->start + o->sectors > end)
			end = o->start + o->sectors;
	}
	return back < t->start && t->start - back >= end && t->start - back > x->start ? t->start - back : end;
}

static int write_table(struct resize *r, struct err *e)
{
	const struct plan *p = &r->plan;
	CLEANUP(free) wire_place *v = xcalloc(p->n_targets + 1, sizeof(*v));
	struct write_table_args a = { .device = disk,
				      .saved = r->was.table.saved,
				      .boot_code = !r->o->no_boot_loader };
	CLEANUP(write_table_ret_release) struct write_table_ret ret = { 0 };
	uint32_t n = 0;

	for (size_t i = 0; i < p->n_targets; i++) {
		const struct plan_target *t = &p->targets[i];

		if (t->action == PLAN_DELETED)
			continue;
		v[n++] = (wire_place){
			.from = t->from ? t->from->number : 0,
			.number = t->number,
			.kind = (char *)kind_word(t->kind),
			.start = t->start,
			.sectors = t->sectors,
			.ebr = t->kind == PLAN_LOGICAL ? ebr_of(p, t) : 0,
		};
	}
	a.places.v = v;
	a.places.n = n;
	if (call_write_table(r->c->session, &a, &ret, e) < 0)
		return -1;
	for (uint32_t i = 0; i < ret.mended.n; i++)
		report_step(&r->c->report, ret.mended.v[i]);
	return 0;
}

/* ---- contents */

/* The name that it has on the disk now: numbers of logical partitions may be others. */
static char *device_now(const struct resize *r, const char *device)
{
	for (size_t i = 0; i < r->plan.n_targets; i++) {
		const struct plan_target *t = &r->plan.targets[i];

		if (t->from && !strcmp(t->from->name, device))
			return description_part_name(t->number);
	}
	return xstrdup(device);
}

static bool is_filesystem(const char *type)
{
	return strcmp(type, "LV") != 0 && strcmp(type, "LVM2_member") != 0 && strcmp(type, "crypto_LUKS") != 0;
}

static int cannot(const struct plan_grow *g, struct err *e)
{
	if (g->smaller) {
		err_ctx(e, "cannot make '%s' anew", g->device);
		return err_hint(e, "--resize-force makes its partition smaller all the same");
	}
	err_ctx(e, "cannot expand '%s'", g->device);
	return is_filesystem(g->type) ? err_hint(e, "--no-expand-content leaves it as it is") : -1;
}

/* Numbers of an MBR end at 2^32 sectors. */
static void warn_of_rest(struct resize *r)
{
	const uint64_t end = ((uint64_t)1 << 32) * r->was.disk.sector;
	char shown[32];

	if (r->was.disk.table == PLAN_MBR && r->target > end)
		say_warning(&r->say,
			    "the last %s (%llu bytes) of the disk are beyond what an MBR can tell of, and stay unused",
			    plan_shown(shown, r->target - end), (unsigned long long)(r->target - end));
}

int resize_check(struct resize *r, struct err *e)
{
	warn_of_rest(r);
	for (size_t i = 0; i < r->plan.n_grows; i++) {
		const struct plan_grow *g = &r->plan.grows[i];
		const struct can_grow_args a = { .device = (char *)g->device, .type = (char *)g->type,
						 .force = r->o->force_ntfs };

		if (g->method && is_filesystem(g->type) && call_can_grow(r->c->session, &a, NULL, e) < 0)
			return cannot(g, e);
	}
	return 0;
}

static int check_grown(const struct plan_grow *g, const struct grow_ret *ret, struct err *e)
{
	char room[32], has[32];

	if (!strcmp(g->type, "crypto_LUKS") || !ret->after || g->smaller ||
	    plan_has_grown(ret->before, ret->after, ret->room))
		return 0;
	return err_set(e, EIO, "%s was to grow to the %s of its device, and has %s", g->device,
		       plan_shown(room, ret->room), plan_shown(has, ret->after));
}

/*
 * Opens what is encrypted, if that is to grow or lies below: the table closed it, and one that lies on a
 * volume is opened when that has grown. Before and after are then what it has inside.
 */
static int open_below(struct resize *r, const struct plan_grow *g, const char *device, struct grow_ret *ret,
		      struct err *e)
{
	CLEANUP(storage_ret_release) struct storage_ret now = { 0 };

	if (strcmp(g->type, "crypto_LUKS") != 0 && !description_in_crypt(&r->was.storage, g->device))
		return 0;
	if (storage_list_strict(r->c, &now, e) < 0)
		return -1;
	ret->before = description_opened_size(&r->was.storage, g->device);
	ret->after = description_opened_size(&now, device);
	return 0;
}

static void say_grow(struct resize *r, const struct plan_grow *g, const char *device)
{
	const char *verb = g->smaller ? "Making anew" : "Expanding";

	if (!strcmp(device, g->device))
		say_message(&r->say, "%s %s using the ‘%s’ method", verb, g->device, g->method);
	else
		say_message(&r->say, "%s %s (now %s) using the ‘%s’ method", verb, g->device, device, g->method);
}

static int grow(struct resize *r, const struct plan_grow *g, struct err *e)
{
	CLEANUP(free) char *device = device_now(r, g->device);
	struct grow_args a = { .device = device, .type = (char *)g->type, .force = r->o->force_ntfs };
	CLEANUP(grow_ret_release) struct grow_ret ret = { 0 };
	struct grow_ret inside = { 0 };

	say_grow(r, g, device);
	if (open_below(r, g, device, &inside, e) < 0)
		return -1;
	if (call_grow(r->c->session, &a, &ret, e) < 0)
		return cannot(g, e);
	for (uint32_t i = 0; i < ret.notices.n; i++)
		say_warning(&r->say, "%s", ret.notices.v[i]);
	if (!strcmp(g->type, "crypto_LUKS")) {
		ret.before = inside.before;
		ret.after = inside.after;
	}
	r->grown[r->n_grown++] = (struct grown){ g, ret.before, ret.after };
	return check_grown(g, &ret, e);
}

static int grow_all(struct resize *r, struct err *e)
{
	r->grown = xcalloc(r->plan.n_grows + 1, sizeof(*r->grown));
	for (size_t i = 0; i < r->plan.n_grows; i++)
		if (r->plan.grows[i].method && grow(r, &r->plan.grows[i], e) < 0)
			return -1;
	return 0;
}

/* ---- was it done? */

static const wire_partition *numbered(const struct table_ret *t, unsigned number)
{
	for (uint32_t i = 0; i < t->list.n; i++)
		if (t->list.v[i].number == number)
			return &t->list.v[i];
	return NULL;
}

/* Does a boot sector find what it found? One that grew may have its copy elsewhere. */
static bool refs_hold(const struct plan_target *t, const char *was, const char *now)
{
	/* Nothing is to be found in what is not there. */
	if (!*was || t->action == PLAN_IGNORED || t->sectors < t->from->sectors)
		return true;
	return !strcmp(was, now) || (t->sectors > t->from->sectors && !strncmp(was, "hidden", 6) &&
				     !strncmp(now, "hidden", 6));
}

/* One partition of the plan: its place, and all else as it was. */
static int check_target(const struct resize *r, const struct table_ret *now, const struct plan_target *t,
			struct err *e)
{
	const wire_partition *p = numbered(now, t->number);
	const wire_partition *was = t->from ? numbered(&r->was.table, t->from->number) : NULL;

	if (!p || p->start != t->start || p->sectors != t->sectors || strcmp(p->kind, kind_word(t->kind)) != 0)
		return err_set(e, EIO, "partition %u is not where it was to be", t->number);
	if (was && (strcmp(p->type, was->type) != 0 || p->attributes != was->attributes ||
		    p->bootable != was->bootable || strcmp(p->name, was->name) != 0))
		return err_set(e, EIO, "partition %u has not the type, name or flags that it had", t->number);
	if (was && !refs_hold(t, was->refs, p->refs))
		return err_set(e, EIO, "the boot sector of partition %u does not find what it found before (%s, now %s)",
			       t->number, was->refs, *p->refs ? p->refs : "nothing");
	if (was && r->was.disk.table == PLAN_GPT && strcmp(p->uuid, was->uuid) != 0)
		return err_set(e, EIO, "partition %u has not the GUID that it had", t->number);
	return 0;
}

static int check_disk(struct resize *r, struct err *e)
{
	const struct table_args a = { .device = disk };
	CLEANUP(table_ret_release) struct table_ret now = { 0 };
	size_t n = 0;

	if (call_table(r->c->session, &a, &now, e) < 0)
		return -1;
	for (size_t i = 0; i < r->plan.n_targets; i++) {
		if (r->plan.targets[i].action == PLAN_DELETED)
			continue;
		n++;
		if (check_target(r, &now, &r->plan.targets[i], e) < 0)
			return -1;
	}
	/* An MBR in which nothing is left is told by nothing from no table. */
	if (!n && !now.list.n && r->was.disk.table == PLAN_MBR)
		return 0;
	if (now.list.n != n || strcmp(now.id, r->was.table.id) != 0 || now.warnings.n)
		return err_set(e, EIO, "the partition table is not the one that was to be");
	if (*r->was.table.refs && !r->o->no_boot_loader && strcmp(r->was.table.refs, now.refs) != 0)
		return err_set(e, EIO, "GRUB's boot sector does not find all of its core any more: the guest would not boot");
	return 0;
}

int resize_apply(struct resize *r, struct err *e)
{
	/* It is a copy, or an overlay: half of it is nothing. */
	session_expendable(r->c->session);
	if (write_table(r, e) < 0 || grow_all(r, e) < 0)
		return -1;
	return check_disk(r, e) < 0 ? err_ctx(e, "checking the result") : 0;
}
