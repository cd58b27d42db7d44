/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See look.h. */
#include "daemon/inspect/look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "daemon/btrfs.h"
#include "daemon/mounts.h"
#include "util/io.h"
#include "util/xalloc.h"

#define MACHINE_ID_LEN 32

/* What two subvolumes are compared by. */
struct identity {
	struct btrfs_id btrfs;
	char *machine; /* its machine-id, or NULL where it has none */
};

/* A search in one file system. */
struct search {
	struct device *device;
	struct look *out;
	struct identity *ids; /* one for each root of out */
};

/* LOOK_DIR as a descriptor that ioctls can be asked of. */
static int look_open(void)
{
	return open(LOOK_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The identity that a machine keeps, through updates and snapshots. */
static char *machine_id(int root)
{
	char *id = below_line(root, "etc/machine-id");

	if (id && strlen(id) == MACHINE_ID_LEN)
		return id;
	free(id);
	return NULL;
}

static bool is_zero(const uint8_t uuid[BTRFS_UUID_SIZE])
{
	static const uint8_t zero[BTRFS_UUID_SIZE];

	return !memcmp(uuid, zero, BTRFS_UUID_SIZE);
}

static bool is_same(const uint8_t a[BTRFS_UUID_SIZE], const uint8_t b[BTRFS_UUID_SIZE])
{
	return !is_zero(a) && !memcmp(a, b, BTRFS_UUID_SIZE);
}

/* Is one a copy of the other, or are both copies of a third? */
static bool is_copy(const struct identity *a, const struct identity *b)
{
	return (a->btrfs.tree && a->btrfs.tree == b->btrfs.tree) ||
	       is_same(a->btrfs.parent, b->btrfs.uuid) || is_same(b->btrfs.parent, a->btrfs.uuid) ||
	       is_same(a->btrfs.parent, b->btrfs.parent) ||
	       (a->machine && b->machine && !strcmp(a->machine, b->machine));
}

/* Adds a root, or makes it a snapshot of one that is there. */
static void take(struct search *s, struct root *r, struct identity *id)
{
	struct look *l = s->out;

	for (size_t i = 0; i < l->n; i++) {
		if (!r->subvol || !is_copy(&s->ids[i], id))
			continue;
		if (s->ids[i].btrfs.tree != id->btrfs.tree)
			strvec_add(&l->v[i].snapshots, r->subvol);
		root_release(r);
		free(id->machine);
		return;
	}
	l->v = xreallocarray(l->v, l->n + 1, sizeof(*l->v));
	s->ids = xreallocarray(s->ids, l->n + 1, sizeof(*s->ids));
	s->ids[l->n] = *id;
	l->v[l->n++] = *r;
}

/* One folder as a root: the top, or a subvolume. */
static bool look_at(struct search *s, int top, const char *subvol)
{
	CLEANUP(fd_close)
	int root = below_open(top, subvol ? subvol : ".", O_RDONLY | O_DIRECTORY, 0);
	struct root r = { .device = s->device, .snapshots = STRVEC_INIT };
	struct identity id = { .machine = NULL };

	/* A comma would end the option that names it to the kernel. */
	if (root < 0 || (subvol && strchr(subvol, ',')))
		return false;
	r.kind = os_recognise(root);
	if (!r.kind || r.kind->role != ROLE_ROOT) {
		r.deployment = os_deployment(root);
		CLEANUP(fd_close)
		int in = r.deployment ? below_open(root, r.deployment, O_PATH, 0) : -1;
		r.kind = in >= 0 ? os_recognise(in) : NULL;
	}
	if (!r.kind || r.kind->role != ROLE_ROOT) {
		free(r.deployment);
		return false;
	}
	r.subvol = subvol ? xstrdup(subvol) : NULL;
	if (!strcmp(s->device->probe.type, "btrfs")) {
		btrfs_identify(root, &id.btrfs);
		id.machine = machine_id(root);
	}
	take(s, &r, &id);
	return true;
}

/* The names that distributions give the root's subvolume, then all there are. */
static void look_at_subvols(struct search *s, int top, bool all)
{
	static const char *const common[] = { "@", "root", "@rootfs" };
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (look_at(s, top, common[i]) && !all)
			return;
	btrfs_subvols(top, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		bool done = false;

		for (size_t k = 0; k < ARRAY_SIZE(common); k++)
			done |= !strcmp(paths.v[i], common[k]);
		if (!done)
			look_at(s, top, paths.v[i]);
	}
}

/* btrfs whose default subvolume is no root, or with all the others wanted: its top has them. */
static void look_btrfs(struct guestd *g, struct search *s, bool all)
{
	CLEANUP(buf_release) struct buf options = BUF_INIT;
	struct err e;
	int top;

	mounts_look_end(g, s->device);
	if (mounts_look(g, s->device, "subvolid=5", &options, &e) < 0)
		return;
	top = look_open();
	if (top >= 0)
		look_at_subvols(s, top, all);
	fd_close(top);
}

int look_into(struct guestd *g, struct device *d, bool all, struct look *ret, struct err *e)
{
	struct search s = { .device = d, .out = ret };
	int top;

	if (mounts_look(g, d, NULL, &ret->options, e) < 0)
		return -1;
	top = look_open();
	if (top >= 0)
		look_at(&s, top, NULL);
	fd_close(top);
	if (!strcmp(d->probe.type, "btrfs") && (all || !ret->n))
		look_btrfs(g, &s, all);
	for (size_t i = 0; i < ret->n; i++)
		free(s.ids[i].machine);
	free(s.ids);
	if (!ret->n)
		mounts_look_end(g, d);
	return ret->n > 0;
}

int root_open(const struct root *r, const char *dir)
{
	CLEANUP(fd_close) int top = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(free)
	char *path = xasprintf("./%s/%s", r->subvol ? r->subvol : ".",
			       r->deployment ? r->deployment : ".");

	return top < 0 ? -1 : below_open(top, path, O_PATH | O_DIRECTORY, 0);
}

char *root_name(const struct root *r)
{
	return r->subvol ? xasprintf("btrfsvol:%s/%s", r->device->user, r->subvol)
			 : xstrdup(r->device->user);
}

void root_release(struct root *r)
{
	free(r->subvol);
	free(r->deployment);
	strvec_release(&r->snapshots);
}

void look_release(struct look *l)
{
	for (size_t i = 0; i < l->n; i++)
		root_release(&l->v[i]);
	free(l->v);
	buf_release(&l->options);
	*l = (struct look)LOOK_INIT;
}
