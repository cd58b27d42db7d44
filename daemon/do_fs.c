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

/* May it hold files that can be had? */
static bool is_mountable(const struct device *d)
{
	const struct fstype *t = d->probed ? fstype_find(d->probe.type) : NULL;

	return d->probed && !device_is(d, "unknown") && !(t && t->not_fs);
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

		if (is_left_out(g, d) || (a->mountable && !is_mountable(d)))
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

/* A label's length in what its type counts. */
static unsigned label_length(const struct fstype *t, const char *label)
{
	unsigned n = 0;

	for (const unsigned char *s = (const unsigned char *)label; *s; s++)
		n += t->label_utf16 ? ((*s & 0xc0) != 0x80) + (*s >= 0xf0) : 1;
	return n;
}

static int check_mkfs(const struct fstype *t, const struct mkfs_args *a, struct err *e)
{
	if (!t || !t->mkfs[0])
		return err_set(e, EINVAL, "cannot make a file system of type '%s'", a->type);
	if (*a->label && !t->mkfs_label)
		return err_set(e, EINVAL, "a file system of type '%s' takes no label", a->type);
	for (const char *s = a->label; t->label_ascii && *s; s++)
		if (*s < ' ' || *s > '~')
			return err_set(e, EINVAL, "a label of a file system of type '%s' is of ASCII here, which '%s' "
				       "is not", a->type, a->label);
	if (label_length(t, a->label) > t->label_max)
		return err_set(e, EINVAL, "the label of a file system of type '%s' has up to %u %s, and '%s' has %u",
			       a->type, t->label_max, t->label_utf16 ? "characters" : "bytes", a->label,
			       label_length(t, a->label));
	return 0;
}

/* Of a program that tells how it is used, only what it says before that. */
static int run_mkfs(const char *const argv[], struct err *e)
{
	char *usage;
	int rc;

	rc = run(argv, NULL, e);
	usage = rc < 0 ? strstr(e->msg, "; Usage:") : NULL;
	if (usage)
		*usage = '\0';
	return rc;
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
	if (check_mkfs(t, a, e) < 0)
		return -1;
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
	rc = run_mkfs(argv, e);
	if (rc == 0)
		return device_changed(g, d, e);
	devices_forget(g);
	return -1;
}
