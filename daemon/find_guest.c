/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the guest. Theory of operation:
 *
 *   signatures -> candidates, the biggest first -> look into each, read-only,
 *   on LOOK_DIR -> the first with a system becomes the root -> its fstab says
 *   what else belongs to it -> look into the others -> mount what fstab says
 *
 * A look changes nothing on the device. In a read-only session the mount of the
 * look is moved to the root's place and stays; in a writing one it stays there
 * until it is known to be the only root, and the device is then mounted anew: its
 * journal is replayed, and its fstab read again.
 */
#include "find_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "btrfs.h"
#include "devices.h"
#include "fstype.h"
#include "guest_fstab.h"
#include "mounts.h"
#include "osrelease.h"
#include "util/io.h"
#include "util/xalloc.h"

#define OS_RELEASE_MAX ((size_t)64 << 10)

/* A search in progress. */
struct search {
	struct guestd *g;
	struct guest *out;
	struct device *root; /* NULL until one is found */
	bool held;	     /* it is looked at, and not yet mounted for writing */
	char *subvol;	     /* of a held one: "subvol=/…", or NULL */
	struct fstab fstab;
	struct buf roots; /* all roots found, in words */
	size_t n_roots;
	struct buf trouble; /* why a candidate could not be looked into */
};

/* What a look finds. */
struct look {
	char *subvol; /* where in the file system; NULL: at its top, as mounted */
	char *os;
	struct buf options;
};

static void look_release(struct look *l)
{
	free(l->subvol);
	free(l->os);
	buf_release(&l->options);
}

static inline void look_release_p(struct look *l)
{
	look_release(l);
}

/* Opens prefix/path as the guest would see it with root as its root. */
static int open_below(int root, const char *path, int flags)
{
	const int safe = flags & O_PATH ? 0 : O_NOCTTY | O_NONBLOCK;
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | safe),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

static bool is_there(int root, const char *path, mode_t kind)
{
	CLEANUP(fd_close) int fd = open_below(root, path, O_PATH);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* Its os-release, or where it predates that what every Linux has. */
static bool is_root(int root)
{
	if (is_there(root, "etc/os-release", S_IFREG) ||
	    is_there(root, "usr/lib/os-release", S_IFREG))
		return true;
	return is_there(root, "etc", S_IFDIR) &&
	       (is_there(root, "bin", S_IFDIR) || is_there(root, "usr/bin", S_IFDIR)) &&
	       (is_there(root, "etc/fstab", S_IFREG) || is_there(root, "etc/hosts", S_IFREG));
}

static char *os_name(int root)
{
	CLEANUP(fd_close) int fd = open_below(root, "etc/os-release", O_RDONLY);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct stat st;
	struct err e;

	if (fd < 0)
		fd = open_below(root, "usr/lib/os-release", O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    fd_read_all(fd, "os-release", OS_RELEASE_MAX, &text, &e) < 0)
		return xstrdup("");
	return osrelease_name(text.data ? text.data : "", text.len);
}

/* One folder as a root: the top, or a subvolume. */
static bool look_at(int top, const char *subvol, struct look *ret)
{
	CLEANUP(fd_close) int root = open_below(top, subvol ? subvol : ".", O_PATH | O_DIRECTORY);

	if (root < 0 || !is_root(root))
		return false;
	ret->subvol = subvol ? xstrdup(subvol) : NULL;
	ret->os = os_name(root);
	return true;
}

/* The names that distributions give the root's subvolume, then all there are. */
static bool look_at_subvols(int top, bool all, struct look *ret)
{
	static const char *const common[] = { "@", "root", "@rootfs" };
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(common); i++)
		if (look_at(top, common[i], ret))
			return true;
	if (!all)
		return false;
	btrfs_subvols(top, &paths);
	for (size_t i = 0; i < paths.n; i++)
		if (look_at(top, paths.v[i], ret))
			return true;
	return false;
}

