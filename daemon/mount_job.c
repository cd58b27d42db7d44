/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_job.h. */
#include "mount_job.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mount_type.h"
#include "mounts.h"
#include "unclean.h"
#include "util/io.h"

static int make_folder(struct err *e)
{
	return mkdir(LOOK_DIR, 0700) < 0 && errno != EEXIST ? err_sys(e, "mkdir '%s'", LOOK_DIR) : 0;
}

int mount_job_check(struct guestd *g, struct device *d, struct err *e)
{
	CLEANUP(buf_release) struct buf options = BUF_INIT;
	const struct mounted m = { .user = d->user, .node = d->node, .path = (char *)LOOK_DIR,
				   .type = d->probe.type };
	int r;

	if (make_folder(e) < 0 || mounts_look(g, d, NULL, &options, e) < 0)
		return -1;
	r = unclean_check(g, &m, e);
	mounts_look_end(g, d);
	return r;
}

int mount_job_begin(struct guestd *g, struct device *d, struct err *e)
{
	CLEANUP(opts_release) struct mount_opts o = { MS_NODEV | MS_NOSUID | MS_NOEXEC, BUF_INIT };
	const struct target at = { .fd = -1, .link = LOOK_DIR, .path = LOOK_DIR };
	int fd;

	if (make_folder(e) < 0 || mount_type(g, d, d->probe.type, &at, NULL, &o, e) < 0)
		return -1;
	fd = open(LOOK_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, "open '%s'", LOOK_DIR);
		umount2(LOOK_DIR, UMOUNT_NOFOLLOW);
	}
	return fd;
}

int mount_job_end(const struct device *d, int fd, struct err *e)
{
	fd_close(fd);
	return umount2(LOOK_DIR, UMOUNT_NOFOLLOW) < 0 ? err_sys(e, "cannot unmount '%s'", d->user) : 0;
}
