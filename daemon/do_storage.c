/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls that list the storage stack, and how full it is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "btrfs.h"
#include "crypt.h"
#include "devices.h"
#include "mounts.h"
#include "storage_rows.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "warnings.h"

/* Moves warnings into an answer, behind those of the layers. */
static void answer_warnings(struct guestd *g, struct strvec *warnings, wire_strs *ret)
{
	const struct storage *st = storage_of(g);
	struct strvec all = STRVEC_INIT;

	for (size_t i = 0; i < st->warnings.n; i++)
		strvec_add(&all, st->warnings.v[i]);
	for (size_t i = 0; i < warnings->n; i++)
		strvec_add(&all, warnings->v[i]);
	warnings_answer(&all, ret);
}

/* The folder that file systems are looked into on. */
static int make_ready(struct guestd *g, struct err *e)
{
	if (mkdir(LOOK_DIR, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir '%s'", LOOK_DIR);
	return devices_probe(g, e);
}

int do_storage(struct guestd *g, const struct storage_args *a, struct storage_ret *r, struct err *e)
{
	CLEANUP(strvec_release) struct strvec warnings = STRVEC_INIT;

	(void)a;
	if (make_ready(g, e) < 0)
		return -1;
	storage_rows(g, &r->list, &warnings);
	crypt_locked(g, &r->locked);
	answer_warnings(g, &warnings, &r->warnings);
	return 0;
}

/* One row; name is taken. */
static void add_row(wire_usages *ret, char *name, const struct device *d, const struct statvfs *s)
{
	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	ret->v[ret->n++] = (wire_usage){
		.device = name,
		.type = xstrdup(d->probe.type),
		.uuid = xstrdup(d->probe.uuid),
		.size = s->f_frsize,
		.blocks = s->f_blocks,
		.free = s->f_bfree,
		.available = s->f_bavail,
		.files = s->f_files,
		.files_free = s->f_ffree,
	};
}

/* The rows of btrfs's subvolumes, for which the numbers are the same. */
static void add_subvols(const struct device *d, const struct statvfs *s, wire_usages *ret)
{
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;
	CLEANUP(fd_close) int fd = open(LOOK_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		btrfs_subvols(fd, &paths);
	for (size_t i = 0; i < paths.n; i++)
		add_row(ret, xasprintf("btrfsvol:%s/%s", d->user, paths.v[i]), d, s);
}

/* Mounts a file system to ask it; what fails is a warning. */
static void add_usage(struct guestd *g, struct device *d, wire_usages *ret,
		      struct strvec *warnings)
{
	CLEANUP(buf_release) struct buf options = BUF_INIT;
	struct statvfs s;
	struct err e;

	if (mounts_look(g, d, NULL, &options, &e) < 0) {
		strvec_addf(warnings, "%s", e.msg);
		return;
	}
	if (statvfs(LOOK_DIR, &s) < 0) {
		err_sys(&e, "cannot ask the file system on '%s' how full it is", d->user);
		strvec_addf(warnings, "%s", e.msg);
	} else {
		add_row(ret, xstrdup(d->user), d, &s);
		if (device_is(d, "btrfs") && !d->first)
			add_subvols(d, &s, ret);
	}
	mounts_look_end(g, d);
}

int do_usage(struct guestd *g, const struct usage_args *a, struct usage_ret *r, struct err *e)
{
	CLEANUP(strvec_release) struct strvec warnings = STRVEC_INIT;
	size_t n;

	(void)a;
	if (make_ready(g, e) < 0)
		return -1;
	CLEANUP(free) struct device **v = storage_order(g, &n);
	for (size_t i = 0; i < n; i++) {
		if (check_cancel(g, e) < 0)
			return -1;
		if (device_is_mountable(v[i]))
			add_usage(g, v[i], &r->list, &warnings);
	}
	crypt_locked(g, &r->locked);
	answer_warnings(g, &warnings, &r->warnings);
	return 0;
}
