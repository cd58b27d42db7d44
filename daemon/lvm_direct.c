/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See lvm_direct.h. Nothing is written: what was read is LVM's text, what is made are device
 * mapper tables.
 */
#include "lvm_direct.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "devices.h"
#include "dm.h"
#include "lvm.h"
#include "util/buf.h"
#include "util/xalloc.h"

#define LOST_MAX 8 /* names of volumes in a warning */

/* Volumes that lie on what is not here. */
struct lost {
	struct buf names;
	size_t n;
};

/* "254:17 2048", and for more than one stripe "2 128 254:17 2048 254:18 4096". */
static char *params_of(const struct lvm_group *group, const struct lvm_segment *s)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (s->n_stripes > 1)
		buf_addf(&b, "%zu %llu ", s->n_stripes, (unsigned long long)s->stripe_size);
	for (size_t i = 0; i < s->n_stripes; i++) {
		const struct device *d = group->pvs[s->stripes[i].pv];
		struct stat st;

		if (!d || stat(d->node, &st) < 0)
			return NULL;
		buf_addf(&b, "%s%u:%u %llu", i ? " " : "", major(st.st_rdev), minor(st.st_rdev),
			 (unsigned long long)s->stripes[i].sector);
	}
	return buf_take(&b);
}

static void free_targets(struct dm_target *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(t[i].params);
	free(t);
}

/* The volume's table; NULL where a part of it is not here. */
static struct dm_target *targets_of(const struct lvm_group *group, const struct lvm_lv *lv)
{
	struct dm_target *t = xcalloc(lv->n_segments, sizeof(*t));

	for (size_t i = 0; i < lv->n_segments; i++) {
		const struct lvm_segment *s = &lv->segments[i];

		t[i] = (struct dm_target){ s->start, s->length,
					   s->n_stripes > 1 ? "striped" : "linear",
					   params_of(group, s) };
		if (!t[i].params) {
			free_targets(t, i);
			return NULL;
		}
	}
	return t;
}

/* Takes a volume down. */
static int stop(struct guestd *g, struct device *d, struct err *e)
{
	(void)g;
	return dm_remove(d->mapper, e);
}

/* What the volume lies on, each once. */
static void add_parents(const struct lvm_group *group, const struct lvm_lv *lv, struct device *d)
{
	for (size_t i = 0; i < lv->n_segments; i++)
		for (size_t k = 0; k < lv->segments[i].n_stripes; k++)
			device_on(d, group->pvs[lv->segments[i].stripes[k].pv]);
}

/* May the disks below be written to? Else their volume may not be either. */
static bool is_writable(const struct guestd *g, const struct lvm_group *group)
{
	for (size_t i = 0; i < group->vg.n_pvs; i++)
		if (g->writable && group->pvs[i] && !device_is_writable(g, group->pvs[i]))
			return false;
	return true;
}

static int activate(struct guestd *g, struct lvm_group *group, const struct lvm_lv *lv,
		    const struct dm_target *t, struct err *e)
{
	CLEANUP(free) char *uuid = xasprintf("LVM-%s%s%s", group->vg.id, lv->id,
					     group->copy ? group->mark : "");
	CLEANUP(free) char *user = lvm_volume_user(group, lv);
	CLEANUP(free) char *mapper = lvm_mapper_name(group->vg.name, group->mark, lv->name);
	struct device *on = group->pvs[lv->segments[0].stripes[0].pv];
	unsigned minor_nr;
	struct err later;

	if (!devices_room(g, on, 1, user))
		return 0;
	if (dm_create(mapper, uuid, t, lv->n_segments, !lv->writable || !is_writable(g, group),
		      &minor_nr, e) < 0)
		return -1;
	CLEANUP(free) char *node = xasprintf("/dev/dm-%u", minor_nr);
	struct device *d = devices_add(g, DEVICE_LV, user, node, on);

	if (!d)
		return dm_remove(mapper, &later);
	add_parents(group, lv, d);
	d->group = group;
	d->volume = lv;
	d->stop = stop;
	d->mapper = TAKE(mapper);
	return 0;
}

static void lose(struct lost *l, const struct lvm_lv *lv)
{
	if (l->n++ < LOST_MAX)
		buf_addf(&l->names, "%s'%s'", l->names.len ? ", " : "", lv->name);
}

static void tell_lost(struct guestd *g, const struct lvm_group *group, const struct lost *l)
{
	CLEANUP(free) char *user = lvm_group_user(group);

	strvec_addf(&storage_of(g)->warnings,
		    "volume group '%s' lacks %zu of its %zu disks: the volumes %s%s are not there",
		    user, group->n_missing, group->vg.n_pvs, l->names.data,
		    l->n > LOST_MAX ? " and others" : "");
}

void lvm_direct(struct guestd *g, struct lvm_group *group)
{
	struct lost lost = { BUF_INIT, 0 };

	for (size_t i = 0; i < group->vg.n_lvs; i++) {
		const struct lvm_lv *lv = &group->vg.lvs[i];
		struct dm_target *t;
		struct err e;

		if (lv->hidden || lvm_volume_device(g, group, lv))
			continue;
		t = targets_of(group, lv);
		if (!t)
			lose(&lost, lv);
		else if (activate(g, group, lv, t, &e) < 0)
			strvec_addf(&storage_of(g)->warnings, "%s", e.msg);
		free_targets(t, t ? lv->n_segments : 0);
	}
	if (lost.n)
		tell_lost(g, group, &lost);
	buf_release(&lost.names);
}
