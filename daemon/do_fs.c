/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls about file systems that are not mounted. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "devices.h"
#include "disks.h"
#include "fstype.h"
#include "run.h"
#include "util/xalloc.h"

#define MKFS_ARGS 8

/*
 * Partitions that the makers of operating systems keep for themselves: GPT types without a
 * file system.
 */
static bool is_reserved(const char *type)
{
	static const char *const types[] = {
		"5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", /* Windows' logical disk manager, */
		"af9b60a0-1431-4f62-bc68-3311714a69ad", /* its data */
		"e3c9e316-0b5c-4db8-817d-f92df00215ae", /* Microsoft reserved */
		"caddebf1-4400-4de8-b103-12117dcf3ccf", /* Microsoft shadow copy */
	};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcasecmp(types[i], type))
			return true;
	return false;
}

/* A partition of which nothing is known may be one of those. */
static bool is_left_out(struct guestd *g, const struct device *d)
{
	CLEANUP(table_release) struct table t = { NULL, 0 };
	struct device *whole;
	struct err e;

	if (d->split)
		return true;
	if (d->disk < 0 || !d->part || strcmp(d->probe.type, "unknown") != 0)
		return false;
	whole = device_at(g, (unsigned)d->disk, 0);
	if (!whole || table_read(whole->node, &t, &e) < 0)
		return false;
	for (size_t i = 0; i < t.n; i++)
		if (t.v[i].part == d->part)
			return is_reserved(t.v[i].type);
	return false;
}

int do_filesystems(struct guestd *g, const struct filesystems_args *a, struct filesystems_ret *r,
		   struct err *e)
{
	struct storage *st = storage_of(g);

	(void)a;
	if (devices_probe(g, e) < 0)
		return -1;
	r->list.v = xcalloc(st->n_devices, sizeof(*r->list.v));
	for (size_t i = 0; i < st->n_devices; i++) {
		const struct device *d = st->devices[i];

		if (is_left_out(g, d))
			continue;
		r->list.v[r->list.n++] = (wire_filesystem){
			.device = xstrdup(d->user),
			.type = xstrdup(d->probe.type),
			.label = xstrdup(d->probe.label),
			.uuid = xstrdup(d->probe.uuid),
			.size = d->probe.size,
		};
	}
	return 0;
}

int do_mkfs(struct guestd *g, const struct mkfs_args *a, struct mkfs_ret *r, struct err *e)
{
	const struct fstype *t = fstype_find(a->type);
	struct device *d = device_find(g, a->device, e);
	const char *argv[MKFS_ARGS] = { NULL };
	size_t n = 0;
	int rc;

	(void)r;
	if (!d)
		return -1;
	if (!t || !t->mkfs[0])
		return err_set(e, EINVAL, "cannot make a file system of type '%s'", a->type);
	if (!device_is_writable(g, d))
		return err_set(e, EROFS, "'%s' is read-only", d->user);
	while (t->mkfs[n]) {
		argv[n] = t->mkfs[n];
		n++;
	}
	argv[n] = d->node;
	rc = run(argv, NULL, e);
	if (rc == 0 && d->disk >= 0 && !d->part)
		rc = disks_rescan(g, (size_t)d->disk, e);
	devices_forget(g);
	return rc;
}
