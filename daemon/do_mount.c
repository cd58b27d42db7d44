/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls that mount and unmount. */
#include "devices.h"
#include "find_guest.h"
#include "mounts.h"
#include "util/xalloc.h"

int do_mount(struct guestd *g, const struct mount_args *a, struct mount_ret *r, struct err *e)
{
	const struct mount_how how = {
		.where = *a->mountpoint ? a->mountpoint : "/",
		.options = a->options,
		.type = a->type,
	};
	struct device *d = device_find(g, a->device, e);

	if (!d || mounts_add(g, d, &how, e) < 0)
		return -1;
	mounts_report(g, &r->mounts);
	return 0;
}

int do_mount_guest(struct guestd *g, const struct mount_guest_args *a, struct mount_guest_ret *r,
		   struct err *e)
{
	struct guest found = GUEST_INIT;

	(void)a;
	if (find_guest(g, &found, e) < 0) {
		guest_release(&found);
		return -1;
	}
	r->root = TAKE(found.root);
	r->type = xstrdup("linux");
	r->os = TAKE(found.os);
	r->warnings.n = (uint32_t)found.warnings.n;
	r->warnings.v = found.warnings.v;
	found.warnings = (struct strvec)STRVEC_INIT;
	mounts_report(g, &r->mounts);
	guest_release(&found);
	return 0;
}

int do_umount_all(struct guestd *g, const struct umount_all_args *a, struct umount_all_ret *r,
		  struct err *e)
{
	(void)a;
	(void)r;
	return mounts_umount(g, e);
}
