/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See plan_disk.h. */
#include "plan_disk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

#define BTRFS_MIN (256ull << 20) /* bytes to which its driver changes a size; linux/fs/btrfs/ioctl.c */
#define MBR_SECTORS    ((uint64_t)1 << 32) /* its numbers have 32 bits */
#define GPT_ENTRY      128		   /* bytes */
#define DISK_MIN_BYTES (2u << 20)

/* Bytes at the end of its device that content may leave: where it has grown, and where it has not at all. */
#define REST_MAX (160u << 20)
#define GAIN_MIN (32u << 20)

static int by_start(const void *a, const void *b)
{
	const struct plan_part *x = *(const struct plan_part *const *)a;
	const struct plan_part *y = *(const struct plan_part *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	/* An extended partition comes before what is in it. */
	return (x->kind == PLAN_LOGICAL) - (y->kind == PLAN_LOGICAL);
}

const struct plan_part **plan_sorted(const struct plan_disk *d)
{
	const struct plan_part **v = xcalloc(d->n_parts + 1, sizeof(const struct plan_part *));

	for (size_t i = 0; i < d->n_parts; i++)
		v[i] = &d->parts[i];
	qsort(v, d->n_parts, sizeof(const struct plan_part *), by_start);
	return v;
}

const struct plan_part *plan_extended_of(const struct plan_disk *d, const struct plan_part *p)
{
	for (size_t i = 0; p->kind == PLAN_LOGICAL && i < d->n_parts; i++) {
		const struct plan_part *x = &d->parts[i];

		if (x->kind == PLAN_EXTENDED && p->start >= x->start &&
		    p->start - x->start < x->sectors)
			return x;
	}
	return NULL;
}

uint64_t plan_first_usable(const struct plan_disk *d)
{
	if (d->table == PLAN_MBR)
		return 1;
	return 2 + plan_roundup((uint64_t)d->gpt_entries * GPT_ENTRY, d->sector) / d->sector;
}

uint64_t plan_usable_end(const struct plan_disk *d, uint64_t sectors)
{
	uint64_t tail = plan_first_usable(d) - 1; /* the backup: a header and the entries */

	if (d->table == PLAN_MBR)
		return sectors < MBR_SECTORS ? sectors : MBR_SECTORS;
	return sectors > tail ? sectors - tail : 0;
}

const char *plan_shown(char ret[32], uint64_t bytes)
{
	static const char units[] = "KMGTP";
	double v = (double)bytes;
	int u = -1;

	while (v >= 1024 && units[u + 1])
		v /= 1024, u++;
	if (u < 0)
		snprintf(ret, 32, "%llu", (unsigned long long)bytes);
	else
		snprintf(ret, 32, "%.1f%c", v, units[u]);
	return ret;
}

/* One partition by itself. */
static int check_part(const struct plan_disk *d, const struct plan_part *p, struct err *e)
{
	const struct plan_part *x = plan_extended_of(d, p);
	char a[32], b[32];

	if (!p->sectors || p->start >= d->sectors || p->sectors > d->sectors - p->start)
		return err_set(e, EINVAL, "'%s' does not lie on the disk", p->name);
	if (p->kind != PLAN_PRIMARY && d->table == PLAN_GPT)
		return err_set(e, EINVAL, "'%s' is extended or logical, which a GPT does not have",
			       p->name);
	if (p->kind == PLAN_LOGICAL &&
	    (!x || p->sectors > x->sectors - (p->start - x->start) || p->ebr < x->start ||
	     p->ebr >= x->start + x->sectors))
		return err_set(e, EINVAL, "'%s' does not lie in an extended partition", p->name);
	if (p->n_layers && p->layers[0].size > p->sectors * d->sector)
		return err_set(e, EINVAL,
			       "what is on '%s' is larger than the partition (%s, which is more than "
			       "%s): it is damaged, or another partition table was meant",
			       p->name, plan_shown(a, p->layers[0].size),
			       plan_shown(b, p->sectors * d->sector));
	return 0;
}

/* Do two of them lie on each other, or have one number? */
static int check_pairs(const struct plan_disk *d, const struct plan_part **v, struct err *e)
{
	const struct plan_part *top = NULL, *logical = NULL;
	unsigned extended = 0;

	for (size_t i = 0; i < d->n_parts; i++) {
		const struct plan_part *p = v[i];
		const struct plan_part **last = p->kind == PLAN_LOGICAL ? &logical : &top;

		if (*last && p->start - (*last)->start < (*last)->sectors)
			return err_set(e, EINVAL, "'%s' and '%s' overlap", (*last)->name, p->name);
		*last = p;
		extended += p->kind == PLAN_EXTENDED;
		for (size_t k = 0; k < i; k++)
			if (v[k]->number == p->number)
				return err_set(e, EINVAL, "'%s' and '%s' have one number",
					       v[k]->name, p->name);
	}
	if (extended > 1)
		return err_set(e, EINVAL, "the disk has more than one extended partition");
	return 0;
}

int plan_check_disk(const struct plan_disk *d, struct err *e)
{
	CLEANUP(free) const struct plan_part **v = NULL;

	if (d->sectors > (uint64_t)1 << 52)
		return err_set(e, EFBIG, "the disk is larger than any");
	if (d->sectors * d->sector < DISK_MIN_BYTES)
		return err_set(e, EINVAL, "file is too small to be a disk image (%llu bytes)",
			       (unsigned long long)(d->sectors * d->sector));
	if (!d->n_parts)
		return err_set(e, EINVAL, "the source disk has no partitions");
	if (d->n_parts > PLAN_PARTS_MAX)
		return err_set(e, E2BIG, "the source disk has more than %d partitions",
			       PLAN_PARTS_MAX);
	for (size_t i = 0; i < d->n_parts; i++)
		if (check_part(d, &d->parts[i], e) < 0)
			return -1;
	v = plan_sorted(d);
	return check_pairs(d, v, e);
}

const char *plan_option(enum plan_wish_kind kind)
{
	static const char *const names[] = {
		[PLAN_WISH_EXPAND] = "--expand",      [PLAN_WISH_SHRINK] = "--shrink",
		[PLAN_WISH_RESIZE] = "--resize",      [PLAN_WISH_FORCE] = "--resize-force",
		[PLAN_WISH_DELETE] = "--delete",      [PLAN_WISH_IGNORE] = "--ignore",
		[PLAN_WISH_LV_EXPAND] = "--lv-expand",
	};

	return names[kind];
}

/* What is behind "/dev/" and the kind of disk: "a2" of sda2, /dev/vda2, hda2. */
static const char *disk_letters(const char *name)
{
	static const char *const kinds[] = { "sd", "vd", "hd", "xvd" };

	if (!strncmp(name, "/dev/", 5))
		name += 5;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strncmp(name, kinds[i], strlen(kinds[i])))
			return name + strlen(kinds[i]);
	return NULL;
}

