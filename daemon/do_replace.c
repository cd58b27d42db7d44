/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call replace_file: the old content or the new, never neither (replace.c), and all else
 * about the file as it was (attrs.c).
 *
 * In place, all names of the file get the new content, for it is written into the same inode.
 * The stream is taken in whole first, into a file without a name, and space is claimed: a tool
 * that dies, or a disk that is full, changes nothing. While that file is then copied over the old
 * one, which takes as long as its size wants, a crash of the machine leaves a mixture: that is
 * what a backup is for, which is a full copy then.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "attrs.h"
#include "below.h"
#include "guestd.h"
#include "mounts.h"
#include "receive.h"
#include "replace.h"
#include "sysroot.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "warnings.h"

#define COPY_PIECE ((size_t)8 << 20) /* between two looks for a cancel */

/* A replacement in progress. */
struct job {
	struct guestd *g;
	const struct replace_file_args *a;
	char path[PATH_MAX]; /* of the file itself, in the guest: no symlinks in it */
	char *backup; /* the name of one in folder, or NULL */
	int folder;
	const char *name; /* in folder; the end of path */
	int old;	  /* -1: it is to be made */
	bool begun;	  /* in place: bytes of the old file may have changed */
	struct stat st;
	struct strvec notices;
};

/* Closes all that is open in the guest. */
static void job_close(struct job *j)
{
	fd_close(TAKE_FD(j->folder));
	fd_close(TAKE_FD(j->old));
	free(TAKE(j->backup));
}

static inline void job_release_p(struct job *j)
{
	job_close(j);
	strvec_release(&j->notices);
}

/* ---- finding it */

/* Opens the folder of j->path, which ends in the file's name. */
static int folder_open(struct job *j, struct err *e)
{
	char *slash = strrchr(j->path, '/');
	CLEANUP(free) char *folder = xasprintf("%.*s/", (int)(slash - j->path), j->path);

	j->name = slash + 1;
	j->folder = sysroot_open(j->g, folder, O_RDONLY | O_DIRECTORY, 0, e);
	return j->folder < 0 ? -1 : 0;
}

