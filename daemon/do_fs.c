/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls about file systems that are not mounted. */
#include <errno.h>
#include <string.h>

#include "devices.h"
#include "disks.h"
#include "fstype.h"
#include "ptype.h"
#include "run.h"
#include "util/xalloc.h"

#define MKFS_ARGS 8

/*
 * What is a part of something else is seen in that. A partition of which nothing is known may
 * be one that holds no file system.
 */
static bool is_left_out(struct guestd *g, struct device *d)
{
	if (d->split || d->covered)
		return true;
	if (d->disk < 0 || !d->part || !device_is(d, "unknown"))
		return false;
	device_table(g, d);
	return d->part_type && ptype_is_reserved(d->part_type);
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
		struct device *d = st->devices[i];

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
