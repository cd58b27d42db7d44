/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts that become writable. Theory of operation:
 *
 * In a session that may write, each file system is mounted for reading first, so that a tool which
 * finds nothing to change leaves all bytes as they were, and one that changes a file in /etc has
 * not marked /boot and /home as mounted. The first call that writes to a path makes the mount
 * below it writable: by a remount where the driver can do that, else by taking all mounts down
 * and up again, in their order and on the same folders, with this one writable among them.
 *
 * All mounts of one file system (subvolumes, binds) become writable together, but for those
 * that were asked to be read-only.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "below.h"
#include "fstype.h"
#include "mount_type.h"
#include "mounts.h"
#include "unclean.h"
#include "util/io.h"
#include "util/xalloc.h"

/* The appliance's path of an open file. */
static int path_of(int fd, char ret[PATH_MAX], struct err *e)
{
	char link[40];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, ret, PATH_MAX - 1);
	if (n < 0)
		return err_sys(e, "readlink '%s'", link);
	ret[n] = '\0';
	return 0;
}

/* The same of a path of the guest, or of the folder that something is to be made in. */
static int find(const struct guestd *g, const char *path, char ret[PATH_MAX], struct err *e)
{
	CLEANUP(fd_close) int fd = below_open(g->sysroot, path, O_PATH, 0);
	const char *slash = strrchr(path, '/');

	if (fd < 0 && errno == ENOENT && slash) {
		CLEANUP(free) char *folder = xasprintf("%.*s/", (int)(slash - path), path);

		fd = below_open(g->sysroot, folder, O_PATH | O_DIRECTORY, 0);
	}
	return fd < 0 ? err_sys(e, "open '%s'", path) : path_of(fd, ret, e);
}

/* Is it one of the mounts that become writable with m? */
static bool goes_with(const struct mounted *m, const struct mounted *other)
{
	return other->may_write && !strcmp(other->node, m->node);
}

/* The books: options are "ro,…", which becomes "rw,…". */
static void note_writable(struct storage *st, const struct mounted *m)
{
	for (size_t i = 0; i < st->n_mounts; i++)
		if (goes_with(m, &st->mounts[i])) {
			st->mounts[i].writable = true;
			st->mounts[i].flags &= ~(unsigned long)MS_RDONLY;
			memcpy(st->mounts[i].options, "rw", 2);
		}
}

/*
 * The quick way: the file system, then each mount of it. Not for a program that has opened the
 * device for reading, since the kernel would not ask it, nor for a driver that has left out what
 * it would have written at the mount.
 */
static int remount(struct storage *st, const struct mounted *m)
{
	const unsigned long flags = (m->flags & ~(unsigned long)MS_RDONLY) | MS_REMOUNT;
	const struct fstype *t = fstype_find(m->type);

	if ((t && (t->program || t->seal_first)) ||
	    mount(NULL, m->path, NULL, flags, m->data) < 0)
		return -1;
	for (size_t i = 0; i < st->n_mounts; i++) {
		const struct mounted *other = &st->mounts[i];
		const unsigned long bind = MS_REMOUNT | MS_BIND | MS_NODEV | MS_NOSUID;

		if (other != m && goes_with(m, other) &&
		    mount(NULL, other->path, NULL, bind, NULL) < 0)
			return -1;
	}
	return 0;
}

