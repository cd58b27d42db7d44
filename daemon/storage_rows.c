/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See storage_rows.h. File systems come in the order of disks, opened encryption, partitions,
 * arrays, logical volumes, which is how people know them from other tools.
 */
#include "storage_rows.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "btrfs.h"
#include "devices.h"
#include "devname.h"
#include "fs_size.h"
#include "fstype.h"
#include "grow.h"
#include "lvm_group.h"
#include "md.h"
#include "mounts.h"
#include "ptype.h"
#include "util/io.h"
#include "util/xalloc.h"

#define SECTOR 512

struct rows {
	struct guestd *g;
	wire_blocks *out;
	struct strvec *warnings;
};

/* A new row without anything in it but these; the rest can be set by assignment. */
static wire_block *add(struct rows *r, const char *kind, const char *name, uint64_t size)
{
	wire_blocks *b = r->out;

	b->v = xreallocarray(b->v, b->n + 1, sizeof(*b->v));
	b->v[b->n] = (wire_block){
		.name = xstrdup(name),
		.kind = xstrdup(kind),
		.vfs = xstrdup(""),
		.version = xstrdup(""),
		.label = xstrdup(""),
		.uuid = xstrdup(""),
		.mbr = -1,
		.start = -1,
		.size = size,
		.note = xstrdup(""),
	};
	return &b->v[b->n++];
}

/* Gives a row's string another value. */
static void set(char **field, char *value)
{
	free(*field);
	*field = value;
}

static void add_parent(wire_block *b, const char *name)
{
	b->parents.v = xreallocarray(b->parents.v, b->parents.n + 1, sizeof(char *));
	b->parents.v[b->parents.n++] = xstrdup(name);
}

/* What a device lies on: of a logical volume its group, of others the devices below. */
static void add_parents(wire_block *b, const struct device *d)
{
	CLEANUP(free) char *group = d->group ? lvm_group_user(d->group) : NULL;

	if (group)
		add_parent(b, group);
	for (size_t i = 0; i < d->n_parents && !group; i++)
		add_parent(b, d->parents[i]->user);
}

static uint64_t size_of(const char *node)
{
	CLEANUP(fd_close) int fd = open(node, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;

	return fd >= 0 && ioctl(fd, BLKGETSIZE64, &size) == 0 ? size : 0;
}

/* Why a device cannot be used: "" where it can, or is, by what lies on it. */
static const char *note_of(const struct device *d)
{
	const struct fstype *t = fstype_find(d->probe.type);

	if (d->covered || !t || !t->not_fs || t->mkfs[0])
		return "";
	return t->not_fs;
}

/* The subvolumes, as rows of their own. */
static void add_subvols(struct rows *r, struct device *d)
{
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;
	CLEANUP(buf_release) struct buf options = BUF_INIT;
	struct err e;

	if (mounts_look(r->g, d, NULL, &options, &e) < 0) {
		strvec_addf(r->warnings, "%s", e.msg);
		return;
	}
	int fd = open(LOOK_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		btrfs_subvols(fd, &paths);
	fd_close(fd);
	mounts_look_end(r->g, d);
	for (size_t i = 0; i < paths.n; i++) {
		CLEANUP(free) char *name = xasprintf("btrfsvol:%s/%s", d->user, paths.v[i]);
		wire_block *b = add(r, "filesystem", name, 0);

		set(&b->vfs, xstrdup(d->probe.type));
		set(&b->label, xstrdup(d->probe.label));
		set(&b->uuid, xstrdup(d->probe.uuid));
		add_parent(b, d->user);
	}
}

/* Bytes that its content takes. */
static uint64_t content_of(const struct device *d)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);

	return fd >= 0 ? fs_size(fd, d->probe.type) : 0;
}

