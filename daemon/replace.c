/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See replace.h. Theory of operation:
 *
 *   where the file system can:   O_TMPFILE -> content, attributes, fsync -> linkat to a random
 *                                name -> rename over the old -> fsync of the folder
 *   elsewhere:                   O_EXCL on a random name, the same from there
 *
 * rename(2) is the one step in which the old content becomes the new. A name appears only once
 * all is on the disk, so that a crash leaves at most an odd name in the folder, and before that
 * nothing at all. The names come from the kernel's generator, and are made with O_EXCL: who
 * knows the guest cannot have put a link there before (CVE-2013-4419).
 */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "util/io.h"

#ifndef EXFAT_SUPER_MAGIC
#define EXFAT_SUPER_MAGIC 0x2011bab0
#endif
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

#define TRIES 16 /* names that are taken already; one in 2^64 is */

/* ".guestutils-" and 16 hexadecimal digits: fits 8 bit and UTF-16 file systems alike. */
static int name_make(char *name, size_t n, struct err *e)
{
	uint64_t r;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return err_sys(e, "getrandom");
	snprintf(name, n, ".guestutils-%016llx", (unsigned long long)r);
	return 0;
}

/* Could it be that only this way of making a file is unknown here? */
static bool is_unknown(int no)
{
	return no == EOPNOTSUPP || no == ENOSYS || no == EINVAL || no == EISDIR || no == ENOENT ||
	       no == EPERM || no == ENOTTY;
}

