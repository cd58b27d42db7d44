/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sysroot.h: below.h with the root that is mounted. */
#include "sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "below.h"
#include "util/cleanup.h"
#include "util/io.h"

static int check(const struct guestd *g, const char *path, struct err *e)
{
	if (path[0] != '/')
		return err_set(e, EINVAL, "path '%s' does not start with '/'", path);
	if (g->sysroot < 0)
		return err_set(e, EINVAL, "no file system is mounted as the guest's root");
	return 0;
}

int sysroot_open(const struct guestd *g, const char *path, int flags, mode_t mode, struct err *e)
{
	if (check(g, path, e) < 0)
		return -1;
	int fd = below_open(g->sysroot, path, flags, mode);
	return fd >= 0 ? fd : err_sys(e, "open '%s'", path);
}

int sysroot_open_file(const struct guestd *g, const char *path, int flags, struct stat *ret_st,
		      struct err *e)
{
	return check(g, path, e) < 0 ? -1 : below_open_file(g->sysroot, path, flags, ret_st, e);
}

int sysroot_read(const struct guestd *g, const char *path, size_t max, struct buf *b, struct err *e)
{
	return check(g, path, e) < 0 ? -1 : below_read(g->sysroot, path, max, b, e);
}

/* It is the kernel's, from the root on. */
int sysroot_path(const struct guestd *g, int fd, char ret[PATH_MAX], struct err *e)
{
	char link[40], root[PATH_MAX], path[PATH_MAX];
	ssize_t n, n_root;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", g->sysroot);
	n_root = readlink(link, root, sizeof(root) - 1);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = n_root < 0 ? -1 : readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return err_sys(e, "readlink '%s'", link);
	path[n] = '\0';
	if (n_root == 1)
		n_root = 0; /* "/" itself */
	if (n < n_root || memcmp(path, root, (size_t)n_root) != 0 ||
	    (path[n_root] && path[n_root] != '/'))
		return err_set(e, ENOENT, "a file has gone from the guest");
	snprintf(ret, PATH_MAX, "%s", path + n_root);
	return 0;
}
