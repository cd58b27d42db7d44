/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mounts.h. */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "below.h"
#include "devices.h"
#include "devname.h"
#include "disks.h"
#include "fstype.h"
#include "mount_opts.h"
#include "mount_type.h"
#include "sysroot.h"
#include "util/io.h"
#include "util/xalloc.h"

/* The type to mount as: what was asked for, or what is there. */
static const char *type_of(struct device *d, const char *asked)
{
	if (*asked && strcmp(asked, "auto") != 0)
		return asked;
	device_probe(d);
	return d->probe.type;
}

/* Refuses what can be known not to be a file system, in better words than mount(2) has. */
static int check_type(const struct device *d, const char *type, struct err *e)
{
	const struct fstype *t = fstype_find(type);

	if (d->split && !strcmp(type, "unknown"))
		return err_set(e, EINVAL, "'%s' is divided into partitions: mount one of them",
			       d->user);
	if (!strcmp(type, "unknown"))
		return err_set(e, EINVAL, "no file system is known on '%s'", d->user);
	if (t && t->not_fs)
		return err_set(e, EINVAL, "'%s' %s", d->user, t->not_fs);
	return 0;
}

/*
 * Was an ext file system unmounted cleanly? Its superblock, at 1024, has a bit for that:
 * RECOVER (4) in s_feature_incompat (96), as linux/Documentation/filesystems/ext4 has it.
 */
static bool is_clean_ext(const struct device *d)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);
	uint8_t incompat[4];

	return fd >= 0 && pread_full(fd, incompat, 4, 1024 + 96) == 4 && !(incompat[0] & 4);
}

/* The type's own options: see fstype.h. A clean journal is not opened, which saves a thread and 10
 * ms. */
static const char *read_data(struct guestd *g, const struct device *d, const char *type)
{
	const struct fstype *t = fstype_find(type);

	if (!t)
		return NULL;
	if (g->writable || (!strncmp(t->name, "ext", 3) && is_clean_ext(d)))
		return t->sealed_data;
	return t->data;
}

static struct mounted *remember(struct guestd *g, const struct device *d, const char *path,
				const char *where, const char *type, const char *options)
{
	struct storage *st = storage_of(g);

	st->mounts = xreallocarray(st->mounts, st->n_mounts + 1, sizeof(*st->mounts));
	st->mounts[st->n_mounts] = (struct mounted){
		.user = xstrdup(d->user),
		.node = xstrdup(d->node),
		.path = xstrdup(path),
		.where = xstrdup(where),
		.type = xstrdup(type),
		.options = xstrdup(options),
		.why = "",
	};
	return &st->mounts[st->n_mounts++];
}

/* A folder of the guest. */
static int folder_open(struct guestd *g, const char *path, struct target *ret, struct err *e)
{
	ssize_t n;

	ret->fd = sysroot_open(g, path, O_PATH | O_DIRECTORY, 0, e);
	if (ret->fd < 0)
		return -1;
	snprintf(ret->link, sizeof(ret->link), "/proc/self/fd/%d", ret->fd);
	n = readlink(ret->link, ret->path, sizeof(ret->path) - 1);
	if (n < 0)
		return err_sys(e, "'%s'", path);
	ret->path[n] = '\0';
	return 0;
}

/* Finds the folder in the guest, or the guest's root. */
static int target_open(struct guestd *g, const char *where, struct target *ret, struct err *e)
{
	if (strcmp(where, "/") != 0) {
		if (g->sysroot < 0)
			return err_set(e, ENOENT, "cannot mount on '%s' before '/'", where);
		return folder_open(g, where, ret, e) < 0 ? err_ctx(e, "mount point '%s'", where)
							 : 0;
	}
	snprintf(ret->link, sizeof(ret->link), SYSROOT_DIR);
	snprintf(ret->path, sizeof(ret->path), SYSROOT_DIR);
	if (g->sysroot >= 0)
		return err_set(e, EBUSY, "something is mounted on '/' already");
	return 0;
}

/* Is a mount of ours on that folder already? */
static bool is_taken(struct guestd *g, const char *path)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_mounts; i++)
		if (!strcmp(st->mounts[i].path, path))
			return true;
	return false;
}

