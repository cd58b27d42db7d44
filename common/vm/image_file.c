/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_file.h. */
#include "vm/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

#define NULL_DISK_SIZE 4096

/* What a file that cannot be a disk is, in words; NULL for one that can. */
static const char *not_a_disk(mode_t mode, unsigned flags)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFBLK:
		return flags & IMAGE_FILE_NO_BLOCK ? "a block device of this machine" : NULL;
	case S_IFDIR:
		return "a folder, not a disk image";
	case S_IFIFO:
		return "a pipe, not a disk image";
	case S_IFSOCK:
		return "a socket, not a disk image";
	default:
		return "a character device, not a disk image";
	}
}

/*
 * Opens anew what an O_PATH descriptor stands for. A pipe would block, and some
 * devices act on being opened, so the type is looked at before, and no name is
 * resolved twice.
 */
static int reopen(int fd, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags | O_CLOEXEC | O_NOCTTY);
}

/* A private disk of zeros; reopened for reading, since qemu wants the very mode it asks for. */
static int open_null(unsigned flags, struct image_file *f, struct err *e)
{
	CLEANUP(fd_close) int fd = memfd_create("null-disk", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, NULL_DISK_SIZE) < 0)
		return err_sys(e, "cannot make a disk for '%s'", f->path);
	f->fd = flags & IMAGE_FILE_WRITE ? TAKE_FD(fd) : reopen(fd, O_RDONLY);
	if (f->fd < 0)
		return err_sys(e, "cannot make a disk for '%s'", f->path);
	return 0;
}

/* Any other file, if its type is right. */
static int open_path(unsigned flags, struct image_file *f, struct err *e)
{
	bool write = flags & IMAGE_FILE_WRITE;
	CLEANUP(fd_close) int fd = open(f->path, O_PATH | O_CLOEXEC);
	const char *what;
	int read_only = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "cannot open '%s'", f->shown);
	what = not_a_disk(st.st_mode, flags);
	if (what)
		return err_set(e, S_ISBLK(st.st_mode) ? ENOTBLK : EINVAL, "'%s' is %s", f->shown,
			       what);
	/* O_EXCL on a block device: not while it is mounted, or a part of something. */
	f->fd = reopen(fd, !write ? O_RDONLY : S_ISBLK(st.st_mode) ? O_RDWR | O_EXCL : O_RDWR);
	if (f->fd < 0 && errno == EBUSY)
		return err_set(e, EBUSY, "'%s' is in use by this machine: not opened for writing",
			       f->shown);
	if (f->fd < 0)
		return err_sys(e, "cannot open '%s'%s", f->shown, write ? " for writing" : "");
	/* The kernel opens it for writing all the same. */
	if (write && S_ISBLK(st.st_mode) && ioctl(f->fd, BLKROGET, &read_only) == 0 && read_only)
		return err_set(e, EROFS, "'%s' is a read-only device: not opened for writing", f->shown);
	return 0;
}

static int measure(struct image_file *f, struct err *e)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return err_sys(e, "cannot read '%s'", f->shown);
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	f->size = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(f->fd, BLKGETSIZE64, &f->size) < 0)
		return err_sys(e, "cannot read the size of '%s'", f->shown);
	return 0;
}

int image_file_measure(struct image_file *f, struct err *e)
{
	if (f->remote)
		return 0;
	if (measure(f, e) < 0)
		return -1;
	if (f->size == 0)
		return err_set(e, EINVAL, "'%s' is empty: not a disk image", f->shown);
	return 0;
}

int image_file_open(const char *path, unsigned flags, struct image_file *ret_f, struct err *e)
{
	CLEANUP(image_file_release) struct image_file f = IMAGE_FILE_INIT;
	bool null = strcmp(path, "/dev/null") == 0 && !(flags & IMAGE_FILE_NAMED);

	f.path = xstrdup(path);
	image_name_shown(path, f.shown);
	if ((null ? open_null(flags, &f, e) : open_path(flags, &f, e)) < 0 ||
	    (flags & IMAGE_FILE_EMPTY ? measure(&f, e) : image_file_measure(&f, e)) < 0)
		return -1;
	*ret_f = f;
	f = (struct image_file)IMAGE_FILE_INIT;
	return 0;
}

int image_file_open_remote(const struct remote_spec *place, bool write, struct image_file *ret_f,
			   struct err *e)
{
	CLEANUP(free) char *shown = remote_spec_shown(place);
	struct remote *r = remote_open(place, write, e);

	if (!r)
		return -1;
	*ret_f = (struct image_file){ .fd = -1, .remote = r, .size = remote_size(r) };
	remote_spec_copy(place, &ret_f->place);
	image_name_shown(shown, ret_f->shown);
	ret_f->path = TAKE(shown);
	return 0;
}

static int read_remote(const void *ctx, void *p, size_t n, uint64_t off)
{
	return remote_pread(ctx, p, n, off);
}

struct image_source image_file_source(const struct image_file *f)
{
	return (struct image_source){ .fd = f->fd,
				      .size = f->size,
				      .name = f->shown,
				      .read = f->remote ? read_remote : NULL,
				      .ctx = f->remote };
}

void image_file_release(struct image_file *f)
{
	remote_close(f->remote);
	remote_spec_release(&f->place);
	fd_close(f->fd);
	free(f->path);
	*f = (struct image_file)IMAGE_FILE_INIT;
}
