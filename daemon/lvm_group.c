/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See lvm_group.h. A volume whose group's text is the same, to its checksum, goes to the first
 * such group that lacks it: so the n-th copies of all volumes make up the n-th copy of the
 * group. What then remains incomplete may be one group with texts of different age, which
 * happens when a disk was missing at times: the older joins the newer.
 */
#include "lvm_group.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices.h"
#include "devname.h"
#include "util/io.h"
#include "util/xalloc.h"

static bool read_at(int fd, void *p, size_t n, uint64_t at)
{
	return at < INT64_MAX - n && pread_full(fd, p, n, (off_t)at) == (ssize_t)n;
}

/* Reads the text, which goes on behind the area's head where it comes to the area's end. */
static char *read_text(int fd, const struct lvm_mda *mda, const struct lvm_text *t)
{
	char *text = xcalloc(t->size + 1, 1);
	uint64_t first = mda->size - t->offset < t->size ? mda->size - t->offset : t->size;

	if (read_at(fd, text, first, mda->start + t->offset) &&
	    read_at(fd, text + first, t->size - first, mda->start + LVM_MDA_HEAD_SIZE) &&
	    lvm_crc(text, t->size) == t->crc)
		return text;
	free(text);
	return NULL;
}

/* What an area says of its group: 1 that, 0 nothing, -1 it cannot be understood. */
static int read_area(struct lvm *l, int fd, const struct lvm_mda *mda, struct lvm_vg *ret,
		     uint32_t *ret_crc)
{
	uint8_t head[LVM_MDA_HEAD_SIZE];
	struct lvm_text where;

	if (!read_at(fd, head, sizeof(head), mda->start) || !lvm_mda_parse(head, mda, &where))
		return -1;
	if (!where.size)
		return 0;
	l->texts += where.size;
	if (l->texts > LVM_TEXTS_MAX) {
		l->cut = true;
		return -1;
	}
	CLEANUP(free) char *text = read_text(fd, mda, &where);
	if (!text || !lvm_vg_parse(text, strlen(text), ret))
		return -1;
	*ret_crc = where.crc;
	return 1;
}

static struct lvm_member *add_member(struct lvm *l, struct device *d, const char *id)
{
	l->members = xreallocarray(l->members, l->n_members + 1, sizeof(*l->members));
	struct lvm_member *m = &l->members[l->n_members++];

	*m = (struct lvm_member){ .device = d };
	strncpy(m->id, id, LVM_ID_LEN);
	return m;
}

/* Reads one physical volume: the first of its areas that is sound counts. */
static void read_member(struct lvm *l, struct device *d)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);
	uint8_t head[LVM_HEAD_SIZE];
	struct lvm_label label;
	struct lvm_vg vg;
	uint32_t crc = 0;
	int found = 0;

	if (fd < 0 || !read_at(fd, head, sizeof(head), 0) || !lvm_label_parse(head, &label)) {
		add_member(l, d, "")->damaged = true;
		return;
	}
	for (size_t i = 0; i < label.n_mdas && found <= 0; i++)
		found = read_area(l, fd, &label.mdas[i], &vg, &crc);
	if (found > 0 && lvm_place(l, d, label.id, &vg, crc))
		return;
	add_member(l, d, label.id)->damaged = found != 0;
}

static bool is_known(const struct lvm *l, const struct device *d)
{
	for (size_t i = 0; i < l->n_members; i++)
		if (l->members[i].device == d)
			return true;
	return false;
}

void lvm_collect(struct guestd *g, struct lvm *l)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (!st->devices[i]->claimed && device_is(st->devices[i], "LVM2_member") &&
		    !is_known(l, st->devices[i]))
			read_member(l, st->devices[i]);
	lvm_settle(l);
}

/* The place of a physical volume in a group's list; n_pvs: it has none. */
static size_t slot_of(const struct lvm_group *group, const char *id)
{
	size_t i = 0;

	while (i < group->vg.n_pvs && strcmp(group->vg.pvs[i].id, id) != 0)
		i++;
	return i;
}

/* Does the group lack this one? */
static bool lacks(const struct lvm_group *group, const char *id)
{
	size_t i = slot_of(group, id);

	return i < group->vg.n_pvs && !group->pvs[i];
}

static void join(struct lvm_group *group, struct lvm_member *m)
{
	group->pvs[slot_of(group, m->id)] = m->device;
	group->n_missing--;
	group->active = false;
	m->group = group;
}

static struct lvm_group *new_group(struct lvm *l, const struct lvm_vg *vg, uint32_t crc)
{
	struct lvm_group *group = xcalloc(1, sizeof(*group));

	group->vg = *vg;
	group->crc = crc;
	group->pvs = xcalloc(vg->n_pvs, sizeof(*group->pvs));
	group->n_missing = vg->n_pvs;
	l->groups = xreallocarray(l->groups, l->n_groups + 1, sizeof(*l->groups));
	l->groups[l->n_groups++] = group;
	return group;
}