static int sysroot_set(struct guestd *g, struct err *e)
{
	g->sysroot = open(SYSROOT_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return g->sysroot < 0 ? err_sys(e, "open '%s'", SYSROOT_DIR) : 0;
}

/* Even a read-only mount writes, if it can: ext4 clears away deleted files that were open. */
static void seal(struct guestd *g, const struct device *d, int ro)
{
	if (device_is_writable(g, d)) /* else it is, for ever */
		node_seal(d->node, ro);
}

/* Another try with the data that was asked for, and this. */
static int mount_try(struct guestd *g, const struct device *d, const char *type,
		     const struct target *at, const char *data, size_t asked, struct mount_opts *o,
		     struct err *e)
{
	o->data.len = asked;
	if (o->data.data)
		o->data.data[asked] = '\0';
	return mount_type(g, d, type, at, data, o, e);
}

/*
 * For reading, of what may be written to later: a journal is replayed where it has to be, but not
 * where *ret_why says so. See fstype.h for who would write even then.
 */
static int mount_first(struct guestd *g, const struct device *d, const char *type,
		       const struct target *at, struct mount_opts *o, const char **ret_why,
		       struct err *e)
{
	const struct fstype *t = fstype_find(type);
	size_t asked = o->data.len;
	struct err why;

	o->flags |= MS_RDONLY;
	if (t && t->seal_first) {
		seal(g, d, 1);
		if (mount_try(g, d, type, at, t->data, asked, o, &why) == 0)
			return 0;
		if (t->unclean && mount_try(g, d, type, at, t->sealed_data, asked, o, &why) == 0) {
			*ret_why = t->unclean;
			return 0;
		}
		seal(g, d, 0);
	}
	return mount_try(g, d, type, at, t ? t->data : NULL, asked, o, e);
}

/* Why a mount is to be read-only for good, or NULL. */
static const char *why_read_only(const struct guestd *g, const struct device *d, const char *type,
				 unsigned long flags)
{
	const struct fstype *t = fstype_find(type);

	if (!device_is_writable(g, d))
		return "its disk was attached for reading only";
	if (t && t->read_only)
		return "file systems of this type can only be read";
	return flags & MS_RDONLY ? "it was mounted with 'ro'" : NULL;
}

int mounts_add(struct guestd *g, struct device *d, const struct mount_how *how, struct err *e)
{
	CLEANUP(opts_release) struct mount_opts o = { 0, BUF_INIT };
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	CLEANUP(target_close) struct target at = { .fd = -1 };
	const char *type = type_of(d, how->type), *why;
	struct mounted *m;

	if (check_type(d, type, e) < 0 || mount_opts_parse(how->options, &o, e) < 0)
		return -1;
	if (target_open(g, how->where, &at, e) < 0)
		return -1;
	if (is_taken(g, at.path))
		return err_set(e, EBUSY, "something is mounted on '%s' already", how->where);
	why = why_read_only(g, d, type, o.flags);
	o.flags |= MS_RDONLY;
	if ((why ? mount_type(g, d, type, &at, read_data(g, d, type), &o, e)
		 : mount_first(g, d, type, &at, &o, &why, e)) < 0)
		return -1;
	mount_opts_words(&o, &words);
	m = remember(g, d, at.path, how->where, type, words.data);
	m->flags = o.flags;
	m->data = o.data.data ? xstrdup(o.data.data) : NULL;
	m->may_write = !why;
	m->why = why ? why : "";
	return strcmp(how->where, "/") != 0 ? 0 : sysroot_set(g, e);
}

/* Is it mounted by us? A look would seal it while it is written to. */
static bool is_in_use(struct guestd *g, const struct device *d)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_mounts; i++)
		if (!strcmp(st->mounts[i].node, d->node))
			return true;
	return false;
}

int mounts_look(struct guestd *g, struct device *d, const char *data, struct buf *ret_options,
		struct err *e)
{
	CLEANUP(opts_release) struct mount_opts o = { MS_RDONLY, BUF_INIT };
	struct target at = { .fd = -1, .link = LOOK_DIR, .path = LOOK_DIR };

	if (is_in_use(g, d))
		return err_set(e, EBUSY, "'%s' is mounted already", d->user);
	device_probe(d);
	mount_opts_add(&o, data);
	seal(g, d, 1);
	if (mount_type(g, d, d->probe.type, &at, read_data(g, d, d->probe.type), &o, e) < 0) {
		seal(g, d, 0);
		return -1;
	}
	mount_opts_words(&o, ret_options);
	return 0;
}

void mounts_look_end(struct guestd *g, const struct device *d)
{
	umount2(LOOK_DIR, UMOUNT_NOFOLLOW);
	seal(g, d, 0);
}

int mounts_adopt(struct guestd *g, const struct device *d, const char *options, struct err *e)
{
	if (mount(LOOK_DIR, SYSROOT_DIR, NULL, MS_MOVE, NULL) < 0)
		return err_sys(e, "cannot move the mount of '%s'", d->user);
	remember(g, d, SYSROOT_DIR, "/", d->probe.type, options);
	return sysroot_set(g, e);
}

struct mounted *mounts_at(const struct storage *st, const char *path)
{
	struct mounted *found = NULL;
	size_t best = 0;

	for (size_t i = 0; i < st->n_mounts; i++) {
		size_t n = strlen(st->mounts[i].path);

		if (n >= best && !strncmp(path, st->mounts[i].path, n) &&
		    (path[n] == '/' || !path[n])) {
			best = n;
			found = &st->mounts[i];
		}
	}
	return found;
}

