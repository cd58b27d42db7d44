/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls about file systems that are not mounted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "devices.h"
#include "disks.h"
#include "fstype.h"
#include "ptype.h"
#include "run.h"
#include "util/xalloc.h"

#define MKFS_ARGS 12

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

	if (devices_probe(g, e) < 0)
		return -1;
	r->list.v = xcalloc(st->n_devices, sizeof(*r->list.v));
	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];
		const struct fstype *t = fstype_find(d->probe.type);

		if (is_left_out(g, d) ||
		    (a->mountable && (device_is(d, "unknown") || (t && t->not_fs))))
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
	const char *argv[MKFS_ARGS] = { NULL };
	char inodes[24];
	struct device *d;
	size_t n = 0;
	int rc;

	(void)r;
	if (!t || !t->mkfs[0])
		return err_set(e, EINVAL, "cannot make a file system of type '%s'", a->type);
	if (*a->label && !t->mkfs_label)
		return err_set(e, EINVAL, "a file system of type '%s' takes no label", a->type);
	if (!*a->device)
		return 0;
	d = device_to_write(g, a->device, e);
	if (!d)
		return -1;
	while (t->mkfs[n]) {
		argv[n] = t->mkfs[n];
		n++;
	}
	if (*a->label) {
		argv[n++] = t->mkfs_label;
		argv[n++] = a->label;
	}
	if (a->inodes && t->mkfs_inodes) {
		snprintf(inodes, sizeof(inodes), "%llu", (unsigned long long)a->inodes);
		argv[n++] = t->mkfs_inodes;
		argv[n++] = inodes;
	}
	argv[n] = d->node;
	rc = run(argv, NULL, e);
	if (rc == 0)
		return device_changed(g, d, e);
	devices_forget(g);
	return -1;
}