static bool is_part(const struct plan_part *p, const char *name)
{
	const char *want = disk_letters(name), *have = disk_letters(p->name);

	if (p->mountpoint && !strcmp(p->mountpoint, name))
		return true;
	return !strcmp(p->name, name) || (want && have && !strcmp(want, have));
}

static bool is_volume(const struct plan_volume *v, const char *name)
{
	if (v->mountpoint && !strcmp(v->mountpoint, name))
		return true;
	return !strcmp(v->name, name) || (!strncmp(v->name, "/dev/", 5) && !strcmp(v->name + 5, name));
}

int plan_find(const struct plan_disk *d, const struct plan_wish *w, struct plan_named *ret,
	      struct err *e)
{
	*ret = (struct plan_named){ NULL, NULL };
	for (size_t i = 0; i < d->n_parts && !ret->part; i++)
		if (is_part(&d->parts[i], w->name))
			ret->part = &d->parts[i];
	for (size_t i = 0; i < d->n_volumes && !ret->part && !ret->volume; i++)
		if (is_volume(&d->volumes[i], w->name))
			ret->volume = &d->volumes[i];
	if (ret->part || ret->volume)
		return 0;
	if (w->kind == PLAN_WISH_LV_EXPAND)
		return err_set(e, ENOENT,
			       "%s: logical volume not found in the source disk image (this error "
			       "came from '%s' option on the command line)",
			       w->name, plan_option(w->kind));
	return err_set(e, ENOENT,
		       "%s: %s not found in the source disk image (this error came from '%s' option "
		       "on the command line)",
		       w->name,
		       w->name[0] == '/' && strncmp(w->name, "/dev/", 5) ? "mount point" : "partition",
		       plan_option(w->kind));
}