/* One mount as the books have it, but for writing if so wanted. */
static int mount_again(struct guestd *g, const struct mounted *m, bool writable, struct err *e)
{
	CLEANUP(opts_release) struct mount_opts o = { m->flags, BUF_INIT };
	const struct device d = { .user = m->user, .node = m->node };
	const struct fstype *t = fstype_find(m->type);
	struct target at = { .fd = -1 };
	struct statvfs v;

	if (m->from)
		return mount(m->from, m->path, NULL, MS_BIND, NULL) < 0
			       ? err_sys(e, "cannot bind '%s' again", m->where)
			       : 0;
	if (strlen(m->path) >= sizeof(at.link))
		at.fd = open(m->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(at.path, sizeof(at.path), "%s", m->path);
	if (at.fd >= 0)
		snprintf(at.link, sizeof(at.link), "/proc/self/fd/%d", at.fd);
	else
		snprintf(at.link, sizeof(at.link), "%.39s", m->path);
	if (writable)
		o.flags &= ~(unsigned long)MS_RDONLY;
	mount_opts_add(&o, m->data);
	if (writable && t && t->program)
		mount_opts_add(&o, t->data);
	int rc = mount_type(g, &d, m->type, &at, NULL, &o, e);
	fd_close(at.fd);
	if (rc < 0 || !writable || statvfs(m->path, &v) < 0 || !(v.f_flag & ST_RDONLY))
		return rc;
	umount2(m->path, UMOUNT_NOFOLLOW);
	return err_set(e, EROFS,
		       "its driver mounts it for reading only, for it was not left cleanly%s%s%s",
		       t && t->fsck ? "; '" : "", t && t->fsck ? t->fsck : "",
		       t && t->fsck ? "' repairs it" : "");
}

/* Takes mounts down, the last first, up to one that is busy. Returns how many are left. */
static size_t take_down(struct storage *st, struct err *e)
{
	size_t i = st->n_mounts;

	while (i > 0) {
		if (umount2(st->mounts[i - 1].path, UMOUNT_NOFOLLOW) < 0) {
			err_sys(e, "cannot unmount '%s'", st->mounts[i - 1].where);
			break;
		}
		i--;
	}
	return i;
}

/* Puts up those from the i-th on; the ones that go with m, unless NULL, for writing. */
static int put_up(struct guestd *g, size_t i, const struct mounted *m, struct err *e)
{
	struct storage *st = storage_of(g);

	for (; i < st->n_mounts; i++) {
		const struct mounted *this = &st->mounts[i];
		bool writable = this->writable || (m && goes_with(m, this));

		if (mount_again(g, this, writable, e) == 0)
			continue;
		while (i-- > 0)
			umount2(st->mounts[i].path, UMOUNT_NOFOLLOW);
		return -1;
	}
	return 0;
}

/* The slow way. On failure all is as it was, or the next call finds nothing mounted. */
static int remake(struct guestd *g, const struct mounted *m, struct err *e)
{
	struct storage *st = storage_of(g);
	char root[PATH_MAX];
	struct err again;
	size_t first;
	int rc;

	if (path_of(g->sysroot, root, e) < 0)
		return -1;
	fd_close(TAKE_FD(g->sysroot));
	first = take_down(st, e);
	rc = first ? -1 : 0;
	if (rc == 0)
		node_seal(m->node, 0);
	if (rc < 0 || put_up(g, 0, m, e) < 0) {
		rc = -1;
		if (put_up(g, first, NULL, &again) < 0)
			err_hint(e, "and then: %s", again.msg);
	}
	g->sysroot = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (g->sysroot < 0 && rc == 0)
		return err_sys(e, "open '%s'", root);
	return rc;
}

/* The mount whose remount changes the file system: a bind of it only shows it. */
static struct mounted *base_of(struct storage *st, struct mounted *m)
{
	for (size_t i = 0; m->from && i < st->n_mounts; i++)
		if (!st->mounts[i].from && goes_with(m, &st->mounts[i]))
			return &st->mounts[i];
	return m;
}

int mounts_make_writable(struct guestd *g, const char *path, struct err *e)
{
	struct storage *st = storage_of(g);
	char real[PATH_MAX];
	struct mounted *m;

	if (g->on_host)
		return 0;
	if (find(g, path, real, e) < 0)
		return -1;
	m = mounts_at(st, real);
	if (!m || m->writable)
		return 0;
	if (!m->may_write)
		return err_set(e, EROFS, "'%s' on '%s' is mounted read-only: %s", m->user, m->where,
			       m->why);
	m = base_of(st, m);
	if (unclean_check(g, m, e) < 0)
		return -1;
	if (remount(st, m) < 0 && remake(g, m, e) < 0)
		return err_ctx(e, "the %s file system on '%s' cannot be written to", m->type,
			       m->user);
	note_writable(st, m);
	return 0;
}
