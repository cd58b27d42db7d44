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
#include "lvm.h"
#include "util/io.h"
#include "util/xalloc.h"

/*
 * The kernel gives an extended partition this much at most, whatever its length: no file
 * system fits.
 */
#define EXTENDED_KIB 4
#define PROC_PARTITIONS_MAX (1u << 20)

static struct device *add(struct storage *st)
{
	st->devices = xreallocarray(st->devices, st->n_devices + 1, sizeof(*st->devices));
	struct device *d = xcalloc(1, sizeof(*d));

	d->disk = -1;
	st->devices[st->n_devices++] = d;
	return d;
}

static struct device *add_disk(struct guestd *g, size_t disk, unsigned part)
{
	struct device *d = add(storage_of(g));
	char user[DEVNAME_MAX], node[64];

	devname_format((struct devname){ (unsigned)disk, part }, user);
	devname_kernel(g->disks[disk].node, part, node, sizeof(node));
	d->user = xstrdup(user);
	d->node = xstrdup(node);
	d->disk = (int)disk;
	d->part = part;
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

	if (sscanf(line, "%*u %*u %llu %63s", ret_kib, name) != 2 || strncmp(name, disk, n) != 0)
		return 0;
	const char *s = name + n;
	if (*s == 'p')
		s++;
	return *s >= '1' && *s <= '9' ? (unsigned)strtoul(s, NULL, 10) : 0;
}

/* A disk, then its partitions, which the kernel lists in order of their numbers. */
static void scan_disk(struct guestd *g, size_t disk, const char *partitions)
{
	struct storage *st = storage_of(g);
	size_t whole = st->n_devices;

	add_disk(g, disk, 0);
	for (const char *line = partitions; line; line = strchr(line, '\n')) {
		unsigned long long kib;

		line += *line == '\n';
		unsigned part = partition_of(line, g->disks[disk].node, &kib);
		if (!part)
			continue;
		st->devices[whole]->split = true;
		if (kib > EXTENDED_KIB)
			add_disk(g, disk, part);
	}
}

int devices_scan(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	if (st->scanned)
		return 0;
	if (disks_settle(g, e) < 0)
		return -1;
	if (file_read(AT_FDCWD, "/proc/partitions", PROC_PARTITIONS_MAX, &text, e) < 0)
		return -1;
	for (size_t i = 0; i < g->n_disks; i++)
		scan_disk(g, i, text.data ? text.data : "");
	st->scanned = true;
	return 0;
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
	}
}

static bool is_member(const struct device *d)
{
	return d->probed && !strcmp(d->probe.type, "LVM2_member");
}

/* The active volumes, behind the disks. */
static void add_volumes(struct storage *st)
{
	for (size_t i = 0; i < st->volumes.n; i++) {
		struct device *d = add(st);

		d->user = xstrdup(st->volumes.v[i].user);
		d->node = xstrdup(st->volumes.v[i].node);
		device_probe(d);
	}
}

int devices_probe(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	CLEANUP(strvec_release) struct strvec members = STRVEC_INIT;

	if (devices_scan(g, e) < 0)
		return -1;
	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		if (d->split)
			continue;
		device_probe(d);
		if (is_member(d))
			strvec_add(&members, d->node);
	}
	if (!members.n || st->volumes_listed)
		return 0;
	if (!st->lvm_active && lvm_activate(g, &members, &st->volumes, e) < 0)
		return -1;
	st->lvm_active = true;
	st->volumes_listed = true;
	add_volumes(st);
	return 0;
}

struct device *device_at(struct guestd *g, unsigned disk, unsigned part)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (st->devices[i]->disk == (int)disk && st->devices[i]->part == part)
			return st->devices[i];
	return NULL;
}

struct device *device_volume(struct guestd *g, const char *vg, const char *lv)
{
	struct storage *st = storage_of(g);
	CLEANUP(free) char *user = xasprintf("/dev/%s/%s", vg, lv);

	for (size_t i = 0; i < st->n_devices; i++)
		if (st->devices[i]->disk < 0 && !strcmp(st->devices[i]->user, user))
			return st->devices[i];
	return NULL;
}

/* "/dev/VG/LV" or "/dev/mapper/VG-LV", with the volumes there. */
static struct device *find_volume(struct guestd *g, const char *name, struct err *e)
{
	CLEANUP(free) char *vg = NULL;
	CLEANUP(free) char *lv = NULL;

	if (strncmp(name, "/dev/", 5) != 0 || !strchr(name + 5, '/'))
		return NULL;
	if (devices_probe(g, e) < 0)
		return NULL;
	if (!strncmp(name, "/dev/mapper/", 12))
		return devname_split_mapper(name + 12, &vg, &lv) ? device_volume(g, vg, lv) : NULL;
	vg = xmemdup0(name + 5, strcspn(name + 5, "/"));
	return device_volume(g, vg, strchr(name + 5, '/') + 1);
}

struct device *device_find(struct guestd *g, const char *name, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	struct device *d;
	struct devname n;
	struct err why = ERR_INIT;

	if (devices_scan(g, e) < 0)
		return NULL;
	d = devname_parse(name, &n) ? device_at(g, n.disk, n.part) : find_volume(g, name, &why);
	if (d)
		return d;
	if (!why.msg[0])
		devices_probe(g, &why); /* volumes are worth naming too */
	devices_words(g, &words);
	err_set(e, ENODEV, "there is no device '%s'; there is: %s", name,
		words.data ? words.data : "none");
	if (why.msg[0])
		err_hint(e, "%s", why.msg);
	return NULL;
}

bool device_is_writable(const struct guestd *g, const struct device *d)
{
	return g->writable && (d->disk < 0 || g->disks[d->disk].writable);
}

void devices_words(struct guestd *g, struct buf *b)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		if (d->split)
			continue;
		device_probe(d);
		buf_addf(b, "%s%s (%s)", b->len ? ", " : "", d->user, d->probe.type);
	}
}

void devices_forget(struct guestd *g)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++) {
		free(st->devices[i]->user);
		free(st->devices[i]->node);
		free(st->devices[i]->part_uuid);
		free(st->devices[i]->part_name);
		probe_release(&st->devices[i]->probe);
		free(st->devices[i]);
	}
	free(st->devices);
	st->devices = NULL;
	st->n_devices = 0;
	st->scanned = false;
	st->volumes_listed = false;
}