int mounts_bind(struct guestd *g, const char *from, const char *where, struct err *e)
{
	CLEANUP(target_close) struct target source = { .fd = -1 };
	CLEANUP(target_close) struct target at = { .fd = -1 };
	const struct mounted *on;
	struct mounted *m;

	if (!strcmp(where, "/"))
		return err_set(e, EINVAL, "'%s' cannot be bound to '/'", from);
	if (folder_open(g, from, &source, e) < 0 || folder_open(g, where, &at, e) < 0)
		return -1;
	if (is_taken(g, at.path))
		return err_set(e, EBUSY, "something is mounted on '%s' already", where);
	on = mounts_at(storage_of(g), source.path);
	if (!on || mount(source.link, at.link, NULL, MS_BIND, NULL) < 0)
		return err_sys(e, "cannot bind '%s' to '%s'", from, where);
	const bool writable = on->writable, may_write = on->may_write;
	const char *why = on->why;
	CLEANUP(free) char *type = xstrdup(on->type);
	const struct device d = { .user = on->user, .node = on->node };
	m = remember(g, &d, at.path, where, type, writable ? "rw,bind" : "ro,bind");
	m->from = xstrdup(source.path);
	m->writable = writable;
	m->may_write = may_write;
	m->why = why;
	return 0;
}

int mounts_enter(struct guestd *g, const char *folder, struct err *e)
{
	struct storage *st = storage_of(g);
	int fd = below_open(g->sysroot, folder, O_PATH | O_DIRECTORY, 0);
	size_t n = strlen(folder);

	if (fd < 0)
		return err_sys(e, "open '/%s'", folder);
	fd_close(g->sysroot);
	g->sysroot = fd;
	for (size_t i = 0; i < st->n_mounts; i++) {
		char *where = st->mounts[i].where;

		if (*where == '/' && !strncmp(where + 1, folder, n) && where[n + 1] == '/')
			memmove(where, where + n + 1, strlen(where + n + 1) + 1);
	}
	return 0;
}

void mounts_report(struct guestd *g, wire_mounts *ret)
{
	struct storage *st = storage_of(g);

	ret->v = xreallocarray(ret->v, ret->n + st->n_mounts, sizeof(*ret->v));
	for (size_t i = 0; i < st->n_mounts; i++) {
		const struct mounted *m = &st->mounts[i];

		ret->v[ret->n++] = (wire_mount){ xstrdup(m->user), xstrdup(m->where),
						 xstrdup(m->type), xstrdup(m->options) };
	}
}

/* Writes out first, because umount(2) does not tell of writes that failed. */
static int umount_one(struct guestd *g, const struct mounted *m, struct err *e)
{
	int rc = 0;

	if (m->writable) {
		CLEANUP(fd_close) int fd = open(m->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || syncfs(fd) < 0)
			rc = err_sys(e, "cannot write out '%s'", m->user);
	}
	if (!strcmp(m->path, SYSROOT_DIR))
		fd_close(TAKE_FD(g->sysroot));
	if (umount2(m->path, UMOUNT_NOFOLLOW) < 0 && rc == 0)
		rc = err_sys(e, "cannot unmount '%s' from '%s'", m->user, m->where);
	if (m->may_write && !m->writable)
		node_seal(m->node, 0);
	return rc;
}

int mounts_umount(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	int rc = 0;

	free(TAKE(st->root));
	while (st->n_mounts) {
		struct mounted *m = &st->mounts[--st->n_mounts];
		struct err later;

		if (umount_one(g, m, rc == 0 ? e : &later) < 0)
			rc = -1;
		free(m->user);
		free(m->node);
		free(m->path);
		free(m->where);
		free(m->type);
		free(m->options);
		free(m->data);
		free(m->from);
	}
	return rc;
}

int mounts_release(struct guestd *g, struct err *e)
{
	struct err later;
	int rc = mounts_umount(g, e);

	/* Nothing was written to a sealed volume: the program would only cost its time. */
	if (!g->writable)
		return rc;
	if (devices_stop(g, rc == 0 ? e : &later) < 0)
		rc = -1;
	if (disks_flush(g, rc == 0 ? e : &later) < 0)
		rc = -1;
	return rc;
}

bool device_is_mounted(struct guestd *g, const char *device)
{
	struct storage *st = storage_of(g);
	struct devname want, have;
	struct err e;
	struct device *d = st->n_mounts ? device_find(g, device, &e) : NULL;

	for (size_t i = 0; d && i < st->n_mounts; i++) {
		if (!strcmp(st->mounts[i].user, d->user))
			return true;
		if (devname_parse(d->user, &want) && devname_parse(st->mounts[i].user, &have) &&
		    want.disk == have.disk && (!want.part || !have.part))
			return true;
	}
	return false;
}
