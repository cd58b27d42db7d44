/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See lvm_direct.h. Nothing is written: what is read is LVM's text, what is made are device
 * mapper tables.
 */
#include "lvm_direct.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dm.h"
#include "lvm_meta.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"

/* A physical volume that is here. */
struct member {
	struct lvm_label label;
	dev_t dev;
};

struct groups {
	struct member *members;
	size_t n_members;
	struct lvm_vg *v;
	size_t n;
};

static void groups_release(struct groups *all)
{
	for (size_t i = 0; i < all->n; i++)
		lvm_vg_release(&all->v[i]);
	free(all->v);
	free(all->members);
}

static inline void groups_release_p(struct groups *all)
{
	groups_release(all);
}

static bool read_at(int fd, void *p, size_t n, uint64_t at)
{
	return at < INT64_MAX - n && pread_full(fd, p, n, (off_t)at) == (ssize_t)n;
}

/* Reads the text, which goes on behind the area's head where it comes to the area's end. */
static char *read_text(int fd, const struct lvm_label *label, const struct lvm_text *t)
{
	char *text = xcalloc(t->size + 1, 1);
	uint64_t first =
		label->mda_size - t->offset < t->size ? label->mda_size - t->offset : t->size;

	if (read_at(fd, text, first, label->mda_start + t->offset) &&
	    read_at(fd, text + first, t->size - first, label->mda_start + LVM_MDA_HEAD_SIZE) &&
	    lvm_crc(text, t->size) == t->crc)
		return text;
	free(text);
	return NULL;
}

/* Adds the group, or finds it there already, from another of its volumes and the same. */
static bool add_group(struct groups *all, struct lvm_vg *vg)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->v[i].name, vg->name) != 0)
			continue;
		bool same = !strcmp(all->v[i].id, vg->id) && all->v[i].seqno == vg->seqno;
		lvm_vg_release(vg);
		return same;
	}
	all->v = xreallocarray(all->v, all->n + 1, sizeof(*all->v));
	all->v[all->n++] = *vg;
	return true;
}

static bool read_member(struct groups *all, const char *node)
{
	CLEANUP(fd_close) int fd = open(node, O_RDONLY | O_CLOEXEC);
	uint8_t head[LVM_HEAD_SIZE];
	struct lvm_text where;
	struct lvm_label label;
	struct lvm_vg vg;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !read_at(fd, head, sizeof(head), 0) ||
	    !lvm_label_parse(head, &label))
		return false;
	all->members[all->n_members++] = (struct member){ label, st.st_rdev };
	if (!label.mda_size)
		return true; /* the others of its group tell of it */
	if (!read_at(fd, head, LVM_MDA_HEAD_SIZE, label.mda_start) ||
	    !lvm_mda_parse(head, &label, &where))
		return false;
	CLEANUP(free) char *text = read_text(fd, &label, &where);
	return text && lvm_vg_parse(text, strlen(text), &vg) && add_group(all, &vg);
}

/* The device of a physical volume; 0 for one that is not here, or here twice. */
static dev_t find_member(const struct groups *all, const char *id)
{
	dev_t dev = 0;

	for (size_t i = 0; i < all->n_members; i++) {
		if (strcmp(all->members[i].label.id, id) != 0)
			continue;
		if (dev)
			return 0;
		dev = all->members[i].dev;
	}
	return dev;
}

/* "254:17 2048", and for more than one stripe "2 128 254:17 2048 254:18 4096". */
static char *params_of(const struct groups *all, const struct lvm_vg *vg,
		       const struct lvm_segment *s)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (s->n_stripes > 1)
		buf_addf(&b, "%zu %llu ", s->n_stripes, (unsigned long long)s->stripe_size);
	for (size_t i = 0; i < s->n_stripes; i++) {
		dev_t dev = find_member(all, vg->pvs[s->stripes[i].pv].id);

		if (!dev)
			return NULL;
		buf_addf(&b, "%s%u:%u %llu", i ? " " : "", major(dev), minor(dev),
			 (unsigned long long)s->stripes[i].sector);
	}
	return buf_take(&b);
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

static bool activate_lv(const struct groups *all, const struct lvm_vg *vg, const struct lvm_lv *lv,
			struct volumes *ret)
{
	CLEANUP(free) struct dm_target *t = xcalloc(lv->n_segments, sizeof(*t));
	CLEANUP(free) char *uuid = xasprintf("LVM-%s%s", vg->id, lv->id);
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	bool ok = true;
	unsigned minor_nr;
	struct err e;

	for (size_t i = 0; i < lv->n_segments && ok; i++) {
		const struct lvm_segment *s = &lv->segments[i];

		t[i] = (struct dm_target){ s->start, s->length,
					   s->n_stripes > 1 ? "striped" : "linear",
					   params_of(all, vg, s) };
		ok = t[i].params != NULL;
	}
	add_doubled(&name, vg->name);
	buf_addch(&name, '-');
	add_doubled(&name, lv->name);
	ok = ok && dm_create(name.data, uuid, t, lv->n_segments, !lv->writable, &minor_nr, &e) == 0;
	if (ok) {
		struct volume *v = volumes_add(ret);

		v->user = xasprintf("/dev/%s/%s", vg->name, lv->name);
		v->node = xasprintf("/dev/dm-%u", minor_nr);
		v->mapper = buf_take(&name);
	}
	for (size_t i = 0; i < lv->n_segments; i++)
		free(t[i].params);
	return ok;
}

/*
 * Every physical volume of every group is here, once, and every one that is here belongs to
 * a group.
 */
static bool is_complete(const struct groups *all)
{
	size_t wanted = 0;

	for (size_t i = 0; i < all->n; i++) {
		wanted += all->v[i].n_pvs;
		for (size_t k = 0; k < all->v[i].n_pvs; k++)
			if (!find_member(all, all->v[i].pvs[k].id))
				return false;
	}
	return wanted == all->n_members;
}

bool lvm_direct(const struct strvec *members, struct volumes *ret)
{
	CLEANUP(groups_release)
	struct groups all = {
		.members = xcalloc(members->n, sizeof(struct member)),
	};
	struct err e;

	for (size_t i = 0; i < members->n; i++)
		if (!read_member(&all, members->v[i]))
			return false;
	if (!is_complete(&all))
		return false;
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < all.v[i].n_lvs; k++)
			if (!activate_lv(&all, &all.v[i], &all.v[i].lvs[k], ret)) {
				(void)!volumes_remove(ret, &e);
				return false;
			}
	volumes_sort(ret);
	return true;
}
