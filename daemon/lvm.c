/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lvm.h. */
#include "lvm.h"

#include <stdlib.h>
#include <string.h>

#include "devices.h"
#include "lvm_direct.h"
#include "lvm_program.h"
#include "modules.h"
#include "util/xalloc.h"

char *lvm_volume_user(const struct lvm_group *group, const struct lvm_lv *lv)
{
	return xasprintf("/dev/%s%s/%s", group->vg.name, group->mark, lv->name);
}

/* A name with its dashes doubled: one that is not stands between the two. */
static void add_doubled(struct buf *b, const char *s)
{
	for (; *s; s++) {
		buf_addch(b, *s);
		if (*s == '-')
			buf_addch(b, '-');
	}
}

char *lvm_mapper_name(const char *vg, const char *mark, const char *lv)
{
	struct buf b = BUF_INIT;

	add_doubled(&b, vg);
	add_doubled(&b, mark);
	buf_addch(&b, '-');
	add_doubled(&b, lv);
	return buf_take(&b);
}

struct device *lvm_volume_device(struct guestd *g, const struct lvm_group *group,
				 const struct lvm_lv *lv)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (st->devices[i]->group == group && st->devices[i]->volume == lv)
			return st->devices[i];
	return NULL;
}

/* Activates what is here of a group. */
static void activate(struct guestd *g, struct lvm *l, struct lvm_group *group)
{
	group->active = true;
	for (size_t i = 0; i < group->vg.n_pvs; i++)
		if (group->pvs[i])
			group->pvs[i]->claimed = true;
	if (group->vg.plain)
		lvm_direct(g, group);
	else
		lvm_program(g, l, group);
}

/* Physical volumes without a group, or of which the group is not to be known. */
static void leave_rest(struct guestd *g, struct lvm *l)
{
	if (l->cut && !l->told)
		strvec_addf(&storage_of(g)->warnings,
			    "there are more than %d volume groups, or more than %u MiB of LVM's "
			    "metadata: what is more is left out",
			    LVM_GROUPS_MAX, LVM_TEXTS_MAX >> 20);
	l->told |= l->cut;
	for (size_t i = 0; i < l->n_members; i++) {
		struct lvm_member *m = &l->members[i];

		if (!l->cut && m->damaged && !m->group && !m->device->claimed)
			strvec_addf(&storage_of(g)->warnings,
				    "the metadata of the LVM physical volume '%s' is damaged, or "
				    "larger than %u MiB: it is left out",
				    m->device->user, LVM_TEXT_MAX >> 20);
		m->device->claimed = true;
	}
}

int lvm_layer(struct guestd *g, bool last, struct err *e)
{
	struct storage *st = storage_of(g);

	if (!st->lvm)
		st->lvm = xcalloc(1, sizeof(*st->lvm));
	if (module_load(g, "dm_mod", e) < 0)
		return -1;
	lvm_collect(g, st->lvm);
	for (size_t i = 0; i < st->lvm->n_groups; i++) {
		struct lvm_group *group = st->lvm->groups[i];

		if (!group->active && (last || !group->n_missing))
			activate(g, st->lvm, group);
	}
	if (last)
		leave_rest(g, st->lvm);
	return 0;
}
