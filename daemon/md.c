/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See md.h. An array starts so that nothing is written to it before somebody writes, and never
 * resyncs: a session is short, and what a guest's own kernel has to do is left as it was.
 */
#include "md.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <linux/raid/md_u.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "devices.h"
#include "modules.h"
#include "util/io.h"
#include "util/xalloc.h"

#define FIRST_NUMBER 127
#define PARAMETERS   "/sys/module/md_mod/parameters/"

/* A device with a superblock. */
struct member {
	struct device *device;
	struct md_super super;
	struct array *array; /* NULL: there is no sound superblock */
};

struct array {
	struct md_super super; /* of the member with the most events */
	size_t n_active;       /* members that are here, and no spares */
	bool tried;
	struct device *device; /* NULL while it is not running */
};

struct md {
	struct member *members;
	size_t n_members;
	struct array **arrays;
	size_t n_arrays;
	int next; /* number */
};

/* Reads the superblock, from one of the places behind the data where not at the front. */
static bool read_super(const struct device *d, bool front, struct md_super *ret)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);
	uint8_t p[MD_SUPER_SIZE];
	uint64_t at[MD_PLACES], size;
	size_t n;

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size) < 0)
		return false;
	n = md_places(size, at);
	for (size_t i = 0; i < n; i++)
		if ((front || at[i] > MD_SUPER_SIZE) &&
		    pread_full(fd, p, sizeof(p), (off_t)at[i]) == sizeof(p) &&
		    md_super_parse(p, size, at[i], ret))
			return true;
	return false;
}

bool md_is_member(const struct device *d)
{
	struct md_super s;

	return read_super(d, false, &s);
}

/* Has the array a member of that number? Then another one is of its copy. */
static bool has_number(const struct md *m, const struct array *a, uint32_t number)
{
	for (size_t i = 0; i < m->n_members; i++)
		if (m->members[i].array == a && m->members[i].super.number == number)
			return true;
	return false;
}

/* The first array of that UUID which lacks the member, and is not running. */
static struct array *array_for(struct md *m, const struct md_super *s)
{
	for (size_t i = 0; i < m->n_arrays; i++) {
		struct array *a = m->arrays[i];

		if (a->super.major == s->major && a->super.minor == s->minor && !a->device &&
		    !strcmp(a->super.uuid, s->uuid) && !has_number(m, a, s->number))
			return a;
	}
	m->arrays = xreallocarray(m->arrays, m->n_arrays + 1, sizeof(*m->arrays));
	struct array *a = m->arrays[m->n_arrays++] = xcalloc(1, sizeof(*a));
	a->super = *s;
	return a;
}

static void add_member(struct md *m, struct device *d)
{
	struct member new = { .device = d };

	if (read_super(d, true, &new.super)) {
		struct array *a = new.array = array_for(m, &new.super);

		a->n_active += new.super.active;
		a->tried = false;
		if (new.super.events > a->super.events)
			a->super = new.super;
	}
	m->members = xreallocarray(m->members, m->n_members + 1, sizeof(*m->members));
	m->members[m->n_members++] = new;
}

static bool is_known(const struct md *m, const struct device *d)
{
	for (size_t i = 0; i < m->n_members; i++)
		if (m->members[i].device == d)
			return true;
	return false;
}

static void collect(struct guestd *g, struct md *m)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (!st->devices[i]->claimed && device_is(st->devices[i], "linux_raid_member") &&
		    !is_known(m, st->devices[i]))
			add_member(m, st->devices[i]);
}

static void sys_write(const char *path, const char *s)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write_full(fd, s, strlen(s));
}

/* What all arrays are started with: see the top; and RAID0 of old kernels does not say its layout. */
static void set_parameters(void)
{
	sys_write(PARAMETERS "start_ro", "1");
	sys_write(PARAMETERS "start_dirty_degraded", "1");
	sys_write("/sys/module/raid0/parameters/default_layout", "2");
}

/* A device without an array. */
static int open_number(int number, struct err *e)
{
	char name[32], path[64];
	int fd;

	snprintf(name, sizeof(name), "md%d", number);
	snprintf(path, sizeof(path), "/dev/%s", name);
	sys_write(PARAMETERS "new_array", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? err_sys(e, "open '%s'", path) : fd;
}

static int add_disk(int fd, const struct device *d, struct err *e)
{
	mdu_disk_info_t info = { .number = 0 };
	struct stat st;

	if (stat(d->node, &st) < 0)
		return err_sys(e, "stat '%s'", d->node);
	info.major = (int)major(st.st_rdev);
	info.minor = (int)minor(st.st_rdev);
	if (ioctl(fd, ADD_NEW_DISK, &info) < 0)
		return err_sys(e, "cannot add '%s' to its array", d->user);
	return 0;
}

static int assemble(const struct md *m, const struct array *a, int fd, struct err *e)
{
	mdu_array_info_t info = { .major_version = a->super.major,
				  .minor_version = a->super.minor };
	struct err why = ERR_INIT;
	size_t added = 0;

	if (ioctl(fd, SET_ARRAY_INFO, &info) < 0)
		return err_sys(e, "cannot set up an array");
	for (size_t i = 0; i < m->n_members; i++)
		if (m->members[i].array == a)
			added += add_disk(fd, m->members[i].device, &why) == 0;
	if (!added)
		return err_set(e, why.no, "%s", why.msg);
	return ioctl(fd, RUN_ARRAY, NULL) < 0 ? err_sys(e, "it cannot be started") : 0;
}

static int stop(struct guestd *g, struct device *d, struct err *e)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDWR | O_CLOEXEC);

	(void)g;
	if (fd < 0 || fsync(fd) < 0 || ioctl(fd, STOP_ARRAY, NULL) < 0)
		return err_sys(e, "cannot stop the array '%s'", d->user);
	return 0;
}

