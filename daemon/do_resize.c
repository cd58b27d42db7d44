/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls on partition tables, and those that give content more room. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "boot_refs.h"
#include "devices.h"
#include "fs_size.h"
#include "grow.h"
#include "lvm_program.h"
#include "ptable.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "warnings.h"

/* Opens a whole disk; d->fd is the caller's to close. */
static int disk_open(struct guestd *g, const char *name, bool write, struct ptable_disk *ret, struct err *e)
{
	struct device *d = write ? device_to_write(g, name, e) : device_find(g, name, e);
	uint64_t size;
	int sector;

	if (!d)
		return -1;
	if (d->disk < 0 || d->part)
		return err_set(e, EINVAL, "'%s' is no disk", d->user);
	ret->user = d->user;
	ret->fd = open(d->node, (write ? O_RDWR : O_RDONLY) | O_CLOEXEC);
	if (ret->fd < 0 || ioctl(ret->fd, BLKGETSIZE64, &size) < 0 || ioctl(ret->fd, BLKSSZGET, &sector) < 0)
		return err_sys(e, "cannot open '%s'", d->user);
	ret->sector = (unsigned)sector;
	ret->sectors = size / ret->sector;
	return 0;
}

int do_table(struct guestd *g, const struct table_args *a, struct table_ret *r, struct err *e)
{
	struct ptable_disk d = { .fd = -1 };
	int rc = disk_open(g, a->device, false, &d, e);

	if (rc == 0)
		rc = ptable_read(&d, r, e);
	r->refs = rc == 0 ? boot_refs(&d, 0) : NULL;
	for (uint32_t i = 0; rc == 0 && i < r->list.n; i++)
		if (strcmp(r->list.v[i].kind, "extended") != 0) {
			free(r->list.v[i].refs);
			r->list.v[i].refs = boot_refs(&d, r->list.v[i].start);
		}
	fd_close(d.fd);
	return rc;
}

int do_write_table(struct guestd *g, const struct write_table_args *a, struct write_table_ret *r, struct err *e)
{
	CLEANUP(strvec_release) struct strvec words = STRVEC_INIT;
	struct ptable_disk d = { .fd = -1 };
	int rc;

	/* The kernel reads no table again of a disk that something lies on. */
	if (devices_stop(g, e) < 0)
		return -1;
	rc = disk_open(g, a->device, true, &d, e);
	if (rc == 0)
		rc = ptable_write(&d, a, e);
	if (rc == 0)
		rc = boot_refs_mend(&d, a, &words, e);
	if (rc == 0 && fsync(d.fd) < 0)
		rc = err_sys(e, "cannot write to '%s'", d.user);
	fd_close(d.fd);
	if (rc == 0)
		rc = device_changed(g, device_find(g, a->device, e), e);
	warnings_answer(&words, &r->mended);
	return rc;
}

/* The bytes that a device has, and those that its content takes. */
static void measure(const struct device *d, uint64_t *ret_room, uint64_t *ret_content)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);

	*ret_room = *ret_content = 0;
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, ret_room) < 0)
		*ret_room = 0;
	if (fd >= 0 && d->probed)
		*ret_content = fs_size(fd, d->probe.type);
}

/* The group that a physical volume belongs to. */
static const struct lvm_group *group_of(struct guestd *g, const struct device *d)
{
	const struct lvm *l = storage_of(g)->lvm;

	for (size_t i = 0; l && i < l->n_members; i++)
		if (l->members[i].device == d)
			return l->members[i].group;
	return NULL;
}

/* What a group knows of a device, or NULL. */
static const struct lvm_pv *pv_of(const struct lvm_group *group, const struct device *d)
{
	for (size_t i = 0; i < group->vg.n_pvs; i++)
		if (group->pvs[i] == d)
			return &group->vg.pvs[i];
	return NULL;
}

/* Bytes of a device that its group knows of. */
static uint64_t physical_size(const struct lvm_group *group, const struct device *d)
{
	const struct lvm_pv *pv = pv_of(group, d);

	return pv ? (pv->start + pv->extents * group->vg.extent) * 512 : 0;
}

