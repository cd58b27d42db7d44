/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls on folders: names, and trees of records.
 *
 * A walk keeps its own stack, of the folders from the top down to where it is:
 * how deep a tree is, is for the guest to say. Each folder is opened by its name
 * in the one above, so no path is too long for the kernel; only the uppermost
 * FDS_MAX stay open, and a deeper one is found again as ".." of the one below it.
 *
 * What cannot be read does not end a walk: the first such error is kept, the
 * rest of the tree is sent, and then the call fails with it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "checksum.h"
#include "folder.h"
#include "guestd.h"
#include "daemon/inspect/win_path.h"
#include "names.h"
#include "sysroot.h"
#include "util/io.h"
#include "util/xalloc.h"

#define FDS_MAX	      256	   /* folders of a walk that stay open */
#define HELD_MAX      (128u << 20) /* bytes of names that a walk may hold, in all its folders */
#define LINK_MAX_LEN  8192	   /* of a symlink's target; the kernel's own limit is half of it */
#define ERRORS_LOGGED 20	   /* of a walk */
#define OPEN_FOLDER   (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* ---- list_dir */

int do_list_dir(struct guestd *g, const struct list_dir_args *a, struct list_dir_ret *r,
		struct err *e)
{
	CLEANUP(fd_close) int fd = sysroot_open(g, a->path, O_RDONLY | O_DIRECTORY, 0, e);
	CLEANUP(folder_release) struct folder f = FOLDER_INIT;
	struct err bad;
	int res;

	if (fd < 0)
		return -1;
	res = folder_read(&f, fd, a->path, &bad);
	for (size_t i = 0; i < f.n; i++) {
		const char *name = folder_name(&f, i);

		if (stream_data(g, name, strlen(name) + 1, e) || check_cancel(g, e))
			return -1;
	}
	if (res)
		*e = bad;
	r->count = f.n;
	return res;
}

/* ---- one entry */

/* A file by its name in a folder, or, where name is "", what dirfd itself is open on. */
struct where {
	int dirfd;
	const char *name;
};

/* lstat, with what struct stat does not have a place for. */
static int where_statx(struct where at, struct statx *ret)
{
	return statx(at.dirfd, at.name,
		     AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*at.name ? 0 : AT_EMPTY_PATH),
		     STATX_BASIC_STATS, ret);
}

/* Fills all that statx tells. */
static void entry_fill(wire_entry *x, const struct statx *s)
{
	x->mode = s->stx_mode;
	x->size = s->stx_size;
	x->uid = s->stx_uid;
	x->gid = s->stx_gid;
	x->atime = s->stx_atime.tv_sec;
	x->atime_ns = s->stx_atime.tv_nsec;
	x->mtime = s->stx_mtime.tv_sec;
	x->mtime_ns = s->stx_mtime.tv_nsec;
	x->ctime = s->stx_ctime.tv_sec;
	x->ctime_ns = s->stx_ctime.tv_nsec;
	x->dev_major = s->stx_dev_major;
	x->dev_minor = s->stx_dev_minor;
	x->ino = s->stx_ino;
	x->nlink = s->stx_nlink;
	x->rdev_major = s->stx_rdev_major;
	x->rdev_minor = s->stx_rdev_minor;
	x->blocks = s->stx_blocks;
}

/* A symlink's target into the buffer; "" where it cannot be read. */
static int entry_link(struct where at, char link[LINK_MAX_LEN])
{
	ssize_t n = readlinkat(at.dirfd, at.name, link, LINK_MAX_LEN - 1);

	link[n < 0 ? 0 : n] = '\0';
	win_link_show(at.dirfd, link);
	return n < 0 ? -1 : 0;
}

