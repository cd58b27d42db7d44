/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See devices.h. */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devname.h"
#include "disks.h"
#include "fstype.h"
#include "lvm_group.h"
#include "md.h"
#include "util/io.h"
#include "util/xalloc.h"

/*
 * The kernel gives an extended partition this much at most, whatever its length: no file
 * system fits.
 */
#define EXTENDED_KIB 4
#define SYSFS_SECTOR 512
#define PROC_PARTITIONS_MAX (1u << 20)

/* A new row of the list, at its end. */
static struct device *add(struct storage *st, enum device_kind kind, const char *user,
			  const char *node)
{
	struct device *d = xcalloc(1, sizeof(*d));

	st->devices = xreallocarray(st->devices, st->n_devices + 1, sizeof(*st->devices));
	d->kind = kind;
	d->user = xstrdup(user);
	d->node = xstrdup(node);
	d->disk = -1;
	st->devices[st->n_devices++] = d;
	return d;
}

static void free_device(struct device *d)
{
	free(d->user);
	free(d->node);
	free(d->parents);
	free(d->part_uuid);
	free(d->part_name);
	free(d->part_type);
	free(d->mapper);
	probe_release(&d->probe);
	free(d);
}

/* A disk or its partition, unless the list has it. */
static struct device *add_disk(struct guestd *g, size_t disk, unsigned part)
{
	struct device *d = device_at(g, (unsigned)disk, part);
	char user[DEVNAME_MAX], node[64];

	if (!d) {
		devname_format((struct devname){ (unsigned)disk, part }, user);
		devname_kernel(g->disks[disk].node, part, node, sizeof(node));
		d = add(storage_of(g), part ? DEVICE_PARTITION : DEVICE_DISK, user, node);
		d->disk = (int)disk;
		d->part = part;
		d->disks[disk / 64] = (uint64_t)1 << disk % 64;
	}
	d->present = true;
	return d;
}

/*
 * One line of /proc/partitions, "major minor KiB name": the partition's number if it is one
 * of disk.
 */
static unsigned partition_of(const char *line, const char *disk, unsigned long long *ret_kib)
{
	char name[64];
	size_t n = strlen(disk);

	if (!n || sscanf(line, "%*u %*u %llu %63s", ret_kib, name) != 2 ||
	    strncmp(name, disk, n) != 0)
		return 0;
	const char *s = name + n;
	/* "vda1", but "md127p1": a name that ends with a digit has a mark. */
	if (disk[n - 1] >= '0' && disk[n - 1] <= '9' && *s++ != 'p')
		return 0;
	return *s >= '1' && *s <= '9' ? (unsigned)strtoul(s, NULL, 10) : 0;
}

/* A disk, then its partitions, which the kernel lists in order of their numbers. */
static void scan_disk(struct guestd *g, size_t disk, const char *partitions)
{
	struct device *whole = add_disk(g, disk, 0);

	/* Partitions of an array are seen on its members as well: they are not theirs. */
	if (whole->claimed && !whole->split)
		return;
	whole->split = false;
	for (const char *line = partitions; line; line = strchr(line, '\n')) {
		unsigned long long kib;

		line += *line == '\n';
		unsigned part = partition_of(line, g->disks[disk].node, &kib);
		if (!part)
			continue;
		whole->split = true;
		if (kib > EXTENDED_KIB && add_disk(g, disk, part)->n_parents == 0)
			device_on(device_at(g, (unsigned)disk, part), whole);
	}
}

static int by_place(const void *a, const void *b)
{
	const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;

	if (x->disk != y->disk)
		return x->disk < y->disk ? -1 : 1;
	return x->part < y->part ? -1 : x->part > y->part;
}

/* Partitions that have gone go, new ones come to their place before the mappings. */
static void tidy(struct storage *st)
{
	CLEANUP(free) struct device **old = st->devices;
	size_t n_old = st->n_devices, n = 0;

	st->devices = xcalloc(n_old + 1, sizeof(*st->devices));
	for (size_t i = 0; i < n_old; i++) {
		if (old[i]->disk < 0)
			continue;
		if (old[i]->present)
			st->devices[n++] = old[i];
		else
			free_device(old[i]);
		old[i] = NULL;
	}
	qsort(st->devices, n, sizeof(*st->devices), by_place);
	for (size_t i = 0; i < n_old; i++)
		if (old[i])
			st->devices[n++] = old[i];
	st->n_devices = n;
}