/* Makes a file of a random name. */
static int open_named(struct fresh *f, const char *path, struct err *e)
{
	for (int i = 0; i < TRIES; i++) {
		if (name_make(f->name, sizeof(f->name), e) < 0)
			break;
		f->fd = openat(f->folder, f->name,
			       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (f->fd >= 0)
			return 0;
		if (errno != EEXIST) {
			err_sys(e, "cannot make a file beside '%s'", path);
			break;
		}
		err_set(e, EEXIST, "cannot make a file beside '%s': all names are taken", path);
	}
	f->name[0] = '\0';
	return -1;
}

int fresh_open(struct fresh *f, int folder, const char *path, struct err *e)
{
	*f = (struct fresh){ .folder = folder };
	f->fd = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (f->fd >= 0)
		return 0;
	return is_unknown(errno) ? open_named(f, path, e)
				 : err_sys(e, "cannot make a file beside '%s'", path);
}

/* Gives it that name, which nothing has. */
static int link_as(const struct fresh *f, const char *name)
{
	char self[40];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	return linkat(AT_FDCWD, self, f->folder, name, AT_SYMLINK_FOLLOW);
}

/*
 * btrfs writes nothing of a file without a name at its fsync (a link count of 0 "can never be
 * reached"), and after a crash the name would lead to an empty one: with the name, once more.
 */
static int sync_named(const struct fresh *f, const char *path, struct err *e)
{
	struct statfs sf;

	if (fstatfs(f->fd, &sf) < 0 || sf.f_type != BTRFS_SUPER_MAGIC)
		return 0;
	return fsync(f->fd) < 0 ? err_sys(e, "write out '%s'", path) : 0;
}

/* A random name for what has none. */
static int give_name(struct fresh *f, const char *path, struct err *e)
{
	char name[sizeof(f->name)];

	for (int i = 0; !f->name[0] && i < TRIES; i++) {
		if (name_make(name, sizeof(name), e) < 0)
			return -1;
		if (link_as(f, name) == 0)
			memcpy(f->name, name, sizeof(name));
		else if (errno != EEXIST)
			return err_sys(e, "cannot make a file beside '%s'", path);
	}
	return f->name[0] ? sync_named(f, path, e)
			  : err_set(e, EEXIST, "cannot make a file beside '%s': all names are taken",
				    path);
}

int fresh_place_new(struct fresh *f, const char *name, const char *path, struct err *e)
{
	int rc;

	if (!f->name[0])
		return link_as(f, name) == 0 ? sync_named(f, path, e)
					     : err_sys(e, "cannot make '%s'", path);
	rc = renameat2(f->folder, f->name, f->folder, name, RENAME_NOREPLACE);
	/* ntfs-3g: nothing else runs here that could make one in between. */
	if (rc < 0 && is_unknown(errno)) {
		rc = faccessat(f->folder, name, F_OK, AT_SYMLINK_NOFOLLOW);
		errno = rc == 0 ? EEXIST : errno;
		rc = rc < 0 && errno == ENOENT ? renameat(f->folder, f->name, f->folder, name) : -1;
	}
	if (rc < 0)
		return err_sys(e, "cannot make '%s'", path);
	f->name[0] = '\0';
	return 0;
}

int fresh_place(struct fresh *f, const char *name, const char *path, struct err *e)
{
	if (give_name(f, path, e) < 0)
		return -1;
	if (renameat(f->folder, f->name, f->folder, name) < 0)
		return err_sys(e, "cannot replace '%s'", path);
	f->name[0] = '\0';
	return 0;
}

/* Are both names of one file? */
static bool is_same(int folder, const char *a, const char *b)
{
	struct stat x, y;

	return fstatat(folder, a, &x, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(folder, b, &y, AT_SYMLINK_NOFOLLOW) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* A second name for the old file, by way of a random one: the backup of before goes at once. */
static int link_backup(const struct fresh *f, const char *name, const char *backup)
{
	char other[sizeof(f->name)];
	struct err ignored;

	if (linkat(f->folder, name, f->folder, backup, 0) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	if (is_same(f->folder, name, backup))
		return 0;
	if (name_make(other, sizeof(other), &ignored) < 0 ||
	    linkat(f->folder, name, f->folder, other, 0) < 0)
		return -1;
	if (renameat(f->folder, other, f->folder, backup) == 0)
		return 0;
	int no = errno;
	unlinkat(f->folder, other, 0);
	errno = no;
	return -1;
}

/* File systems without a second name: both change places, or the old one steps aside. */
static int move_backup(struct fresh *f, const char *name, const char *backup)
{
	if (renameat2(f->folder, f->name, f->folder, name, RENAME_EXCHANGE) == 0) {
		/* f->name is the old file now. */
		if (renameat(f->folder, f->name, f->folder, backup) == 0)
			return 0;
		int no = errno;
		renameat2(f->folder, f->name, f->folder, name, RENAME_EXCHANGE);
		errno = no;
		return -1;
	}
	if (!is_unknown(errno) || renameat(f->folder, name, f->folder, backup) < 0)
		return -1;
	if (renameat(f->folder, f->name, f->folder, name) == 0)
		return 0;
	int no = errno;
	renameat(f->folder, backup, f->folder, name);
	errno = no;
	return -1;
}

int fresh_place_backup(struct fresh *f, const char *name, const char *backup, const char *path,
		       struct err *e)
{
	if (give_name(f, path, e) < 0)
		return -1;
	if (link_backup(f, name, backup) == 0)
		return fresh_place(f, name, path, e);
	if (!is_unknown(errno) && errno != EMLINK)
		return err_sys(e, "cannot keep '%s' as '%s'", path, backup);
	if (move_backup(f, name, backup) < 0)
		return err_sys(e, "cannot keep '%s' as '%s'", path, backup);
	f->name[0] = '\0';
	return 0;
}

void fresh_release(struct fresh *f)
{
	fd_close(TAKE_FD(f->fd));
	if (f->name[0])
		unlinkat(f->folder, f->name, 0);
	f->name[0] = '\0';
}

/* FAT and what programs drive: a name there is on the disk once all of it is. */
static bool has_loose_names(int folder)
{
	struct statfs v;

	return fstatfs(folder, &v) == 0 &&
	       (v.f_type == MSDOS_SUPER_MAGIC || v.f_type == EXFAT_SUPER_MAGIC ||
		v.f_type == FUSE_SUPER_MAGIC);
}

int folder_sync(int folder, const char *path, struct err *e)
{
	if (fsync(folder) == 0 && (!has_loose_names(folder) || syncfs(folder) == 0))
		return 0;
	/* Those that have no such call for a folder have it for all. */
	if (is_unknown(errno) && syncfs(folder) == 0)
		return 0;
	return err_sys(e, "write out the folder of '%s'", path);
}
