/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See cache.h. */
#include "vm/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

char *cache_path(struct err *e)
{
	const char *own = getenv("GUESTUTILS_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");

	if (own && *own)
		return xstrdup(own);
	/* The XDG specification has relative values ignored. */
	if (xdg && *xdg == '/')
		return xasprintf("%s/guestutils", xdg);
	if (!home || *home != '/') {
		struct passwd *pw = getpwuid(geteuid());

		home = pw ? pw->pw_dir : NULL;
	}
	if (!home || *home != '/')
		return err_set(e, ENOENT, "no cache folder: HOME is not set; set GUESTUTILS_CACHE"),
		       NULL;
	return xasprintf("%s/.cache/guestutils", home);
}

/* mkdir -p, 0700. */
static int make_folders(char *path)
{
	for (char *p = path + 1;; p++) {
		char c = *p;

		if (c && c != '/')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST && (errno != EROFS || !c))
			return -1;
		*p = c;
		if (!c)
			return 0;
	}
}

int cache_open(struct err *e)
{
	CLEANUP(free) char *path = cache_path(e);
	CLEANUP(fd_close) int fd = -1;
	struct stat st;

	if (!path)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && make_folders(path) == 0)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "cannot use the cache folder '%s'", path);
	if (st.st_uid != geteuid())
		return err_set(
			e, EPERM,
			"cannot use the cache folder '%s': it belongs to another user (uid %u)",
			path, st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(
			e, EPERM,
			"cannot use the cache folder '%s': others can write to it; 'chmod 700' it",
			path);
	return TAKE_FD(fd);
}

int cache_lock(int dirfd, int *ret_waited, struct err *e)
{
	CLEANUP(fd_close)
	int fd = openat(dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int waited = 0;

	if (fd < 0)
		return err_sys(e, "cannot lock the cache folder");
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		waited = 1;
		if (flock(fd, LOCK_EX) < 0) {
			/* A signal that asks us to end is not waited through. */
			if (errno == EINTR)
				return err_set(e, ECANCELED, "interrupted");
			return err_sys(e, "cannot lock the cache folder");
		}
	}
	if (ret_waited)
		*ret_waited = waited;
	return TAKE_FD(fd);
}

void cache_remove_folder(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *ent;

	if (d) {
		while ((ent = readdir(d)))
			unlinkat(fd, ent->d_name, 0);
		closedir(d);
	} else {
		fd_close(fd);
	}
	unlinkat(dirfd, name, AT_REMOVEDIR);
}

/* A folder that may have to go. */
struct old {
	char *name;
	time_t mtime;
};

static int newest_first(const void *a, const void *b)
{
	const struct old *x = a, *y = b;

	return (x->mtime < y->mtime) - (x->mtime > y->mtime);
}

void cache_prune(int dirfd, const char *prefix, const char *keep, unsigned spare)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	CLEANUP(free) struct old *olds = NULL;
	struct dirent *ent;
	size_t n = 0;

	if (!d) {
		fd_close(fd);
		return;
	}
	while ((ent = readdir(d))) {
		struct stat st = { 0 };

		if (strncmp(ent->d_name, prefix, strlen(prefix)) ||
		    (keep && !strcmp(ent->d_name, keep)))
			continue;
		fstatat(fd, ent->d_name, &st, AT_SYMLINK_NOFOLLOW);
		olds = xreallocarray(olds, n + 1, sizeof(*olds));
		olds[n++] = (struct old){ xstrdup(ent->d_name), st.st_mtime };
	}
	if (n > 1)
		qsort(olds, n, sizeof(*olds), newest_first);
	for (size_t i = 0; i < n; i++) {
		if (i >= spare)
			cache_remove_folder(dirfd, olds[i].name);
		free(olds[i].name);
	}
	closedir(d);
}

int cache_write(int dirfd, const char *name, const void *data, size_t n, struct err *e)
{
	CLEANUP(free) char *tmp = xasprintf("%s.%ld.tmp", name, (long)getpid());
	CLEANUP(fd_close)
	int fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_sys(e, "cannot write '%s' in the cache folder", name);
	if (write_full(fd, data, n) < 0 || renameat(dirfd, tmp, dirfd, name) < 0) {
		err_sys(e, "cannot write '%s' in the cache folder", name);
		unlinkat(dirfd, tmp, 0);
		return -1;
	}
	return 0;
}