bool lvm_place(struct lvm *l, struct device *d, const char *id, struct lvm_vg *vg, uint32_t crc)
{
	struct lvm_group *found = NULL;

	if (!vg) {
		add_member(l, d, id);
		return true;
	}
	for (size_t i = 0; i < l->n_groups && !found; i++)
		if (l->groups[i]->crc == crc && !strcmp(l->groups[i]->vg.id, vg->id) &&
		    lacks(l->groups[i], id))
			found = l->groups[i];
	if (found) {
		lvm_vg_release(vg);
	} else if (l->n_groups == LVM_GROUPS_MAX) {
		l->cut = true;
		lvm_vg_release(vg);
		return false;
	} else {
		found = new_group(l, vg, crc);
		if (!lacks(found, id)) {
			l->n_groups--;
			lvm_vg_release(&found->vg);
			free(found->pvs);
			free(found);
			return false;
		}
	}
	join(found, add_member(l, d, id));
	return true;
}

/* Can the older group's volumes all be added to the newer one? */
static bool fits(const struct lvm_group *newer, const struct lvm_group *older)
{
	if (newer == older || strcmp(newer->vg.id, older->vg.id) != 0 ||
	    newer->vg.seqno < older->vg.seqno || newer->crc == older->crc || older->active)
		return false;
	for (size_t i = 0; i < older->vg.n_pvs; i++)
		if (older->pvs[i] && !lacks(newer, older->vg.pvs[i].id))
			return false;
	return true;
}

static void free_group(struct lvm_group *group)
{
	lvm_vg_release(&group->vg);
	free(group->pvs);
	free(group->mark);
	free(group->alias);
	free(group);
}

/* Moves all volumes of a group to a newer one; the group goes. */
static void merge(struct lvm *l, size_t newer, size_t older)
{
	struct lvm_group *group = l->groups[older];

	for (size_t i = 0; i < l->n_members; i++)
		if (l->members[i].group == group)
			join(l->groups[newer], &l->members[i]);
	if (!l->groups[newer]->mark)
		l->groups[newer]->mark = TAKE(group->mark);
	memmove(&l->groups[older], &l->groups[older + 1],
		(--l->n_groups - older) * sizeof(*l->groups));
	free_group(group);
}

static void merge_all(struct lvm *l)
{
	for (size_t i = 0; i < l->n_groups; i++)
		for (size_t k = 0; k < l->n_groups && l->groups[i]->n_missing; k++)
			if (fits(l->groups[i], l->groups[k])) {
				merge(l, i, k);
				i -= k < i;
				k--;
			}
}

/* The first physical volume that is here. */
static const struct device *first_device(const struct lvm_group *group)
{
	size_t i = 0;

	while (i < group->vg.n_pvs && !group->pvs[i])
		i++;
	return i < group->vg.n_pvs ? group->pvs[i] : NULL;
}

static bool is_taken(const struct lvm *l, const struct lvm_group *group, const char *mark)
{
	for (size_t i = 0; i < l->n_groups; i++)
		if (l->groups[i] != group && l->groups[i]->mark &&
		    !strcmp(l->groups[i]->vg.name, group->vg.name) &&
		    !strcmp(l->groups[i]->mark, mark))
			return true;
	return false;
}

/* The name of the first disk that a device lies on, "sdb". */
static void disk_name(const struct device *d, char ret[DEVNAME_MAX])
{
	unsigned disk = 0;

	while (disk < GUEST_DISKS_MAX - 1 && !(d->disks[disk / 64] >> disk % 64 & 1))
		disk++;
	devname_format((struct devname){ disk, 0 }, ret);
	memmove(ret, ret + 5, strlen(ret) - 4); /* "/dev/" */
}

/*
 * "@sdb" for what lies on that disk; "@sdb2" where the disk has another copy already, and
 * there is a partition to tell them apart; else "@sdb.2" and on.
 */
static char *new_mark(const struct lvm *l, const struct lvm_group *group)
{
	const struct device *d = first_device(group);
	char disk[DEVNAME_MAX], *mark;

	if (!d || !is_taken(l, group, ""))
		return xstrdup("");
	disk_name(d, disk);
	mark = xasprintf("@%s", disk);
	for (unsigned n = 1; is_taken(l, group, mark); n++) {
		free(mark);
		mark = n == 1 && d->part && d->disk >= 0 ? xasprintf("@%s%u", disk, d->part)
							 : xasprintf("@%s.%u", disk, n + 1);
	}
	return mark;
}

void lvm_settle(struct lvm *l)
{
	merge_all(l);
	for (size_t i = 0; i < l->n_members; i++) {
		struct lvm_member *m = &l->members[i];

		for (size_t k = 0; k < l->n_groups && !m->group; k++)
			if (lacks(l->groups[k], m->id))
				join(l->groups[k], m);
	}
	for (size_t i = 0; i < l->n_groups; i++) {
		struct lvm_group *group = l->groups[i];

		if (group->mark)
			continue;
		group->mark = new_mark(l, group);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(l->groups[k]->vg.id, group->vg.id))
				group->copy = true;
	}
}

char *lvm_group_user(const struct lvm_group *group)
{
	return xasprintf("/dev/%s%s", group->vg.name, group->mark);
}

void lvm_release(struct lvm *l)
{
	for (size_t i = 0; i < l->n_groups; i++)
		free_group(l->groups[i]);
	free(l->groups);
	free(l->members);
	*l = (struct lvm){ .members = NULL };
}
