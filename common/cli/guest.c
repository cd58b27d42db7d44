/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See guest.h. */
#include "cli/guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/calls.h"
#include "vm/image.h"

/* Is this run one that writes? */
static bool writes(const struct cli *c)
{
	return c->tool->flags & TOOL_WRITES && !c->images.read_only;
}

struct image *guest_open_drive(const struct drive_arg *d, unsigned flags, struct err *e)
{
	CLEANUP(remote_spec_release) struct remote_spec place = { 0 };
	CLEANUP(free) char *path = NULL;
	struct image *img = NULL;

	if (drive_is_remote(d->name)) {
		if (remote_uri_parse(d->uri, &place, e) == 0)
			img = image_open_remote(&place, d->format, flags, e);
	} else {
		path = drive_path(d->name, e);
		img = path ? image_open(path, d->format, flags, e) : NULL;
	}
	if (img)
		img->blocksize = d->blocksize;
	return img;
}

/* Is it the name of no file? */
static bool is_no_file(const char *name)
{
	return !strchr(name, '/') && access(name, F_OK) < 0;
}

/* Adds all disks of a domain. */
static int add_disks(struct cli *c, const struct domain *d, unsigned flags, struct err *e)
{
	if (flags & IMAGE_WRITE && domain_check_write(d, e) < 0)
		return -1;
	if (!d->n_disks)
		return err_set(e, ENODEV, "the domain '%s' has no disks", d->name);
	if (d->running) {
		CLEANUP(free) char *words =
			xasprintf("the domain '%s' is running: what is read is not a point in time", d->name);

		report_warn(&c->report, words);
	}
	for (size_t i = 0; i < d->n_disks; i++) {
		CLEANUP(image_close) struct image *img = domain_open_disk(d, &d->disks[i], flags, e);

		if (!img)
			return -1;
		/* It was said of all of them. */
		if (d->running)
			free(TAKE(img->warning));
		if (session_add_image(c->session, TAKE(img), e) < 0)
			return -1;
	}
	return 0;
}

static int add_domain(struct cli *c, const struct drive_arg *d, unsigned flags, struct err *e)
{
	CLEANUP(domains_release) struct domains found = { NULL, 0 };

	if (d->domain)
		return add_disks(c, d->domain, flags, e);
	if (domains_get(c->images.connect, d->name, &found, e) < 0) {
		return d->positional ? err_ctx(e, "cannot open '%s': no such file; as a domain", d->name)
				     : -1;
	}
	return add_disks(c, &found.v[0], flags, e);
}

/* Opens one image, or those of a domain, and hands them to the session. */
static int add_drive(struct cli *c, const struct drive_arg *d, struct err *e)
{
	unsigned flags = (writes(c) ? IMAGE_WRITE : 0) |
			 (c->images.allow_external ? IMAGE_ALLOW_EXTERNAL : 0);
	CLEANUP(image_close) struct image *img = NULL;

	if (d->is_domain || (d->positional && is_no_file(d->name)))
		return add_domain(c, d, flags, e);
	img = guest_open_drive(d, flags, e);
	if (!img)
		return -1;
	return session_add_image(c->session, TAKE(img), e);
}

/* A session that has no disk yet. */
static void begin(struct cli *c)
{
	c->images.session.writable = writes(c);
	c->session = session_new(&c->images.session);
	session_on_event(c->session, report_event, &c->report);
}

static int launch(struct cli *c, struct err *e)
{
	interrupt_watch(c->session);
	if (session_launch(c->session, e) < 0)
		return e->no == EBUSY ? -1 : err_hint(e, "run guest-doctor to find out why");
	progress_hide(&c->report.progress);
	if (c->images.n_drives && session_n_disks(c->session))
		c->report.image = c->images.drives[0].name;
	return 0;
}

int guest_launch(struct cli *c, struct err *e)
{
	begin(c);
	for (size_t i = 0; i < c->images.n_drives; i++)
		if (add_drive(c, &c->images.drives[i], e) < 0)
			return -1;
	return launch(c, e);
}

int guest_launch_image(struct cli *c, struct image *img, struct err *e)
{
	begin(c);
	return session_add_image(c->session, img, e) < 0 ? -1 : launch(c, e);
}

/* After a -m that failed: what could have been mounted. */
static void suggest_filesystems(struct cli *c)
{
	const struct filesystems_args a = { .mountable = true };
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
		char *by_default = writes(c) ? none : ro;
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