int do_stat(struct guestd *g, const struct stat_args *a, struct stat_ret *r, struct err *e)
{
	CLEANUP(fd_close)
	int fd = sysroot_open(g, a->path, O_PATH | (a->follow ? 0 : O_NOFOLLOW), 0, e);
	CLEANUP(names_release) struct names names = NAMES_INIT;
	struct where at = { fd, "" };
	char link[LINK_MAX_LEN] = "", real[PATH_MAX] = "";
	struct err none;
	struct statx s;
	wire_entry *x;

	if (fd < 0)
		return -1;
	if (where_statx(at, &s))
		return err_sys(e, "stat '%s'", a->path);
	if (S_ISLNK(s.stx_mode) && entry_link(at, link))
		return err_sys(e, "read the link '%s'", a->path);
	names_load(g, &names);
	/* One that is too long is not told. */
	r->real = xstrdup(sysroot_path(g, fd, real, &none) < 0 ? "" : real);
	r->entry.n = 1;
	r->entry.v = x = xcalloc(1, sizeof(*x));
	entry_fill(x, &s);
	x->path = xstrdup(a->path);
	x->link = xstrdup(link);
	x->user = xstrdup(names_find(&names.users, x->uid));
	x->group = xstrdup(names_find(&names.groups, x->gid));
	x->checksum = xstrdup("");
	return 0;
}

/* ---- walk */

/* A folder on the way from the top to where the walk is. */
struct level {
	struct folder folder;
	size_t next;	 /* the next of its names */
	int fd;		 /* -1: closed, for it was too deep */
	size_t path_len; /* of its path in walk.path, without a slash at its end */
	dev_t dev;
	ino_t ino;
};

struct walk {
	struct guestd *g;
	const struct walk_args *args;
	struct names names;
	struct checksum *checksum; /* NULL: none wanted */
	struct buf path;	   /* of the entry in hand */
	struct buf record;	   /* the entry in hand, encoded */
	struct level *levels;
	size_t depth, cap;
	size_t held; /* bytes of names in all levels */
	uint64_t count, blocks;
	struct err first; /* the first of errors errors */
	unsigned errors;
};

/* Keeps an error for the end of the walk. */
static void note(struct walk *w, const struct err *e)
{
	if (!w->errors++)
		w->first = *e;
	if (w->errors <= ERRORS_LOGGED)
		log_line(w->g, "%s", e->msg);
}

/* wire_xdr_entry for frame_encode. */
static bool xdr_entry(XDR *x, void *v)
{
	return wire_xdr_entry(x, v);
}

/* The checksum of a regular file, "" where it cannot be had; -1 only where the walk is to end. */
static int walk_checksum(struct walk *w, struct where at, char sum[CHECKSUM_HEX_MAX], struct err *e)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	char self[32];
	struct err bad;
	CLEANUP(fd_close) int fd = -1;

	if (*at.name) {
		fd = openat(at.dirfd, at.name, flags | O_NOFOLLOW);
	} else {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", at.dirfd);
		fd = open(self, flags);
	}
	if (fd < 0)
		err_sys(&bad, "open '%s'", w->path.data);
	else if (!checksum_file(w->checksum, w->g, fd, w->path.data, sum, &bad))
		return 0;
	sum[0] = '\0';
	if (w->g->cancelled) {
		*e = bad;
		return -1;
	}
	note(w, &bad);
	return 0;
}

/* Sends the record of w->path. */
static int walk_send(struct walk *w, const wire_entry *x, struct err *e)
{
	w->record.len = 0;
	w->count++;
	if (frame_encode(&w->record, xdr_entry, x, e) ||
	    stream_data(w->g, w->record.data, w->record.len, e))
		return -1;
	return check_cancel(w->g, e);
}

/* There is no call that asks for one below a descriptor, but descriptors have paths in /proc. */
static bool has_xattr(struct where at, const char *name)
{
	CLEANUP(free) char *path = xasprintf("/proc/self/fd/%d%s%s", at.dirfd,
					     *at.name ? "/" : "", at.name);

	return (*at.name ? lgetxattr : getxattr)(path, name, NULL, 0) > 0;
}

/* What the file has beyond its mode. */
static uint32_t entry_marks(struct where at, mode_t mode)
{
	uint32_t marks = has_xattr(at, "security.selinux") ? ENTRY_LABEL : 0;

	if (!S_ISLNK(mode) && (has_xattr(at, "system.posix_acl_access") ||
			       has_xattr(at, "system.posix_acl_default")))
		marks |= ENTRY_ACL;
	return marks;
}

/*
 * Sends the entry of w->path, which is at at and of the d_type given, and tells its
 * mode. Where nothing more can be known the entry has its path and type alone.
 */