static void add_filesystem(struct rows *r, struct device *d)
{
	wire_block *b;

	device_table(r->g, d);
	if (d->part_type && ptype_is_reserved(d->part_type))
		return;
	b = add(r, "filesystem", d->user, d->probe.size);
	set(&b->vfs, xstrdup(d->probe.type));
	set(&b->label, xstrdup(d->probe.label));
	set(&b->uuid, xstrdup(d->probe.uuid));
	set(&b->version, device_fs_version(d));
	set(&b->note, xstrdup(note_of(d)));
	b->content = content_of(d);
	b->content_max = grow_max(d);
	if (d->part_type && ptype_is_ldm(d->part_type) && !strcmp(b->vfs, "unknown")) {
		set(&b->vfs, xstrdup("LDM_member"));
		set(&b->note, xstrdup(fstype_find("LDM_member")->not_fs));
	}
	add_parents(b, d);
	if (device_is(d, "btrfs") && !d->first)
		add_subvols(r, d);
}

/* The place of a device in the list of file systems. */
static int rank(const struct device *d)
{
	switch (d->kind) {
	case DEVICE_DISK:
		return 0;
	case DEVICE_CRYPT:
		return 1;
	case DEVICE_PARTITION:
		return d->disk >= 0 ? 2 : 3;
	case DEVICE_MD:
		return 3;
	default:
		return 4;
	}
}

static int by_rank(const void *a, const void *b)
{
	const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;
	int first = rank(x), second = rank(y);

	if (first != second)
		return first - second;
	if (x->disk != y->disk)
		return x->disk < y->disk ? -1 : 1;
	if (x->disk >= 0)
		return x->part < y->part ? -1 : x->part > y->part;
	return strcmp(x->user, y->user);
}

struct device **storage_order(struct guestd *g, size_t *ret_n)
{
	struct storage *st = storage_of(g);
	struct device **v = xcalloc(st->n_devices + 1, sizeof(struct device *));
	size_t n = 0;

	for (size_t i = 0; i < st->n_devices; i++)
		if (!st->devices[i]->split)
			v[n++] = st->devices[i];
	qsort(v, n, sizeof(struct device *), by_rank);
	*ret_n = n;
	return v;
}

static void add_filesystems(struct rows *r)
{
	size_t n;
	CLEANUP(free) struct device **v = storage_order(r->g, &n);

	for (size_t i = 0; i < n; i++)
		add_filesystem(r, v[i]);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const wire_block *)a)->name, ((const wire_block *)b)->name);
}

/* Puts the rows from the first on in order of their names. */
static void sort_from(struct rows *r, uint32_t first)
{
	if (r->out->n > first + 1)
		qsort(r->out->v + first, r->out->n - first, sizeof(*r->out->v), by_name);
}

/* Bytes of its group: more than it has, where not all of its parts have data. */
static uint64_t volume_taken(const struct lvm_lv *lv, uint64_t size)
{
	const __uint128_t taken = lv->data ? (__uint128_t)size * lv->parts / lv->data : 0;

	return taken > UINT64_MAX ? 0 : (uint64_t)taken;
}

/* Rows of devices of one kind. */
static void add_kind(struct rows *r, enum device_kind kind, const char *word)
{
	struct storage *st = storage_of(r->g);
	uint32_t first = r->out->n;

	for (size_t i = 0; i < st->n_devices; i++) {
		const struct device *d = st->devices[i];
		const struct md_super *md = md_super_of(r->g, d);
		char id[LVM_ID_LEN + 7];

		if (d->kind != kind)
			continue;
		wire_block *b = add(r, word, d->user, size_of(d->node));
		add_parents(b, d);
		if (d->volume) {
			b->content = volume_taken(d->volume, b->size);
			lvm_id_dashed(d->volume->id, id);
			set(&b->uuid, xstrdup(id));
		} else if (md) {
			set(&b->uuid, xstrdup(md->uuid));
			set(&b->label, xstrdup(md->name));
			set(&b->note, md_note(r->g, d));
		}
	}
	sort_from(r, first);
}

