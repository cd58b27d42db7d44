/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls that mount and unmount. */
#include "crypt.h"
#include "devices.h"
#include "find_guest.h"
#include "mounts.h"
#include "util/xalloc.h"
#include "warnings.h"

#include <stdlib.h>
#include <string.h>

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

/* That system is mounted already: the one that was inspected last. */
static bool is_mounted(struct guestd *g, const char *root, struct guest *ret)
{
	struct storage *st = storage_of(g);
	const struct os_kind *kind;

	if (!*root || g->sysroot < 0 || !st->root || strcmp(st->root, root) != 0)
		return false;
	kind = os_recognise(g->sysroot);
	if (!kind)
		return false;
	ret->root = xstrdup(root);
	ret->type = kind->type;
	ret->os = os_title(g->sysroot, kind);
	return true;
}

static int mount_one(struct guestd *g, const char *root, struct guest *ret, struct err *e)
{
	if (is_mounted(g, root, ret))
		return 0;
	return *root ? find_guest_named(g, root, ret, e) : find_guest(g, ret, e);
}

int do_mount_guest(struct guestd *g, const struct mount_guest_args *a, struct mount_guest_ret *r,
		   struct err *e)
{
	struct guest found = GUEST_INIT;
	int rc = 0;

	if (devices_probe(g, e) < 0)
		return -1;
	crypt_locked(g, &r->locked);
	if (!r->locked.n || a->leave_locked)
		rc = mount_one(g, a->root, &found, e);
	r->root = found.root ? TAKE(found.root) : xstrdup("");
	r->type = xstrdup(found.type);
	r->os = found.os ? TAKE(found.os) : xstrdup("");
	warnings_answer(&found.warnings, &r->warnings);
	if (rc == 0)
		mounts_report(g, &r->mounts);
	guest_release(&found);
	return rc;
}

int do_umount_all(struct guestd *g, const struct umount_all_args *a, struct umount_all_ret *r,
		  struct err *e)
{
	(void)a;
	(void)r;
	return mounts_umount(g, e);
}