/*
 * Whole disks that are members of an array may look as if they were divided, for the array
 * is. One disk by itself may well be used as it looks.
 */
static bool find_members(struct guestd *g)
{
	struct storage *st = storage_of(g);
	bool found = false;

	for (size_t i = 0; i < st->n_devices && g->n_disks > 1; i++) {
		struct device *d = st->devices[i];

		if (d->part && d->disk >= 0 && !device_at(g, (unsigned)d->disk, 0)->split) {
			d->present = false;
		} else if (d->split && d->disk >= 0 && md_is_member(d)) {
			d->split = false;
			found = true;
		}
	}
	return found;
}

int devices_scan(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	bool again = st->n_devices > 0;

	if (st->scanned)
		return 0;
	if (disks_settle(g, e) < 0)
		return -1;
	if (file_read(AT_FDCWD, "/proc/partitions", PROC_PARTITIONS_MAX, &text, e) < 0)
		return -1;
	for (size_t i = 0; i < g->n_disks; i++)
		scan_disk(g, i, text.data ? text.data : "");
	st->scanned = true;
	if (again || find_members(g))
		tidy(st);
	return 0;
}

void device_on(struct device *d, struct device *parent)
{
	for (size_t i = 0; i < d->n_parents; i++)
		if (d->parents[i] == parent)
			return;
	d->parents = xreallocarray(d->parents, d->n_parents + 1, sizeof(struct device *));
	d->parents[d->n_parents++] = parent;
	if (d->disk >= 0)
		return;
	parent->claimed = true;
	parent->covered = true;
	/* A partition of an array is no layer of its own. */
	unsigned depth = parent->depth + (d->kind != DEVICE_PARTITION);
	if (d->depth < depth)
		d->depth = depth;
	for (size_t i = 0; i < ARRAY_SIZE(d->disks); i++)
		d->disks[i] |= parent->disks[i];
}

bool devices_room(struct guestd *g, const struct device *parent, size_t n, const char *user)
{
	struct storage *st = storage_of(g);

	if (st->n_mapped + n <= DEVICES_MAPPED_MAX && parent->depth < DEVICES_DEPTH_MAX)
		return true;
	if (!st->cut)
		strvec_addf(&st->warnings,
			    "there are more than %d volumes, or more than %d layers of them: '%s' "
			    "and what comes after it is left out",
			    DEVICES_MAPPED_MAX, DEVICES_DEPTH_MAX, user);
	st->cut = true;
	return false;
}

/* Opening an array for the first time has made the kernel look for partitions. */
static void add_partitions(struct guestd *g, struct device *whole)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct err e;

	CLEANUP(fd_close) int fd = open(whole->node, O_RDONLY | O_CLOEXEC);
	(void)fd;
	if (file_read(AT_FDCWD, "/proc/partitions", PROC_PARTITIONS_MAX, &text, &e) < 0)
		return;
	for (const char *line = text.data; line; line = strchr(line, '\n')) {
		unsigned long long kib;

		line += *line == '\n';
		unsigned part = partition_of(line, whole->node + 5, &kib);
		if (!part)
			continue;
		whole->split = true;
		if (kib <= EXTENDED_KIB)
			continue;
		if (!devices_room(g, whole->parents[0], 1, whole->user))
			return;
		storage_of(g)->n_mapped++;
		CLEANUP(free) char *user = xasprintf("%sp%u", whole->user, part);
		CLEANUP(free) char *node = xasprintf("%sp%u", whole->node, part);
		struct device *d = add(storage_of(g), DEVICE_PARTITION, user, node);
		d->part = part;
		device_on(d, whole);
	}
}