static int walk_entry(struct walk *w, struct where at, unsigned char type, mode_t *ret_mode,
		      struct err *e)
{
	char link[LINK_MAX_LEN], sum[CHECKSUM_HEX_MAX] = "", none[] = "";
	wire_entry x = { .path = w->path.data,
			 .mode = (uint32_t)DTTOIF(type),
			 .link = none,
			 .user = none,
			 .group = none,
			 .checksum = sum };
	struct statx s;
	struct err bad;

	if (!w->args->names_only || type == DT_UNKNOWN) {
		if (where_statx(at, &s)) {
			err_sys(&bad, "stat '%s'", w->path.data);
			note(w, &bad);
		} else if (w->args->names_only) {
			x.mode = s.stx_mode & S_IFMT;
		} else {
			entry_fill(&x, &s);
			/* Only read: an encoded string is not const in its record. */
			x.user = (char *)(uintptr_t)names_find(&w->names.users, x.uid);
			x.group = (char *)(uintptr_t)names_find(&w->names.groups, x.gid);
			if (w->args->parents)
				x.marks = entry_marks(at, x.mode);
		}
	}
	if (S_ISLNK(x.mode) && !w->args->names_only) {
		x.link = link;
		if (entry_link(at, link)) {
			err_sys(&bad, "read the link '%s'", w->path.data);
			note(w, &bad);
		}
	}
	if (S_ISREG(x.mode) && w->checksum && walk_checksum(w, at, sum, e))
		return -1;
	if (w->depth <= 1)
		w->blocks += x.blocks;
	*ret_mode = x.mode;
	return walk_send(w, &x, e);
}

/* Is that folder one of those that lead to it? Only a broken file system has such. */
static bool is_above(const struct walk *w, const struct stat *st)
{
	for (size_t i = 0; i < w->depth; i++)
		if (w->levels[i].ino == st->st_ino && w->levels[i].dev == st->st_dev)
			return true;
	return false;
}

/* Makes fd, open on the folder at w->path, a level without names. */
static int level_init(const struct walk *w, struct level *l, int fd, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st))
		return err_sys(e, "stat '%s'", w->path.data);
	if (is_above(w, &st))
		return err_set(e, ELOOP, "'%s' is a folder that it lies in itself", w->path.data);
	*l = (struct level){ .fd = fd,
			     .path_len = w->path.len,
			     .dev = st.st_dev,
			     .ino = st.st_ino,
			     .folder = FOLDER_INIT };
	return 0;
}

/* Reads the names of the folder at w->path; fd becomes the level's. */
static void level_push(struct walk *w, int fd)
{
	struct level l;
	struct err bad;

	if (level_init(w, &l, fd, &bad)) {
		note(w, &bad);
		fd_close(fd);
		return;
	}
	if (folder_read(&l.folder, fd, w->path.data, &bad))
		note(w, &bad);
	folder_sort(&l.folder);
	w->held += l.folder.text.len;
	if (w->depth >= FDS_MAX) {
		fd_close(w->levels[w->depth - 1].fd);
		w->levels[w->depth - 1].fd = -1;
	}
	if (w->depth == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->levels = xreallocarray(w->levels, w->cap, sizeof(*w->levels));
	}
	w->levels[w->depth++] = l;
}

/* Goes down into the folder at w->path, a name in the deepest level. */
static void level_enter(struct walk *w, const char *name)
{
	struct err bad;
	int fd = -1;

	if (w->held > HELD_MAX)
		err_set(&bad, EFBIG, "'%s': the folders above it have too many names",
			w->path.data);
	else if ((fd = openat(w->levels[w->depth - 1].fd, name, OPEN_FOLDER)) < 0)
		err_sys(&bad, "open '%s'", w->path.data);
	if (fd < 0)
		note(w, &bad);
	else
		level_push(w, fd);
}

/* Opens a level again that was closed for its depth, from the one below it. */
static int level_reopen(struct walk *w, struct level *l, int below)
{
	struct stat st;
	struct err bad;
	int fd = openat(below, "..", OPEN_FOLDER);

	if (fd >= 0 && !fstat(fd, &st) && st.st_dev == l->dev && st.st_ino == l->ino)
		return fd;
	fd_close(fd);
	w->path.data[l->path_len] = '\0';
	err_set(&bad, EIO, "cannot go on in '%s': its folders lead elsewhere", w->path.data);
	note(w, &bad);
	l->next = l->folder.n;
	return -1;
}