/* The file is there: its folder is that of the last symlink's target, not the one asked for. */
static int find_old(struct job *j, struct err *e)
{
	struct stat st;

	j->old = sysroot_open_file(j->g, j->a->path, O_RDONLY, &j->st, e);
	if (j->old < 0 || sysroot_path(j->g, j->old, j->path, e) < 0 || folder_open(j, e) < 0)
		return -1;
	if (fstatat(j->folder, j->name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_dev != j->st.st_dev || st.st_ino != j->st.st_ino)
		return err_set(e, ESTALE, "'%s' has changed its place", j->a->path);
	return 0;
}

/* The file is not there: its folder has to be. */
static int find_new(struct job *j, struct err *e)
{
	const char *path = j->a->path, *name = strrchr(path, '/') + 1;
	CLEANUP(fd_close) int link = below_open(j->g->sysroot, path, O_PATH | O_NOFOLLOW, 0);
	CLEANUP(free) char *folder = xasprintf("%.*s", (int)(name - path), path);
	CLEANUP(fd_close) int fd = -1;

	if (link >= 0)
		return err_set(e, ENOENT, "'%s' is a symbolic link to what is not there", path);
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return err_set(e, EINVAL, "'%s' is not the name of a file", path);
	fd = sysroot_open(j->g, folder, O_PATH | O_DIRECTORY, 0, e);
	if (fd < 0)
		return -1;
	if (sysroot_path(j->g, fd, j->path, e) < 0)
		return -1;
	size_t n = strlen(j->path);
	if (n + 1 + strlen(name) >= sizeof(j->path))
		return err_set(e, ENAMETOOLONG, "'%s'", path);
	snprintf(j->path + n, sizeof(j->path) - n, "/%s", name);
	return folder_open(j, e);
}

/* The backup's name, and whether it can be had. */
static int find_backup(struct job *j, struct err *e)
{
	struct stat st;

	if (!*j->a->backup || j->old < 0)
		return 0;
	if (strchr(j->a->backup, '/'))
		return err_set(e, EINVAL, "the backup's suffix '%s' has a '/' in it", j->a->backup);
	if (strlen(j->name) + strlen(j->a->backup) > NAME_MAX)
		return err_set(e, ENAMETOOLONG, "the backup's name '%s%s' is too long", j->name,
			       j->a->backup);
	j->backup = xasprintf("%s%s", j->name, j->a->backup);
	if (fstatat(j->folder, j->backup, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return err_set(e, EISDIR, "the backup '%s%s' is a folder", j->path, j->a->backup);
	return 0;
}

static int find(struct job *j, struct err *e)
{
	struct err why = ERR_INIT;

	if (find_old(j, &why) == 0)
		return find_backup(j, e);
	if (why.no == ENOENT && j->old < 0 && j->a->how & REPLACE_CREATE)
		return find_new(j, e);
	*e = why;
	return -1;
}

/* What chattr in the guest forbids. */
static int check_flags(struct job *j, struct err *e)
{
	CLEANUP(free) char *file = xasprintf("'%s'", j->path);
	CLEANUP(free) char *folder = xasprintf("the folder of '%s'", j->path);

	if (j->old >= 0 && attrs_check(j->old, file, e) < 0)
		return -1;
	return attrs_check(j->folder, folder, e);
}

/* ---- doing it */

/* The stream, into a file without a name in the folder; its attributes come later. */
static int take_in(struct job *j, struct fresh *f, uint64_t *ret_size, struct err *e)
{
	if (fresh_open(f, j->folder, j->path, e) < 0)
		return -1;
	if (j->old >= 0)
		attrs_copy_flags(j->old, f->fd, j->path, &j->notices);
	return receive_file(j->g, f->fd, j->path, ret_size, e);
}

static int sync_file(int fd, const char *path, struct err *e)
{
	return fsync(fd) < 0 ? err_sys(e, "write out '%s'", path) : 0;
}

static int create(struct job *j, struct fresh *f, struct err *e)
{
	mode_t mode = j->a->mode ? j->a->mode & 07777 : 0644;
	struct stat st;

	if (fstat(f->fd, &st) < 0 ||
	    ((st.st_mode & 07777) != mode && fchmod(f->fd, mode) < 0 && errno != EPERM))
		return err_sys(e, "set the mode of '%s'", j->path);
	if (attrs_label_new(j->folder, f->fd, j->path, e) < 0 ||
	    sync_file(f->fd, j->path, e) < 0 || check_cancel(j->g, e) < 0 ||
	    fresh_place_new(f, j->name, j->path, e) < 0)
		return -1;
	return folder_sync(j->folder, j->path, e);
}

static int replace(struct job *j, struct fresh *f, struct err *e)
{
	if (attrs_copy(j->old, f->fd, &j->st, j->path, &j->notices, e) < 0)
		return -1;
	attrs_copy_project(j->old, f->fd, j->folder, false);
	if (sync_file(f->fd, j->path, e) < 0 || check_cancel(j->g, e) < 0)
		return -1;
	if ((j->backup ? fresh_place_backup(f, j->name, j->backup, j->path, e)
			  : fresh_place(f, j->name, j->path, e)) < 0)
		return -1;
	attrs_copy_project(j->old, f->fd, j->folder, true);
	if (j->st.st_nlink > 1)
		strvec_addf(&j->notices,
			    "'%s' was one of %lu hard links: the others keep the old content "
			    "(--in-place changes all of them)",
			    j->path, (unsigned long)j->st.st_nlink);
	return folder_sync(j->folder, j->path, e);
}

/* Copies bytes from one file to the other, both at the same offset. */
static int copy_range(int from, int to, uint64_t pos, uint64_t end)
{
	off_t at = (off_t)pos;

	if (lseek(to, at, SEEK_SET) < 0)
		return -1;
	while ((uint64_t)at < end) {
		size_t n = end - (uint64_t)at < COPY_PIECE ? (size_t)(end - (uint64_t)at)
							   : COPY_PIECE;
		ssize_t r = sendfile(to, from, &at, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			errno = r ? errno : EIO;
			return -1;
		}
	}
	return 0;
}

/* Makes to what from is; holes of a file that was empty stay holes. */
static int copy_content(int from, int to, uint64_t size, bool sparse, const char *path,
			struct err *e)
{
	uint64_t pos = 0;

	while (pos < size) {
		off_t data = sparse ? lseek(from, (off_t)pos, SEEK_DATA) : (off_t)pos;
		off_t hole = sparse && data >= 0 ? lseek(from, data, SEEK_HOLE) : (off_t)size;

		if (data < 0)
			break; /* a hole up to the end */
		if (hole <= data)
			hole = (off_t)size;
		if (copy_range(from, to, (uint64_t)data, (uint64_t)hole) < 0)
			return err_sys(e, "write '%s' at byte %lld", path, (long long)data);
		pos = (uint64_t)hole;
	}
	if (ftruncate(to, (off_t)size) < 0)
		return err_sys(e, "make '%s' %llu bytes long", path, (unsigned long long)size);
	return 0;
}

/* A full copy of the old file, since the old file itself is about to change. */
static int copy_backup(struct job *j, struct err *e)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, j->st.st_mtim };
	CLEANUP(fresh_release) struct fresh f = FRESH_INIT;
	CLEANUP(free) char *path = xasprintf("%s%s", j->path, j->a->backup);
	CLEANUP(strvec_release) struct strvec ignored = STRVEC_INIT;

	if (fresh_open(&f, j->folder, path, e) < 0)
		return -1;
	attrs_copy_flags(j->old, f.fd, path, &ignored);
	if (copy_content(j->old, f.fd, (uint64_t)j->st.st_size, true, path, e) < 0 ||
	    attrs_copy(j->old, f.fd, &j->st, path, &ignored, e) < 0)
		return -1;
	attrs_copy_project(j->old, f.fd, j->folder, false);
	if (futimens(f.fd, times) < 0)
		return err_sys(e, "set the time of '%s'", path);
	if (sync_file(f.fd, path, e) < 0 || fresh_place(&f, j->backup, path, e) < 0)
		return -1;
	return folder_sync(j->folder, path, e);
}

/* Claims what the file will grow by, so that a full disk is known of while it is whole. */
static int claim(int fd, const struct job *j, uint64_t size, struct err *e)
{
	uint64_t have = (uint64_t)j->st.st_size;

	if (size <= have || fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)have, (off_t)(size - have)) == 0 ||
	    (errno != ENOSPC && errno != EDQUOT))
		return 0;
	return err_sys(e, "write '%s'", j->path);
}