/* Of its room, what makes whole extents. */
static uint64_t physical_room(const struct lvm_group *group, const struct device *d, uint64_t room)
{
	const struct lvm_pv *pv = pv_of(group, d);
	const uint64_t start = pv ? pv->start * 512 : 0, extent = group->vg.extent * 512;

	return pv && extent && room > start ? start + (room - start) / extent * extent : room;
}

static int grow_physical(struct guestd *g, struct device *d, struct grow_ret *r, struct err *e)
{
	const struct lvm_group *group = group_of(g, d);
	int rc;

	if (!group || group->n_missing)
		return err_set(e, ENODEV, "the volume group of '%s' is not whole", d->user);
	measure(d, &r->room, &r->before);
	r->room = physical_room(group, d, r->room);
	r->before = physical_size(group, d);
	rc = devices_drop_volumes(g, e);
	if (rc == 0)
		rc = lvm_grow_physical(g, group, d, e);
	devices_forget_volumes(g);
	if (rc < 0 || devices_probe(g, e) < 0)
		return -1;
	group = group_of(g, d);
	r->after = group ? physical_size(group, d) : 0;
	return 0;
}

static int grow_volume(struct guestd *g, const struct grow_args *a, struct device *d, struct grow_ret *r,
		       struct strvec *notices, struct err *e)
{
	const struct lvm_group *group = d->group;
	uint64_t ignored;
	int rc;

	if (!group || !d->volume)
		return err_set(e, EINVAL, "'%s' is no logical volume", d->user);
	CLEANUP(free) char *volume = xstrdup(d->volume->name);
	measure(d, &r->before, &ignored);
	rc = devices_drop_volumes(g, e);
	if (rc == 0)
		rc = lvm_grow_volume(g, group, volume, e);
	devices_forget_volumes(g);
	if (rc < 0 || devices_probe(g, e) < 0)
		return -1;
	d = device_find(g, a->device, e);
	if (!d)
		return -1;
	measure(d, &r->after, &ignored);
	r->room = r->after;
	if (r->after == r->before)
		strvec_addf(notices, "'%s' stays as large as it was: its volume group has nothing left", d->user);
	return 0;
}

/* Is that what lies there? */
static int check_type(const struct device *d, const char *type, struct err *e)
{
	if (device_is(d, type))
		return 0;
	return err_set(e, EINVAL, "'%s' is to have %s on it, and has %s", d->user, type, d->probe.type);
}

int do_can_grow(struct guestd *g, const struct can_grow_args *a, struct can_grow_ret *r, struct err *e)
{
	struct device *d;

	(void)r;
	if (devices_probe(g, e) < 0)
		return -1;
	d = device_find(g, a->device, e);
	if (!d)
		return -1;
	device_probe(d);
	return check_type(d, a->type, e) < 0 ? -1 : grow_check(g, d, a->force, e);
}

static int grow_content(struct guestd *g, const struct grow_args *a, struct device *d, struct grow_ret *r,
			struct strvec *notices, struct err *e)
{
	if (check_type(d, a->type, e) < 0)
		return -1;
	if (!strcmp(a->type, "LVM2_member"))
		return grow_physical(g, d, r, e);
	measure(d, &r->room, &r->before);
	/* What LUKS encrypts is as large as the device when it is opened. */
	if (strcmp(a->type, "crypto_LUKS") != 0 && grow_filesystem(g, d, a->force, notices, e) < 0)
		return -1;
	measure(d, &r->room, &r->after);
	return 0;
}

int do_grow(struct guestd *g, const struct grow_args *a, struct grow_ret *r, struct err *e)
{
	CLEANUP(strvec_release) struct strvec notices = STRVEC_INIT;
	struct device *d;
	int rc;

	if (devices_probe(g, e) < 0)
		return -1;
	d = device_to_write(g, a->device, e);
	if (!d)
		return -1;
	device_probe(d);
	rc = !strcmp(a->type, "LV") ? grow_volume(g, a, d, r, &notices, e) : grow_content(g, a, d, r, &notices, e);
	warnings_answer(&notices, &r->notices);
	return rc;
}
