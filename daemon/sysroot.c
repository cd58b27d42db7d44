/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sysroot.h: below.h with the root that is mounted. */
#include "sysroot.h"

#include <errno.h>
#include <fcntl.h>

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