static int write_in_place(struct job *j, struct fresh *f, uint64_t size, struct err *e)
{
	char self[40], caps[256];
	struct stat st;
	ssize_t n = fgetxattr(j->old, "security.capability", caps, sizeof(caps));

	snprintf(self, sizeof(self), "/proc/self/fd/%d", j->old);
	CLEANUP(fd_close) int fd = open(self, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open '%s' for writing", j->path);
	if (check_cancel(j->g, e) < 0 || (j->backup && copy_backup(j, e) < 0) ||
	    claim(fd, j, size, e) < 0)
		return -1;
	j->begun = true;
	if (copy_content(f->fd, fd, size, false, j->path, e) < 0)
		return -1;
	/* Writing takes them away. */
	if (n > 0 && fsetxattr(fd, "security.capability", caps, (size_t)n, 0) < 0)
		return err_sys(e, "keep the capabilities of '%s'", j->path);
	if (fstat(fd, &st) < 0 ||
	    ((st.st_mode ^ j->st.st_mode) & 07777 && fchmod(fd, j->st.st_mode & 07777) < 0))
		return err_sys(e, "keep the mode of '%s'", j->path);
	return sync_file(fd, j->path, e);
}

/* What is known of it when there is no space: more than the errno says. */
static int explain(const struct job *j, struct err *e)
{
	struct statvfs v;

	if ((e->no == ENOSPC || e->no == EDQUOT) && fstatvfs(j->folder, &v) == 0)
		err_hint(e, "%s; %llu bytes are free on its file system",
			 j->begun ? "it was being written in place, and is half old, half new"
				  : "nothing was changed",
			 (unsigned long long)v.f_bavail * v.f_frsize);
	return -1;
}

static int run_job(struct job *j, uint64_t *ret_size, struct err *e)
{
	CLEANUP(fresh_release) struct fresh f = FRESH_INIT;

	if (find(j, e) < 0 || check_flags(j, e) < 0)
		return -1;
	/* Nothing may be open while its mount is changed. */
	job_close(j);
	if (mounts_make_writable(j->g, j->path, e) < 0 || find(j, e) < 0 || take_in(j, &f, ret_size, e) < 0)
		return -1;
	if (j->old < 0)
		return create(j, &f, e);
	return j->a->how & REPLACE_IN_PLACE ? write_in_place(j, &f, *ret_size, e)
					    : replace(j, &f, e);
}

int do_replace_file(struct guestd *g, const struct replace_file_args *a,
		    struct replace_file_ret *r, struct err *e)
{
	CLEANUP(job_release) struct job j = { .g = g,
					      .a = a,
					      .folder = -1,
					      .old = -1,
					      .notices = STRVEC_INIT };

	if (run_job(&j, &r->size, e) < 0)
		return j.folder < 0 ? -1 : explain(&j, e);
	r->path = xstrdup(j.path);
	warnings_answer(&j.notices, &r->notices);
	return 0;
}
