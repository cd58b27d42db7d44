/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See facts.h. */
#include "facts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Shorter paths come first, as they have to be mounted first. */
static int by_path(const void *a, const void *b)
{
	const wire_mountpoint *x = a, *y = b;
	size_t m = strlen(x->path), n = strlen(y->path);

	return m != n ? (m < n ? -1 : 1) : strcmp(x->path, y->path);
}

static int by_device(const void *a, const void *b)
{
	const wire_volume *x = a, *y = b;

	return strcmp(x->device, y->device);
}

static int by_letter(const void *a, const void *b)
{
	const wire_drive *x = a, *y = b;

	return strcasecmp(x->letter, y->letter);
}

void facts_sort(wire_guest *g)
{
	if (g->mountpoints.n > 1)
		qsort(g->mountpoints.v, g->mountpoints.n, sizeof(*g->mountpoints.v), by_path);
	if (g->volumes.n > 1)
		qsort(g->volumes.v, g->volumes.n, sizeof(*g->volumes.v), by_device);
	if (g->drives.n > 1)
		qsort(g->drives.v, g->drives.n, sizeof(*g->drives.v), by_letter);
}

void asking_warn(struct asking *a, const wire_strs *warnings)
{
	for (uint32_t i = 0; i < warnings->n; i++) {
		if (strvec_has(&a->told, warnings->v[i]))
			continue;
		report_warn(&a->c->report, warnings->v[i]);
		strvec_add(&a->told, warnings->v[i]);
	}
}

/* The same of warnings about one guest, which are kept with what is known of it. */
static void warn(struct asking *a, struct facts *f, const wire_strs *warnings)
{
	asking_warn(a, warnings);
	for (uint32_t i = 0; i < warnings->n; i++)
		strvec_add(&f->warnings, warnings->v[i]);
}

/* A call failed: 0 where that was reported and the next may do better. */
static int failed(struct asking *a, const struct facts *f, const char *what, struct err *e)
{
	if (tool_must_stop(a->c))
		return -1;
	err_ctx(e, "cannot %s '%s'", what, f->guest->root);
	report_fail(&a->c->report, NULL, e);
	return 0;
}

static int get_apps(struct asking *a, struct facts *f, struct err *e)
{
	const struct stream io = { .data = apps_data, .ctx = &f->apps };
	const struct applications_args args = { 0 };
	CLEANUP(applications_ret_release) struct applications_ret r = { 0 };
	int rc = call_applications(a->c->session, &args, &r, &io, e);

	if (rc == 0) {
		warn(a, f, &r.warnings);
		rc = apps_check(&f->apps, r.count, e);
	}
	apps_sort(&f->apps);
	report_step(&a->c->report, "applications");
	f->has_apps = rc == 0 || f->apps.n;
	return rc == 0 ? 0 : failed(a, f, "list all applications of", e);
}

static int get_icon(struct asking *a, struct facts *f, struct err *e)
{
	const struct icon_args args = { 0 };

	f->has_icon = call_icon(a->c->session, &args, &f->icon, e) == 0;
	report_step(&a->c->report, "icon");
	return f->has_icon ? 0 : failed(a, f, "read the icon of", e);
}

static int get_details(struct asking *a, struct facts *f, struct err *e)
{
	const struct details_args args = { 0 };

	f->has_details = call_details(a->c->session, &args, &f->details, e) == 0;
	report_step(&a->c->report, "details");
	if (!f->has_details)
		return failed(a, f, "look closer at", e);
	warn(a, f, &f->details.warnings);
	return 0;
}

/* 1: mounted; 0: failed, and reported. */
static int mount_it(struct asking *a, struct facts *f, struct err *e)
{
	struct mount_guest_args args = { .leave_locked = true, .root = f->guest->root };
	CLEANUP(mount_guest_ret_release) struct mount_guest_ret r = { 0 };

	if (call_mount_guest(a->c->session, &args, &r, e) < 0)
		return failed(a, f, "mount the file systems of", e);
	warn(a, f, &r.warnings);
	report_step(&a->c->report, "mounted");
	return 1;
}

/* With the guest mounted. */
static int ask(struct asking *a, struct facts *f, struct err *e)
{
	if ((a->want.apps && get_apps(a, f, e) < 0) || (a->want.icon && get_icon(a, f, e) < 0) ||
	    (a->want.details && get_details(a, f, e) < 0))
		return -1;
	return 0;
}

int facts_get(struct asking *a, wire_guest *guest, struct facts *ret, struct err *e)
{
	const struct umount_all_args none = { 0 };
	int r;

	*ret = (struct facts){ .guest = guest };
	facts_sort(guest);
	if (!a->want.apps && !a->want.icon && !a->want.details)
		return 0;
	r = mount_it(a, ret, e);
	if (r > 0)
		r = ask(a, ret, e);
	if (r < 0)
		return -1;
	if (call_umount_all(a->c->session, &none, NULL, e) < 0)
		return failed(a, ret, "unmount the file systems of", e);
	return 0;
}

void facts_release(struct facts *f)
{
	apps_release(&f->apps);
	proto_free(&procs[PROC_icon].ret, &f->icon);
	proto_free(&procs[PROC_details].ret, &f->details);
	strvec_release(&f->warnings);
}

uint64_t usage_bytes(const wire_usage *u, uint64_t blocks)
{
	uint64_t bytes;

	if (__builtin_mul_overflow(u->size, blocks, &bytes) || bytes > INT64_MAX)
		return INT64_MAX;
	return bytes;
}
