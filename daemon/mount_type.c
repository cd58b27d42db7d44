/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_type.h. */
#include "mount_type.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "btrfs.h"
#include "fstype.h"
#include "kmsg.h"
#include "modules.h"
#include "run.h"

void node_seal(const char *node, int ro)
{
	CLEANUP(fd_close) int fd = open(node, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		ioctl(fd, BLKROSET, &ro);
}

int mount_kernel_says(const struct device *d, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;

	if (kmsg_about(d->node, d->user, &words))
		err_hint(e, "the kernel says: %s", words.data);
	return -1;
}

/* mount(2)'s errno in words, and the kernel's own if it said something. */
static int explain(const struct device *d, const char *type, int no, struct err *e)
{
	const struct fstype *t = fstype_find(type);

	switch (no) {
	case ENODEV:
		err_set(e, no, "the appliance does not know the file system type '%s'", type);
		break;
	case EINVAL:
		err_set(e, no,
			"'%s' cannot be mounted as %s: wrong type, wrong options, or damaged",
			d->user, type);
		break;
	case EUCLEAN:
		err_set(e, no, "the %s file system on '%s' is damaged", type, d->user);
		break;
	case EROFS:
		err_set(e, no,
			"the %s file system on '%s' must be repaired before it can be read, "
			"and nothing may be written to it here",
			type, d->user);
		break;
	default:
		errno = no;
		err_sys(e, "cannot mount '%s' as %s", d->user, type);
	}
	if (t && t->fsck && (no == EUCLEAN || no == EROFS))
		err_hint(e, "'%s' repairs it%s", t->fsck, t->program ? ", in Windows" : "");
	return mount_kernel_says(d, e);
}

/* ntfs-3g and its like: they take a path, and stay behind as a server. */
static int mount_program(const struct device *d, const struct fstype *t, const char *path,
			 const struct mount_opts *o, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;

	mount_opts_words(o, &words);
	const char *const argv[] = { t->program, "-o", words.data, d->node, path, NULL };

	if (run(argv, NULL, e) < 0)
		return err_ctx(e, "cannot mount '%s' as %s", d->user, t->name);
	return 0;
}

int mount_type(struct guestd *g, const struct device *d, const char *type, const struct target *at,
	       const char *data, struct mount_opts *o, struct err *e)
{
	const struct fstype *t = fstype_find(type);
	struct err no_module = ERR_INIT;
	int no;

	o->flags |= MS_NODEV | MS_NOSUID;
	if (t && !t->program)
		mount_opts_add(o, data);
	/* Not fatal: it may be built in, and if not, mount(2) says so. */
	(void)!modules_for_fs(g, t, type, &no_module);
	if (t && t->program)
		return mount_program(d, t, at->path, o, e);
	if (mount(d->node, at->link, type, o->flags, o->data.data) == 0)
		return 0;
	no = errno;
	if ((!strcmp(type, "btrfs") && btrfs_register(g)) || (no == EINVAL && t && t->data2)) {
		mount_opts_add(o, t->data2);
		if (mount(d->node, at->link, type, o->flags, o->data.data) == 0)
			return 0;
		no = errno;
	}
	explain(d, type, no, e);
	return no == ENODEV && no_module.msg[0] ? err_hint(e, "%s", no_module.msg) : -1;
}
