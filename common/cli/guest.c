/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See guest.h. */
#include "cli/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/interrupt.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/calls.h"
#include "vm/image.h"

/* Opens one image and hands it to the session. */
static int add_drive(struct cli *c, const struct drive_arg *d, struct err *e)
{
	unsigned flags = (c->tool->flags & TOOL_WRITES ? IMAGE_WRITE : 0) |
			 (c->images.allow_external ? IMAGE_ALLOW_EXTERNAL : 0);
	CLEANUP(image_close) struct image *img = NULL;
	CLEANUP(free) char *path = drive_path(d->name, e);

	if (!path)
		return -1;
	img = image_open(path, d->format, flags, e);
	if (!img) {
		if (d->positional && e->no == ENOENT && !strchr(path, '/'))
			err_hint(e, "libvirt domains are not supported by this version");
		return -1;
	}
	img->blocksize = d->blocksize;
	return session_add_image(c->session, TAKE(img), e);
}

int guest_launch(struct cli *c, struct err *e)
{
	c->images.session.writable = c->tool->flags & TOOL_WRITES;
	c->session = session_new(&c->images.session);
	session_on_event(c->session, report_event, &c->report);
	for (size_t i = 0; i < c->images.n_drives; i++)
		if (add_drive(c, &c->images.drives[i], e) < 0)
			return -1;
	interrupt_watch(c->session);
	if (session_launch(c->session, e) < 0)
		return err_hint(e, "run guest-doctor to find out why");
	progress_hide(&c->report.progress);
	if (c->images.n_drives)
		c->report.image = c->images.drives[0].name;
	return 0;
}

/* After a -m that failed: what could have been mounted. */
static void suggest_filesystems(struct cli *c)
{
	struct filesystems_args a = { 0 };
	CLEANUP(filesystems_ret_release) struct filesystems_ret r = { 0 };
	struct err e = ERR_INIT;

	if (c->report.json || call_filesystems(c->session, &a, &r, &e) < 0 || !r.list.n)
		return;
	report_say(&c->report, "Did you mean to mount one of these filesystems?");
	for (uint32_t i = 0; i < r.list.n; i++)
		report_say(&c->report, "\t%s (%s)", r.list.v[i].device,
			   *r.list.v[i].type ? r.list.v[i].type : "unknown");
}

/* Opens more of what is locked: 1, or 0 where nothing can be, with words on it after e's, or -1. */
static int unlock_more(struct cli *c, struct err *e)
{
	struct storage_args none = { 0 };
	CLEANUP(storage_ret_release) struct storage_ret r = { 0 };
	struct err why = ERR_INIT;
	int opened;

	if (call_storage(c->session, &none, &r, &why) < 0)
		return 0;
	opened = keys_unlock(c, &r.locked, &why);
	if (opened < 0)
		*e = why;
	else if (!opened)
		keys_tell_locked(c, &r.locked, e);
	return opened;
}

/* Mounts a device, which may come to light only when others are opened. */
static int mount_device(struct cli *c, const struct mount_args *a, struct err *e)
{
	for (;;) {
		if (call_mount(c->session, a, NULL, e) == 0)
			return 0;
		if (e->no != ENODEV || tool_must_stop(c) || unlock_more(c, e) <= 0)
			return -1;
	}
}

/* Mounts by hand, in the order given; 1: failed and said so. */
static int mount_by_hand(struct cli *c, struct err *e)
{
	char ro[] = "ro", none[] = "";

	for (size_t i = 0; i < c->images.n_mounts; i++) {
		const struct mount_arg *m = &c->images.mounts[i];
		char *by_default = c->tool->flags & TOOL_WRITES ? none : ro;
		struct mount_args a = {
			.device = m->device,
			.mountpoint = m->mountpoint,
			.options = m->options ? m->options : by_default,
			.type = m->type ? m->type : none,
		};

		if (mount_device(c, &a, e) == 0)
			continue;
		if (tool_must_stop(c))
			return -1;
		report_fail(&c->report, NULL, e);
		suggest_filesystems(c);
		return 1;
	}
	return 0;
}

/* Finds the guest, and opens what is locked on the way: opening may uncover more of it. */
static int mount_unlocked(struct cli *c, struct mount_guest_ret *r, struct err *e)
{
	struct mount_guest_args a = { 0 };
	CLEANUP(mount_guest_ret_release) struct mount_guest_ret before = { 0 };

	for (;;) {
		if (call_mount_guest(c->session, &a, r, e) < 0) {
			if (a.leave_locked && e->no == ENOENT)
				keys_tell_locked(c, &before.locked, e);
			return -1;
		}
		if (!r->locked.n || a.leave_locked)
			return 0;
		int opened = keys_unlock(c, &r->locked, e);
		if (opened < 0)
			return -1;
		a.leave_locked = !opened;
		mount_guest_ret_release_p(&before);
		before = *r;
		memset(r, 0, sizeof(*r));
	}
}

static int mount_found(struct cli *c, struct err *e)
{
	CLEANUP(mount_guest_ret_release) struct mount_guest_ret r = { 0 };

	if (mount_unlocked(c, &r, e) < 0)
		return -1;
	keys_tell_locked(c, &r.locked, NULL);
	for (uint32_t i = 0; i < r.warnings.n; i++)
		report_warn(&c->report, r.warnings.v[i]);
	c->windows = !strcmp(r.type, "windows");
	return 0;
}

int guest_open(struct cli *c, struct err *e)
{
	int r;

	if (guest_launch(c, e) < 0)
		return -1;
	r = c->images.n_mounts ? mount_by_hand(c, e) : mount_found(c, e);
	if (r == 0)
		report_step(&c->report, "mounted");
	progress_hide(&c->report.progress);
	progress_start(&c->report.progress);
	return r;
}

int guest_path(struct cli *c, const char *verb, const char *path, char **ret, struct err *e)
{
	CLEANUP(free) char *copy = xstrdup(path);
	struct windows_path_args a = { .path = copy };
	CLEANUP(windows_path_ret_release) struct windows_path_ret r = { 0 };

	if (c->windows) {
		if (call_windows_path(c->session, &a, &r, e) < 0)
			return guest_path_err(verb, path, e);
		*ret = TAKE(r.path);
		return 0;
	}
	if (path[0] != '/')
		return err_set(e, EINVAL, "cannot %s '%s': a guest path starts with '/'", verb,
			       path);
	*ret = TAKE(copy);
	return 0;
}