struct device *devices_add(struct guestd *g, enum device_kind kind, const char *user,
			   const char *node, struct device *parent)
{
	struct storage *st = storage_of(g);
	struct device *d;

	if (!devices_room(g, parent, 1, user))
		return NULL;
	st->n_mapped++;
	st->settled = false;
	d = add(st, kind, user, node);
	device_on(d, parent);
	if (kind == DEVICE_MD)
		add_partitions(g, d);
	return d;
}

void device_probe(struct device *d)
{
	struct err e;

	if (d->probed)
		return;
	if (probe_read(d->node, &d->probe, &e) < 0)
		d->probe = (struct probe){ xstrdup("unknown"), xstrdup(""), xstrdup(""), 0 };
	d->probed = true;
}

bool device_is_mountable(const struct device *d)
{
	const struct fstype *t = fstype_find(d->probe.type);
	size_t len = strlen(d->probe.type);

	return !d->covered && strcmp(d->probe.type, "unknown") != 0 && !(t && t->not_fs) &&
	       (len < 7 || strcmp(d->probe.type + len - 7, "_member") != 0);
}

/* It is in the low bits of a field of the superblock. */
char *device_fs_version(const struct device *d)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);
	uint8_t v[2];

	if (strcmp(d->probe.type, "xfs") != 0 || fd < 0 || pread_full(fd, v, 2, 100) != 2)
		return xstrdup("");
	return xasprintf("%d", v[1] & 15);
}

struct device *device_to_write(struct guestd *g, const char *name, struct err *e)
{
	struct device *d = device_find(g, name, e);

	if (d && !device_is_writable(g, d)) {
		err_set(e, EROFS, "'%s' is read-only", d->user);
		return NULL;
	}
	return d;
}

int device_changed(struct guestd *g, const struct device *d, struct err *e)
{
	const int rc = d->disk >= 0 && !d->part ? disks_rescan(g, (size_t)d->disk, e) : 0;

	devices_forget(g);
	return rc;
}

uint64_t node_start(const char *node)
{
	const char *name = strncmp(node, "/dev/", 5) == 0 ? node + 5 : node;
	CLEANUP(free) char *path = xasprintf("/sys/class/block/%s/start", name);
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e;

	if (file_read(AT_FDCWD, path, 64, &b, &e) < 0 || !b.len)
		return 0;
	return strtoull(b.data, NULL, 10) * SYSFS_SECTOR;
}

void device_table(struct guestd *g, struct device *d)
{
	CLEANUP(table_release) struct table t = { NULL, 0 };
	struct device *whole = d->disk >= 0 && !d->tabled ? device_at(g, (unsigned)d->disk, 0) : NULL;
	struct storage *st = storage_of(g);
	struct err e;

	if (!whole)
		return;
	for (size_t i = 0; i < st->n_devices; i++)
		if (st->devices[i]->disk == d->disk)
			st->devices[i]->tabled = true;
	if (table_read(whole->node, &t, &e) < 0)
		return;
	for (size_t i = 0; i < t.n; i++) {
		struct device *part = device_at(g, (unsigned)d->disk, t.v[i].part);

		if (!part || !part->part || part->part_uuid)
			continue;
		part->part_uuid = TAKE(t.v[i].uuid);
		part->part_name = TAKE(t.v[i].name);
		part->part_type = TAKE(t.v[i].type);
	}
}

bool device_is(const struct device *d, const char *type)
{
	return d->probed && !strcmp(d->probe.type, type);
}

struct device *device_at(struct guestd *g, unsigned disk, unsigned part)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (st->devices[i]->disk == (int)disk && st->devices[i]->part == part)
			return st->devices[i];
	return NULL;
}

bool devices_share_disk(const struct device *a, const struct device *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(a->disks); i++)
		if (a->disks[i] & b->disks[i])
			return true;
	return false;
}

struct device *device_volume(struct guestd *g, const char *vg, const char *lv,
			     const struct device *near)
{
	struct storage *st = storage_of(g);
	struct device *found = NULL;

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		if (!d->group || strcmp(d->group->vg.name, vg) != 0 ||
		    strcmp(d->volume->name, lv) != 0)
			continue;
		if (near && devices_share_disk(d, near))
			return d;
		if (!found)
			found = d;
	}
	return found;
}