/* LOOK_DIR as a descriptor that ioctls can be asked of. */
static int look_open(void)
{
	return open(LOOK_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* btrfs whose default subvolume is no root: its top has them all. */
static bool look_btrfs(struct guestd *g, struct device *d, struct look *ret)
{
	CLEANUP(buf_release) struct buf options = BUF_INIT;
	struct err e;
	int top = look_open();
	bool found = top >= 0 && look_at_subvols(top, false, ret);

	fd_close(top);
	if (found)
		return true;
	mounts_look_end(g, d);
	if (mounts_look(g, d, "subvolid=5", &options, &e) < 0)
		return false;
	top = look_open();
	found = top >= 0 && look_at_subvols(top, true, ret);
	fd_close(top);
	return found;
}

/* Is there a system on it? Yes leaves it mounted on LOOK_DIR. */
static bool look_into(struct search *s, struct device *d, struct look *ret)
{
	struct err e = ERR_INIT;

	if (mounts_look(s->g, d, NULL, &ret->options, &e) < 0) {
		buf_addf(&s->trouble, "; %s", e.msg);
		return false;
	}
	int top = look_open();
	bool found = top >= 0 && look_at(top, NULL, ret);
	fd_close(top);
	if (!found && !strcmp(d->probe.type, "btrfs"))
		found = look_btrfs(s->g, d, ret);
	if (!found)
		mounts_look_end(s->g, d);
	return found;
}

/* Leaves a root as it was looked at, in the root's place, with all reading from there. */
static int hold(struct search *s, const struct look *l, struct err *e)
{
	CLEANUP(fd_close) int top = look_open();

	s->g->sysroot = open_below(top, l->subvol ? l->subvol : ".", O_PATH | O_DIRECTORY);
	if (s->g->sysroot < 0 || mount(LOOK_DIR, SYSROOT_DIR, NULL, MS_MOVE, NULL) < 0) {
		err_sys(e, "cannot move the mount of the root");
		fd_close(TAKE_FD(s->g->sysroot));
		mounts_look_end(s->g, s->root);
		return -1;
	}
	s->held = true;
	s->subvol = l->subvol ? xasprintf("subvol=/%s", l->subvol) : NULL;
	return 0;
}

static void let_go(struct search *s)
{
	fd_close(TAKE_FD(s->g->sysroot));
	mount(SYSROOT_DIR, LOOK_DIR, NULL, MS_MOVE, NULL);
	mounts_look_end(s->g, s->root);
	s->held = false;
}

/* Makes the device that was looked into the guest's root. */
static int settle(struct search *s, struct device *d, struct look *l, struct err *e)
{
	CLEANUP(free) char *subvol = l->subvol ? xasprintf("subvol=/%s", l->subvol) : NULL;
	const struct mount_how how = { "/", subvol ? subvol : "", "" };
	int rc;

	if (device_is_writable(s->g, d))
		return hold(s, l, e);
	if (!subvol)
		return mounts_adopt(s->g, d, l->options.data, e);
	/* A second mount is cheap while the first is there. */
	rc = mounts_add(s->g, d, &how, e);
	mounts_look_end(s->g, d);
	return rc;
}

static void name_root(struct search *s, const struct device *d, const struct look *l)
{
	buf_addf(&s->roots, "%s'%s'", s->n_roots++ ? ", " : "", d->user);
	if (*l->os)
		buf_addf(&s->roots, " (%.100s)", l->os);
}

static int take_root(struct search *s, struct device *d, struct look *l, struct err *e)
{
	CLEANUP(strvec_release) struct strvec again = STRVEC_INIT; /* it is read a second time */

	s->root = d;
	if (settle(s, d, l, e) < 0)
		return -1;
	s->out->root =
		l->subvol ? xasprintf("btrfsvol:%s/%s", d->user, l->subvol) : xstrdup(d->user);
	guest_fstab_read(s->g, &s->fstab, s->held ? &again : &s->out->warnings);
	guest_fstab_account(s->g, &s->fstab, d);
	return 0;
}

/* A device of a file system that the root is on as well: not another system. */
static bool is_of_root(const struct search *s, const struct device *d)
{
	return s->root && !strcmp(d->probe.type, "btrfs") &&
	       !strcmp(d->probe.type, s->root->probe.type) &&
	       !strcmp(d->probe.uuid, s->root->probe.uuid);
}

static int try_candidate(struct search *s, struct device *d, struct err *e)
{
	CLEANUP(look_release) struct look l = { NULL, NULL, BUF_INIT };

	if (d->accounted || is_of_root(s, d) || !look_into(s, d, &l))
		return 0;
	name_root(s, d, &l);
	if (!s->root)
		return take_root(s, d, &l, e);
	mounts_look_end(s->g, d);
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct device *x = *(struct device *const *)a, *y = *(struct device *const *)b;

	if (x->probe.size != y->probe.size)
		return x->probe.size < y->probe.size ? 1 : -1;
	if (x->disk != y->disk)
		return x->disk < y->disk ? -1 : 1;
	return x->part != y->part ? (x->part < y->part ? -1 : 1) : strcmp(x->user, y->user);
}

static int try_all(struct search *s, struct err *e)
{
	struct storage *st = storage_of(s->g);
	CLEANUP(free) struct device **v = xcalloc(st->n_devices, sizeof(struct device *));
	size_t n = 0;

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];
		const struct fstype *t = d->split ? NULL : fstype_find(d->probe.type);

		d->accounted = false;
		if (t && t->linux_root)
			v[n++] = d;
	}
	if (n > 1)
		qsort(v, n, sizeof(struct device *), by_size);
	for (size_t i = 0; i < n; i++)
		if (try_candidate(s, v[i], e) < 0)
			return -1;
	return 0;
}