static void add_groups(struct rows *r, const struct lvm *l)
{
	uint32_t first = r->out->n;

	for (size_t i = 0; i < l->n_groups; i++) {
		const struct lvm_group *group = l->groups[i];
		CLEANUP(free) char *user = lvm_group_user(group);
		wire_block *b = add(r, "vg", user, 0);
		char id[LVM_ID_LEN + 7];

		lvm_id_dashed(group->vg.id, id);
		set(&b->uuid, xstrdup(id));
		for (size_t k = 0; k < group->vg.n_pvs; k++) {
			b->size += group->vg.pvs[k].extents * group->vg.extent * SECTOR;
			if (group->pvs[k])
				add_parent(b, group->pvs[k]->user);
		}
		b->content = lvm_vg_used(&group->vg) * SECTOR;
		if (group->n_missing)
			set(&b->note, xasprintf("%zu of its %zu physical volumes are missing",
						group->n_missing, group->vg.n_pvs));
	}
	sort_from(r, first);
}

static void add_physical(struct rows *r, const struct lvm *l)
{
	uint32_t first = r->out->n;

	for (size_t i = 0; i < l->n_members; i++) {
		const struct lvm_member *m = &l->members[i];
		wire_block *b = add(r, "pv", m->device->user, m->device->probe.size);
		char id[LVM_ID_LEN + 7];

		if (strlen(m->id) == LVM_ID_LEN) {
			lvm_id_dashed(m->id, id);
			set(&b->uuid, xstrdup(id));
		}
		for (size_t k = 0; m->group && k < m->group->vg.n_pvs; k++)
			if (m->group->pvs[k] == m->device) {
				const struct lvm_pv *pv = &m->group->vg.pvs[k];

				b->size = pv->extents * m->group->vg.extent * SECTOR;
				b->content = pv->start * SECTOR + b->size;
			}
		if (m->damaged && !m->group)
			set(&b->note, xstrdup("its metadata is damaged"));
	}
	sort_from(r, first);
}

/* One partition, whether it can hold a file system or not. */
static void add_partition(struct rows *r, const struct device *whole, unsigned part,
			  const char *type)
{
	const char *mark = whole->disk >= 0 ? "" : "p";
	CLEANUP(free) char *user = xasprintf("%s%s%u", whole->user, mark, part);
	char node[64];
	wire_block *b;

	devname_kernel(whole->node + 5, part, node, sizeof(node));
	b = add(r, "partition", user, size_of(node));
	b->start = (int64_t)node_start(node);
	if (!strncmp(type, "0x", 2))
		b->mbr = (int64_t)strtoul(type, NULL, 16);
	add_parent(b, whole->user);
}

static bool has_row(const struct table *t, unsigned part)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].part == part)
			return true;
	return false;
}

/* Partitions by their table, and those that only the kernel knows of. */
static void add_partitions(struct rows *r)
{
	struct storage *st = storage_of(r->g);

	for (size_t i = 0; i < st->n_devices; i++) {
		CLEANUP(table_release) struct table t = { NULL, 0 };
		const struct device *whole = st->devices[i];
		struct err e;

		if (!whole->split)
			continue;
		(void)!table_read(whole->node, &t, &e);
		for (size_t k = 0; k < t.n; k++)
			add_partition(r, whole, t.v[k].part, t.v[k].type);
		for (size_t k = 0; k < st->n_devices; k++) {
			const struct device *d = st->devices[k];

			if (d->kind == DEVICE_PARTITION && d->parents[0] == whole &&
			    !has_row(&t, d->part))
				add_partition(r, whole, d->part, "");
		}
	}
}

void storage_rows(struct guestd *g, wire_blocks *ret, struct strvec *warnings)
{
	struct rows r = { g, ret, warnings };
	const struct lvm *l = storage_of(g)->lvm;

	add_filesystems(&r);
	add_kind(&r, DEVICE_LV, "lv");
	if (l) {
		add_groups(&r, l);
		add_physical(&r, l);
	}
	add_kind(&r, DEVICE_MD, "md");
	add_kind(&r, DEVICE_CRYPT, "crypt");
	add_partitions(&r);
	for (size_t i = 0; i < storage_of(g)->n_devices; i++)
		if (storage_of(g)->devices[i]->kind == DEVICE_DISK)
			add(&r, "device", storage_of(g)->devices[i]->user,
			    size_of(storage_of(g)->devices[i]->node));
}