int plan_part_below(const struct plan_disk *d, const struct plan_volume *v,
		    const struct plan_part **ret, struct err *e)
{
	const struct plan_part *found = NULL;

	for (size_t i = 0; i < d->n_parts; i++) {
		const struct plan_part *p = &d->parts[i];

		if (!p->vg || strcmp(p->vg, v->vg))
			continue;
		if (found)
			return err_set(e, EINVAL,
				       "'%s' lies on more than one partition ('%s' and '%s'): name the "
				       "one to grow, and the volume with --lv-expand",
				       v->name, found->name, p->name);
		found = p;
	}
	if (!found)
		return err_set(e, ENOENT, "'%s' lies on no partition of this disk", v->name);
	*ret = found;
	return 0;
}

/* Two volumes that are to be expanded. */
static int check_two(const struct plan_volume *a, const struct plan_volume *b, struct err *e)
{
	if (a == b)
		return err_set(e, EINVAL, "'%s' is to be expanded twice", a->name);
	if (!strcmp(a->vg, b->vg))
		return err_set(e, EINVAL,
			       "'%s' and '%s' are of one volume group, of which the first takes all that is "
			       "left: expand one of them",
			       a->name, b->name);
	return 0;
}

int plan_check_volumes(const struct plan_volume *const *v, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i] && v[i]->broken)
			return err_set(e, ENODEV,
				       "'%s' cannot be expanded: its volume group is not whole: %s",
				       v[i]->name, v[i]->broken);
		for (size_t k = 0; k < i; k++)
			if (v[i] && v[k] && check_two(v[k], v[i], e) < 0)
				return -1;
	}
	return 0;
}

/* ---- growing content */

bool plan_has_grown(uint64_t before, uint64_t after, uint64_t room)
{
	if (after <= before && room > after)
		return room - after < GAIN_MIN;
	return after >= room || room - after < REST_MAX;
}

const char *plan_method(const char *type)
{
	static const struct {
		const char *type, *method;
	} rows[] = {
		{ "LVM2_member", "pvresize" },	{ "ext2", "resize2fs" },
		{ "ext3", "resize2fs" },	{ "ext4", "resize2fs" },
		{ "ntfs", "ntfsresize" },	{ "btrfs", "btrfs-filesystem-resize" },
		{ "xfs", "xfs_growfs" },	{ "f2fs", "resize.f2fs" },
		{ "swap", "mkswap" },		{ "crypto_LUKS", "cryptsetup-resize" },
		{ "vfat", "fat-grow" },		{ "LV", "lvresize" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].type, type))
			return rows[i].method;
	return NULL;
}

static void append_grow(struct plan *p, struct plan_grow g)
{
	p->grows = xreallocarray(p->grows, p->n_grows + 1, sizeof(*p->grows));
	p->grows[p->n_grows++] = g;
}

static int add_grow(struct plan *p, const char *device, const char *type, enum plan_unknown u,
		    struct err *e)
{
	const char *method = plan_method(type);

	if (!method && u == PLAN_UNKNOWN_ERROR)
		return err_set(e, ENOTSUP,
			       "unknown/unavailable method for expanding the %s filesystem on %s: "
			       "--no-expand-content leaves it as it is, --unknown-filesystems=warn does so "
			       "with a warning",
			       type, device);
	if (!method && u == PLAN_UNKNOWN_IGNORE)
		return 0;
	append_grow(p, (struct plan_grow){ .device = device, .type = type, .method = method });
	return 0;
}

