/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See output.h. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/image_file.h"
#include "vm/image_lock.h"

#define TRIES_MAX 100

/* What is there: to be replaced, with its mode in *ret_mode, or a block device to be written over. */
static int look_at_old(struct output *o, bool may_block, mode_t *ret_mode, struct err *e)
{
	const unsigned flags = IMAGE_FILE_WRITE | IMAGE_FILE_NAMED | IMAGE_FILE_EMPTY |
			       (may_block ? 0 : IMAGE_FILE_NO_BLOCK);
	CLEANUP(image_file_release) struct image_file f = IMAGE_FILE_INIT;
	struct stat st;

	if (image_file_open(o->path, flags, &f, e) < 0 || image_lock_check_write(&f, e) < 0)
		return err_ctx(e, "cannot make it anew");
	if (fstat(f.fd, &st) < 0)
		return err_sys(e, "fstat");
	o->block = S_ISBLK(st.st_mode);
	if (o->block)
		o->fd = TAKE_FD(f.fd);
	*ret_mode = st.st_mode & 07777;
	return 0;
}

/* Finds out where it will be, and what is there. *ret_mode: of that, 0: nothing. */
static int find_place(struct output *o, const char *name, bool may_block, mode_t *ret_mode, struct err *e)
{
	struct stat st;
	char *slash;

	o->path = realpath(name, NULL);
	if (!o->path && errno != ENOENT)
		return err_sys(e, "cannot make '%s'", name);
	if (!o->path && lstat(name, &st) == 0)
		return err_set(e, ENOENT, "'%s' is a symbolic link to what is not there", name);
	*ret_mode = 0;
	if (o->path && look_at_old(o, may_block, ret_mode, e) < 0)
		return -1;
	if (!o->path)
		o->path = xstrdup(name);
	slash = strrchr(o->path, '/');
	if (slash && !slash[1])
		return err_set(e, EISDIR, "cannot make '%s': that is the name of a folder", name);
	o->folder = slash ? xasprintf("%.*s/", (int)(slash - o->path), o->path) : xstrdup(".");
	return 0;
}

/* A name beside it that nobody else has. */
static char *other_name(const struct output *o)
{
	uint64_t n;

	if (getrandom(&n, sizeof(n), 0) != sizeof(n))
		n = (uint64_t)now_ns();
	return xasprintf("%s/.guestutils-%016" PRIx64, o->folder, n);
}

int output_open(struct output *o, const char *name, bool may_block, struct err *e)
{
	mode_t mode = 0;

	if (find_place(o, name, may_block, &mode, e) < 0)
		return -1;
	if (o->block)
		return 0;
	o->fd = open(o->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
	/* EISDIR: of a kernel, or a driver, that does not know of such. */
	for (int i = 0; o->fd < 0 && i < TRIES_MAX && (errno == EOPNOTSUPP || errno == EISDIR || errno == EEXIST);
	     i++) {
		free(o->temporary);
		o->temporary = other_name(o);
		o->fd = open(o->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	}
	if (o->fd < 0) {
		free(TAKE(o->temporary));
		return err_sys(e, "cannot make '%s'", name);
	}
	if (mode && fchmod(o->fd, mode) < 0)
		return err_sys(e, "cannot make '%s'", name);
	return 0;
}

struct image *output_image(struct output *o, const struct image_new *n, struct err *e)
{
	CLEANUP(free) char *self = xasprintf("/proc/self/fd/%d", o->fd);
	struct image *img;

	if (image_create(o->fd, n, e) < 0)
		return NULL;
	/* Of a block device nobody can have two descriptors that keep others away. */
	if (o->block)
		fd_close(TAKE_FD(o->fd));
	img = image_open(o->block ? o->path : self, n->format, IMAGE_WRITE, e);
	if (!img)
		return NULL;
	free(img->name);
	img->name = xstrdup(n->path);
	return img;
}

/* Gives what has no name one that nobody else has; links do not replace. */
static int link_other(struct output *o)
{
	CLEANUP(free) char *self = xasprintf("/proc/self/fd/%d", o->fd);

	for (int i = 0; i < TRIES_MAX; i++) {
		CLEANUP(free) char *name = other_name(o);

		if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
			o->temporary = TAKE(name);
			return 0;
		}
		if (errno != EEXIST)
			return -1;
	}
	return -1;
}

int output_finish(struct output *o, struct err *e)
{
	CLEANUP(free) char *self = xasprintf("/proc/self/fd/%d", o->fd);

	if (o->block)
		return 0;
	if (!o->temporary && linkat(AT_FDCWD, self, AT_FDCWD, o->path, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if ((!o->temporary && (errno != EEXIST || link_other(o) < 0)) || rename(o->temporary, o->path) < 0)
		return err_sys(e, "cannot make '%s'", o->path);
	free(TAKE(o->temporary));
	return 0;
}

void output_release(struct output *o)
{
	if (o->temporary)
		unlink(o->temporary);
	free(TAKE(o->temporary));
	fd_close(TAKE_FD(o->fd));
	free(TAKE(o->path));
	free(TAKE(o->folder));
}
