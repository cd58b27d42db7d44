/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call for paths of Windows. The drives are read once a guest, when a letter first asks
 * for them, and kept with what is mounted by them: for as long as that is still the root.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "daemon/devices.h"
#include "daemon/guestd.h"
#include "daemon/mounts.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "win_facts.h"
#include "win_path.h"
#include "win_root.h"
#include "windows.h"

/* The letters of one guest. */
struct win_map {
	char *now; /* the device that is mounted as the root, as we left it */
	wire_drives drives;
};

static void map_free(struct win_map *m)
{
	if (!m)
		return;
	for (uint32_t i = 0; i < m->drives.n; i++)
		wire_free_drive(&m->drives.v[i]);
	free(m->drives.v);
	free(m->now);
	free(m);
}

/* The device that is mounted as the guest's root; "" where that is a folder of a host. */
static const char *root_device(struct guestd *g)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_mounts; i++)
		if (!strcmp(st->mounts[i].where, "/"))
			return st->mounts[i].user;
	return "";
}

static const wire_drive *map_find(const struct win_map *m, char letter)
{
	for (uint32_t i = 0; i < m->drives.n; i++)
		if (toupper((unsigned char)m->drives.v[i].letter[0]) == letter)
			return &m->drives.v[i];
	return NULL;
}

/*
 * The system's own drive, if the registry does not know its device: it was moved to another
 * disk, or has never been started.
 */
static void map_guess(struct guestd *g, struct win_map *m, const char *systemroot)
{
	CLEANUP(win_facts_release) wire_strs v = { 0, NULL };
	const char *rest;
	char letter = 0;
	struct err e;

	for (uint32_t i = 0; i < m->drives.n; i++)
		if (!strcmp(m->drives.v[i].device, m->now))
			return;
	if (win_facts_software(g->sysroot, systemroot, &v, &e) == 0)
		letter = win_drive(v.v[FACT_SYSTEMROOT], &rest);
	if (!letter)
		letter = 'C';
	if (map_find(m, letter))
		return;
	m->drives.v = xreallocarray(m->drives.v, m->drives.n + 1, sizeof(*m->drives.v));
	m->drives.v[m->drives.n++] = (wire_drive){ xmemdup0(&letter, 1), xstrdup(m->now) };
}

/* The map of the guest that is mounted, read where it is not known. */
static struct win_map *map_of(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	CLEANUP(strvec_release) struct strvec warnings = STRVEC_INIT;
	CLEANUP(free) char *systemroot = NULL;

	if (st->win_map && !strcmp(st->win_map->now, root_device(g)))
		return st->win_map;
	map_free(TAKE(st->win_map));
	systemroot = win_systemroot(g->sysroot);
	if (!systemroot) {
		err_set(e, EINVAL, "drive letters need a Windows guest, which '%s' is not",
			root_device(g));
		return NULL;
	}
	st->win_map = xcalloc(1, sizeof(*st->win_map));
	st->win_map->now = xstrdup(root_device(g));
	windows_drives(g, g->sysroot, &st->win_map->drives, &warnings);
	for (size_t i = 0; i < warnings.n; i++)
		log_line(g, "%s", warnings.v[i]);
	map_guess(g, st->win_map, systemroot);
	return st->win_map;
}

static int no_drive(const struct win_map *m, char letter, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;

	for (uint32_t i = 0; i < m->drives.n; i++)
		buf_addf(&words, "%s%s: (%s)", i ? ", " : "", m->drives.v[i].letter,
			 m->drives.v[i].device);
	return err_set(e, ENODEV, "drive '%c:' not found; there is: %s", letter,
		       words.data ? words.data : "none");
}

/* Mounts a device as the root in place of what is there; that comes back if it fails. */
static int mount_instead(struct guestd *g, struct win_map *m, const char *device, struct err *e)
{
	static const struct mount_how how = { "/", "", "" };
	struct device *d = device_find(g, device, e);
	struct err later;

	if (!d || mounts_umount(g, e) < 0)
		return -1;
	if (mounts_add(g, d, &how, e) == 0) {
		free(m->now);
		m->now = xstrdup(device);
		return 0;
	}
	d = device_find(g, m->now, &later);
	if (d)
		(void)!mounts_add(g, d, &how, &later);
	return -1;
}

/* Makes the drive the root, unless it is. */
static int enter_drive(struct guestd *g, char letter, struct err *e)
{
	struct win_map *m = map_of(g, e);
	const wire_drive *d = m ? map_find(m, letter) : NULL;

	if (!m)
		return -1;
	if (!d)
		return no_drive(m, letter, e);
	if (!strcmp(d->device, m->now))
		return 0;
	return mount_instead(g, m, d->device, e) < 0 ? err_ctx(e, "drive '%c:'", letter) : 0;
}

/* Is a path there as it stands? Then it means just that. */
static bool is_there(struct guestd *g, const char *path)
{
	CLEANUP(fd_close) int fd = below_open(g->sysroot, path, O_PATH | O_NOFOLLOW, 0);

	return fd >= 0;
}

int do_windows_path(struct guestd *g, const struct windows_path_args *a, struct windows_path_ret *r,
		    struct err *e)
{
	const char *rest = a->path;
	const char letter = win_drive(a->path, &rest);

	if (!letter && *rest != '/' && *rest != '\\')
		return err_set(e, EINVAL, "path '%s' does not start with a drive, '/' or '\\'",
			       a->path);
	if (letter && enter_drive(g, letter, e) < 0)
		return -1;
	if (*rest == '/' && is_there(g, rest)) {
		r->path = xstrdup(rest);
		return 0;
	}
	r->path = win_resolve(g->sysroot, rest, e);
	return r->path ? 0 : -1;
}