/* Leaves the deepest level. */
static void level_pop(struct walk *w)
{
	struct level *l = &w->levels[--w->depth];

	if (w->depth && w->levels[w->depth - 1].fd < 0)
		w->levels[w->depth - 1].fd = level_reopen(w, l - 1, l->fd);
	w->held -= l->folder.text.len;
	folder_release(&l->folder);
	fd_close(l->fd);
}

/* The next entry of the deepest level, and down into it where it is a folder. */
static int walk_step(struct walk *w, struct err *e)
{
	struct level *l = &w->levels[w->depth - 1];
	const char *name = folder_name(&l->folder, l->next);
	unsigned char type = folder_type(&l->folder, l->next);
	mode_t mode;

	l->next++;
	w->path.len = l->path_len;
	buf_addch(&w->path, '/');
	buf_addstr(&w->path, name);
	if (w->path.len > WIRE_STR_MAX) {
		struct err bad;

		w->path.data[l->path_len] = '\0';
		err_set(&bad, ENAMETOOLONG, "a path below '%s' is too long", w->path.data);
		note(w, &bad);
		return 0;
	}
	if (walk_entry(w, (struct where){ l->fd, name }, type, &mode, e))
		return -1;
	if (w->args->recursive && S_ISDIR(mode))
		level_enter(w, name);
	return 0;
}

/* "." and ".." of the top folder. The latter is asked for by its path: it ends at the root. */
static int walk_parents(struct walk *w, int fd, struct err *e)
{
	size_t len = w->path.len;
	mode_t mode;

	buf_addstr(&w->path, "/.");
	if (walk_entry(w, (struct where){ fd, "" }, DT_DIR, &mode, e))
		return -1;
	buf_addstr(&w->path, ".");
	CLEANUP(fd_close) int up = sysroot_open(w->g, w->path.data, O_PATH, 0, e);
	if (up < 0 || walk_entry(w, (struct where){ up, "" }, DT_DIR, &mode, e))
		return -1;
	w->path.len = len;
	w->path.data[len] = '\0';
	return 0;
}

/* The top as it was asked for, then, if it is a folder or leads to one, what is in it. */
static int walk_top(struct walk *w, struct err *e)
{
	const char *path = w->args->path;
	CLEANUP(fd_close) int top = sysroot_open(w->g, path, O_PATH | O_NOFOLLOW, 0, e);
	CLEANUP(fd_close) int fd = -1;
	mode_t mode;

	if (top < 0)
		return -1;
	buf_addstr(&w->path, path);
	if (walk_entry(w, (struct where){ top, "" }, DT_UNKNOWN, &mode, e))
		return -1;
	fd = sysroot_open(w->g, path, O_RDONLY | O_DIRECTORY, 0, e);
	if (fd < 0)
		return -1;
	while (w->path.len && w->path.data[w->path.len - 1] == '/')
		w->path.data[--w->path.len] = '\0';
	w->blocks = 0;
	if (w->args->parents && walk_parents(w, fd, e))
		return -1;
	level_push(w, TAKE_FD(fd));
	while (w->depth) {
		const struct level *l = &w->levels[w->depth - 1];

		if (l->next == l->folder.n)
			level_pop(w);
		else if (walk_step(w, e))
			return -1;
	}
	return 0;
}

int do_walk(struct guestd *g, const struct walk_args *a, struct walk_ret *r, struct err *e)
{
	CLEANUP(checksum_free) struct checksum *sum = NULL;
	struct walk w = { .g = g, .args = a, .names = NAMES_INIT };
	int res;

	if (*a->checksum && !(sum = checksum_new(a->checksum, e)))
		return -1;
	w.checksum = sum;
	if (!a->names_only)
		names_load(g, &w.names);
	res = walk_top(&w, e);
	while (w.depth)
		level_pop(&w);
	free(w.levels);
	names_release(&w.names);
	buf_release(&w.path);
	buf_release(&w.record);
	r->count = w.count;
	r->blocks = (w.blocks + 1) / 2;
	if (res || !w.errors)
		return res;
	*e = w.first;
	return w.errors > 1 ? err_hint(e, "and %u more", w.errors - 1) : -1;
}