/* Adds the running array to the devices. */
static void add_array(struct guestd *g, const struct md *m, struct array *a, const char *node)
{
	struct device *d = NULL;

	for (size_t i = 0; i < m->n_members; i++) {
		struct device *on = m->members[i].device;

		if (m->members[i].array != a)
			continue;
		if (d)
			device_on(d, on);
		else if (!(d = devices_add(g, DEVICE_MD, node, node, on)))
			return;
		on->claimed = true;
	}
	a->device = d;
	d->stop = stop;
}

/* The name that people know an array by. */
static const char *name_of(const struct array *a)
{
	return *a->super.name ? a->super.name : a->super.uuid;
}

/* Is there room above all of its members? */
static bool has_room(struct guestd *g, const struct md *m, const struct array *a)
{
	for (size_t i = 0; i < m->n_members; i++)
		if (m->members[i].array == a &&
		    !devices_room(g, m->members[i].device, 1, name_of(a)))
			return false;
	return true;
}

static void start(struct guestd *g, struct md *m, struct array *a)
{
	char node[32], sync[64];
	struct err e;

	a->tried = true;
	if (m->next < 0)
		strvec_addf(&storage_of(g)->warnings,
			    "there are more than %d arrays: '%s' is left out", FIRST_NUMBER + 1,
			    name_of(a));
	if (m->next < 0 || !has_room(g, m, a))
		return;
	snprintf(node, sizeof(node), "/dev/md%d", m->next);
	snprintf(sync, sizeof(sync), "/sys/block/md%d/md/sync_action", m->next);
	CLEANUP(fd_close) int fd = open_number(m->next, &e);
	if (fd < 0 || assemble(m, a, fd, &e) < 0) {
		strvec_addf(&storage_of(g)->warnings,
			    "the array '%s' has %zu of its %u disks: %s", name_of(a), a->n_active,
			    a->super.disks, e.msg);
		if (fd >= 0)
			ioctl(fd, STOP_ARRAY, NULL);
		return;
	}
	sys_write(sync, "frozen");
	m->next--;
	fd_close(TAKE_FD(fd)); /* the next to open it looks for partitions */
	add_array(g, m, a, node);
	log_line(g, "array '%s', %zu of %u disks, is %s", name_of(a), a->n_active, a->super.disks,
		 node);
}

int md_layer(struct guestd *g, bool last, struct err *e)
{
	struct storage *st = storage_of(g);

	if (!st->md) {
		if (module_load(g, "md_mod", e) < 0)
			return -1;
		set_parameters();
		st->md = xcalloc(1, sizeof(*st->md));
		st->md->next = FIRST_NUMBER;
	}
	collect(g, st->md);
	for (size_t i = 0; i < st->md->n_arrays; i++) {
		struct array *a = st->md->arrays[i];

		if (!a->device && !a->tried && (last || a->n_active >= a->super.disks))
			start(g, st->md, a);
	}
	for (size_t i = 0; last && i < st->md->n_members; i++)
		st->md->members[i].device->claimed = true;
	return 0;
}

const struct md_super *md_super_of(struct guestd *g, const struct device *d)
{
	struct md *m = storage_of(g)->md;

	for (size_t i = 0; m && i < m->n_arrays; i++)
		if (m->arrays[i]->device == d)
			return &m->arrays[i]->super;
	return NULL;
}

char *md_note(struct guestd *g, const struct device *d)
{
	struct md *m = storage_of(g)->md;

	for (size_t i = 0; m && i < m->n_arrays; i++)
		if (m->arrays[i]->device == d && m->arrays[i]->n_active < m->arrays[i]->super.disks)
			return xasprintf("%zu of its %u disks are there", m->arrays[i]->n_active,
					 m->arrays[i]->super.disks);
	return xstrdup("");
}

/* "home" and "host:home", and an old array's number, whatever leads to it: "md0", "0". */
static bool is_named(const struct md_super *s, const char *name)
{
	const char *home = strchr(s->name, ':');
	char number[16];

	snprintf(number, sizeof(number), "%d", s->preferred);
	if (!*s->name)
		return s->preferred >= 0 && !strcmp(number, name);
	return !strcmp(s->name, name) || (home && !strcmp(home + 1, name));
}

static struct device *find(struct guestd *g, const char *uuid, const char *name,
			   const struct device *near)
{
	struct md *m = storage_of(g)->md;
	struct device *found = NULL;

	for (size_t i = 0; m && i < m->n_arrays; i++) {
		struct device *d = m->arrays[i]->device;
		const struct md_super *s = &m->arrays[i]->super;

		if (!d || !(uuid ? md_uuid_equal(s->uuid, uuid) : is_named(s, name)))
			continue;
		if (near && devices_share_disk(d, near))
			return d;
		if (!found)
			found = d;
	}
	return found;
}

struct device *device_md_by_uuid(struct guestd *g, const char *uuid, const struct device *near)
{
	return find(g, uuid, NULL, near);
}

struct device *device_md_by_name(struct guestd *g, const char *name, const struct device *near)
{
	return find(g, NULL, name, near);
}

void md_free(struct md *m)
{
	for (size_t i = 0; m && i < m->n_arrays; i++)
		free(m->arrays[i]);
	if (m) {
		free(m->arrays);
		free(m->members);
	}
	free(m);
}