/* "/dev/VG/LV", "/dev/md127p1", "/dev/mapper/VG-LV", with the mappings there. */
static struct device *find_mapping(struct guestd *g, const char *name, struct err *e)
{
	struct storage *st = storage_of(g);
	CLEANUP(free) char *vg = NULL;
	CLEANUP(free) char *lv = NULL;

	if (strncmp(name, "/dev/", 5) != 0 || devices_probe(g, e) < 0)
		return NULL;
	for (size_t i = 0; i < st->n_devices; i++)
		if (!strcmp(st->devices[i]->user, name))
			return st->devices[i];
	if (!strncmp(name, "/dev/md/", 8))
		return device_md_by_name(g, name + 8, NULL);
	if (strncmp(name, "/dev/mapper/", 12) != 0 || !devname_split_mapper(name + 12, &vg, &lv))
		return NULL;
	return device_volume(g, vg, lv, NULL);
}

struct device *device_find(struct guestd *g, const char *name, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	struct device *d;
	struct devname n;
	struct err why = ERR_INIT;

	if (devices_scan(g, e) < 0)
		return NULL;
	d = devname_parse(name, &n) ? device_at(g, n.disk, n.part) : find_mapping(g, name, &why);
	if (d)
		return d;
	if (!why.msg[0])
		devices_probe(g, &why); /* mappings are worth naming too */
	devices_words(g, &words);
	err_set(e, ENODEV, "there is no device '%s'; there is: %s", name,
		words.data ? words.data : "none");
	if (why.msg[0])
		err_hint(e, "%s", why.msg);
	return NULL;
}

bool device_is_writable(const struct guestd *g, const struct device *d)
{
	for (size_t i = 0; i < g->n_disks; i++)
		if (d->disks[i / 64] >> i % 64 & 1 && !g->disks[i].writable)
			return false;
	return g->writable;
}

void devices_words(struct guestd *g, struct buf *b)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		if (d->split || d->covered)
			continue;
		device_probe(d);
		buf_addf(b, "%s%s (%s)", b->len ? ", " : "", d->user, d->probe.type);
	}
}

void devices_forget(struct guestd *g)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		d->present = false;
		d->tabled = false;
		free(TAKE(d->part_uuid));
		free(TAKE(d->part_name));
		free(TAKE(d->part_type));
		if (d->claimed)
			continue;
		probe_release(&d->probe);
		d->probed = false;
	}
	st->scanned = false;
	st->settled = false;
}

/* Is it a logical volume, or does it lie on one? */
static bool is_on_volume(const struct device *d)
{
	if (d->kind == DEVICE_LV)
		return true;
	for (size_t i = 0; i < d->n_parents; i++)
		if (is_on_volume(d->parents[i]))
			return true;
	return false;
}

int devices_drop_volumes(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);

	/* What lies on another one comes after it. */
	for (size_t i = st->n_devices; i-- > 0;) {
		struct device *d = st->devices[i];

		if (!is_on_volume(d))
			continue;
		if (d->stop && d->stop(g, d, e) < 0)
			return -1;
		free_device(d);
		memmove(st->devices + i, st->devices + i + 1,
			(--st->n_devices - i) * sizeof(struct device *));
		st->n_mapped--;
	}
	return 0;
}

void devices_forget_volumes(struct guestd *g)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (device_is(st->devices[i], "LVM2_member"))
			st->devices[i]->claimed = st->devices[i]->covered = false;
	if (st->lvm)
		lvm_release(st->lvm);
	free(TAKE(st->lvm));
	devices_forget(g);
}

int devices_stop(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	struct err later;
	int rc = 0;

	while (st->n_devices) {
		struct device *d = st->devices[--st->n_devices];

		if (d->stop && d->stop(g, d, rc == 0 ? e : &later) < 0)
			rc = -1;
		free_device(d);
	}
	free(TAKE(st->devices));
	if (st->lvm)
		lvm_release(st->lvm);
	free(TAKE(st->lvm));
	md_free(TAKE(st->md));
	st->n_mapped = 0;
	st->scanned = false;
	st->settled = false;
	return rc;
}