/* What users see when it is not as simple as that. */
static int nothing_found(struct search *s, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;

	devices_words(s->g, &words);
	err_set(e, ENOENT,
		"no operating system was found on this disk: %.600s; use -m DEVICE to mount one by "
		"hand",
		words.data ? words.data : "there is nothing on it");
	if (s->trouble.len)
		err_hint(e, "%s", s->trouble.data + 2);
	for (size_t i = 0; i < s->out->warnings.n && i < 2; i++)
		err_hint(e, "%.200s", s->out->warnings.v[i]);
	if (words.data && strstr(words.data, "(crypto_LUKS)"))
		err_hint(e, "what is encrypted (LUKS) this version cannot open");
	return -1;
}

static int several_found(struct search *s, struct err *e)
{
	struct err later;

	(void)!mounts_umount(s->g, &later);
	return err_set(e, ENOTUNIQ,
		       "more than one operating system was found on this disk: %.700s; "
		       "choose one with -m DEVICE",
		       s->roots.data);
}

/* The one root of a writing session, mounted for writing. */
static int mount_held(struct search *s, struct err *e)
{
	const struct mount_how how = { "/", s->subvol ? s->subvol : "", "" };

	let_go(s);
	if (mounts_add(s->g, s->root, &how, e) < 0)
		return -1;
	fstab_release(&s->fstab);
	guest_fstab_read(s->g, &s->fstab, &s->out->warnings);
	return 0;
}

static int run_search(struct search *s, struct err *e)
{
	struct storage *st = storage_of(s->g);

	if (devices_probe(s->g, e) < 0)
		return -1;
	for (size_t i = 0; i < st->warnings.n; i++)
		strvec_add(&s->out->warnings, st->warnings.v[i]);
	if (try_all(s, e) < 0)
		return -1;
	if (!s->root)
		return nothing_found(s, e);
	if (s->n_roots > 1)
		return several_found(s, e);
	if (s->held && mount_held(s, e) < 0)
		return -1;
	guest_fstab_mount(s->g, &s->fstab, s->root, &s->out->warnings);
	s->out->os = os_name(s->g->sysroot); /* it may lie on a file system of /usr */
	return 0;
}

int find_guest(struct guestd *g, struct guest *ret, struct err *e)
{
	struct search s = { .g = g, .out = ret, .roots = BUF_INIT, .trouble = BUF_INIT };
	int rc;

	if (g->sysroot >= 0)
		return err_set(e, EBUSY, "something is mounted on '/' already");
	if (mkdir(LOOK_DIR, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir '%s'", LOOK_DIR);
	rc = run_search(&s, e);
	if (s.held)
		let_go(&s);
	free(s.subvol);
	fstab_release(&s.fstab);
	buf_release(&s.roots);
	buf_release(&s.trouble);
	return rc;
}

void guest_release(struct guest *x)
{
	free(x->root);
	free(x->os);
	strvec_release(&x->warnings);
	*x = (struct guest)GUEST_INIT;
}