static int check_max(const struct plan_layer *l, uint64_t more, struct err *e)
{
	char a[32], b[32];

	if (more && !strcmp(l->type, "btrfs") && l->room + more < BTRFS_MIN)
		return err_set(e, ERANGE,
			       "'%s' cannot grow to %s: the btrfs on it grows to no less than %s, which is more by %llu "
			       "bytes; --no-expand-content leaves it as it is",
			       l->device, plan_shown(a, l->room + more), plan_shown(b, BTRFS_MIN),
			       (unsigned long long)(BTRFS_MIN - l->room - more));
	if (!l->max || !plan_method(l->type) || l->room + more <= l->max)
		return 0;
	return err_set(e, EFBIG,
		       "'%s' cannot grow to %s: the %s on it can have %s at the most, which is less by %llu bytes; "
		       "--no-expand-content leaves it as it is",
		       l->device, plan_shown(a, l->room + more), l->type, plan_shown(b, l->max),
		       (unsigned long long)(l->room + more - l->max));
}

/* Each layer in turn; above one that cannot be grown nothing gets more room. */
static int grow_layers(struct plan *p, const struct plan_layer *v, size_t n, uint64_t more, enum plan_unknown u,
		       struct err *e)
{
	for (size_t i = 0; i < n && *v[i].type; i++) {
		if (v[i].locked)
			return err_set(e, ENOKEY,
				       "'%s' is encrypted and locked: give the key with --key %s:file:PATH; "
				       "--no-expand-content leaves what is in it as it is",
				       v[i].device, v[i].device);
		if (check_max(&v[i], more, e) < 0 || add_grow(p, v[i].device, v[i].type, u, e) < 0)
			return -1;
		if (!plan_method(v[i].type))
			break;
	}
	return 0;
}

bool plan_is_swap(const struct plan_part *p)
{
	return p->n_layers && !strcmp(p->layers[0].type, "swap");
}

void plan_shrink_swap(struct plan *p, const struct plan_target *t)
{
	const struct plan_layer *l = &t->from->layers[0];

	append_grow(p, (struct plan_grow){ l->device, l->type, plan_method(l->type), true });
}

/* Bytes that a target has beyond what it is made from. */
static uint64_t gained(const struct plan_disk *d, const struct plan_target *t)
{
	return t->from && t->sectors > t->from->sectors ? (t->sectors - t->from->sectors) * d->sector : 0;
}

int plan_grow_part(struct plan *p, const struct plan_disk *d, const struct plan_target *t, enum plan_unknown u,
		   struct err *e)
{
	if (t->from->unseen)
		return err_set(e, ENODEV,
			       "'%s' is in the partition table, but Linux does not see it there, so that what is in it "
			       "cannot grow: --no-expand-content makes the partition larger alone",
			       t->from->name);
	return grow_layers(p, t->from->layers, t->from->n_layers, gained(d, t), u, e);
}

/* Bytes that a group gets of a target that has grown: also what its physical volume had left over before. */
static uint64_t gained_group(const struct plan_disk *d, const struct plan_target *t)
{
	uint64_t more = gained(d, t);

	for (size_t i = 0; more && i < t->from->n_layers; i++) {
		const struct plan_layer *l = &t->from->layers[i];

		if (!strcmp(l->type, "LVM2_member") && l->size && l->room > l->size)
			return more + l->room - l->size;
	}
	return more;
}

/* Of so many bytes of its group those that are more of the volume. */
static uint64_t share(const struct plan_volume *v, uint64_t more)
{
	return v->size && v->taken > v->size ? (uint64_t)((__uint128_t)more * v->size / v->taken) : more;
}

/* It gets all that its group has left, and what that gets. */
int plan_grow_volume(struct plan *p, const struct plan_disk *d, const struct plan_volume *v, bool content,
		     enum plan_unknown u, struct err *e)
{
	uint64_t more = v->spare;

	for (size_t i = 0; i < p->n_targets; i++)
		if (p->targets[i].from && p->targets[i].from->vg && !strcmp(p->targets[i].from->vg, v->vg))
			more += gained_group(d, &p->targets[i]);
	if (add_grow(p, v->name, "LV", u, e) < 0)
		return -1;
	return content ? grow_layers(p, v->layers, v->n_layers, share(v, more), u, e) : 0;
}
