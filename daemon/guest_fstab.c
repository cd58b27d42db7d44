/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See guest_fstab.h. */
#include "guest_fstab.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "fstype.h"
#include "lvm_group.h"
#include "daemon/inspect/usr.h"
#include "md.h"
#include "mounts.h"
#include "sysroot.h"
#include "util/io.h"
#include "util/xalloc.h"

#define NESTED_MAX 8   /* a crypttab may name its own names, and even in a circle */
#define MOUNTS_MAX 256 /* rows that are mounted; a guest has a dozen */

/* Does the partition table give this partition that name? */
static bool table_says(struct guestd *g, struct device *d, const struct spec *s)
{
	device_table(g, d);
	if (!d->part_uuid)
		return false;
	return s->kind == SPEC_PARTUUID ? !strcasecmp(d->part_uuid, s->value)
					: !strcmp(d->part_name, s->value);
}

/* Device mapper's own identifier of a volume, the same for a copy of it. */
static bool dm_uuid_is(const struct device *d, const char *uuid)
{
	return d->group && !strncmp(uuid, "LVM-", 4) &&
	       !strncmp(uuid + 4, d->group->vg.id, LVM_ID_LEN) &&
	       !strcmp(uuid + 4 + LVM_ID_LEN, d->volume->id);
}

static bool matches(struct guestd *g, struct device *d, const struct spec *s)
{
	switch (s->kind) {
	case SPEC_UUID:
		return d->probed && *s->value && !strcasecmp(d->probe.uuid, s->value);
	case SPEC_LABEL:
		return d->probed && *s->value && !strcmp(d->probe.label, s->value);
	case SPEC_PARTUUID:
	case SPEC_PARTLABEL:
		return *s->value && table_says(g, d, s);
	case SPEC_DM_UUID:
		return dm_uuid_is(d, s->value);
	default:
		return false;
	}
}

/* The device of that user's name, or NULL. */
static struct device *device_named(struct guestd *g, const char *user)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (!strcmp(st->devices[i]->user, user))
			return st->devices[i];
	return NULL;
}

/* The device with that UUID, label or the like. Of two (a disk and its copy), the one beside the
 * root. */
static struct device *search(struct guestd *g, const struct spec *s, const struct device *root)
{
	struct storage *st = storage_of(g);
	struct device *found = NULL;

	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		if (d->split || !matches(g, d, s))
			continue;
		if (devices_share_disk(d, root))
			return d;
		if (!found)
			found = d;
	}
	return found;
}

/* Files that say what names in /dev stand for; read when the first such name is met. */
static void read_names(struct guestd *g, struct guest_fstab *t)
{
	struct err e;

	if (t->read_names)
		return;
	t->read_names = true;
	(void)!sysroot_read(g, "/etc/crypttab", FSTAB_MAX, &t->crypttab, &e);
	if (sysroot_read(g, "/etc/mdadm/mdadm.conf", FSTAB_MAX, &t->mdadm_conf, &e) < 0)
		(void)!sysroot_read(g, "/etc/mdadm.conf", FSTAB_MAX, &t->mdadm_conf, &e);
}

static struct device *resolve(struct guestd *g, const struct spec *s, struct guest_fstab *t);

/* What is in an encrypted volume, by the volume that crypttab names. */
static struct device *resolve_crypt(struct guestd *g, const char *name, struct guest_fstab *t)
{
	struct storage *st = storage_of(g);
	CLEANUP(free) char *on = NULL;
	struct device *below, *found = NULL;
	struct spec s;

	read_names(g, t);
	on = t->crypttab.len ? crypttab_find(t->crypttab.data, t->crypttab.len, name) : NULL;
	if (!on || !spec_parse("linux", on, &s))
		return NULL;
	t->nested++;
	below = (s.kind == SPEC_MAPPER && !s.vg) || t->nested > NESTED_MAX ? NULL
									   : resolve(g, &s, t);
	t->nested--;
	for (size_t i = 0; below && i < st->n_devices && !found; i++) {
		struct device *d = st->devices[i];

		if (d->kind == DEVICE_CRYPT && d->n_parents && d->parents[0] == below)
			found = d;
	}
	spec_release(&s);
	return found;
}

static struct device *resolve_mapper(struct guestd *g, const struct spec *s, struct guest_fstab *t)
{
	struct device *d = resolve_crypt(g, s->value, t);
	CLEANUP(free) char *user = xasprintf("/dev/mapper/%s", s->value);

	if (!d && s->vg)
		d = device_volume(g, s->vg, s->lv, t->root);
	return d ? d : device_named(g, user);
}

static struct device *resolve_md(struct guestd *g, const struct spec *s, struct guest_fstab *t)
{
	CLEANUP(free) char *uuid = NULL;
	CLEANUP(free) char *user = xasprintf("/dev/%s", s->value);
	struct device *d = NULL;

	read_names(g, t);
	if (t->mdadm_conf.len)
		uuid = mdadm_conf_find(t->mdadm_conf.data, t->mdadm_conf.len, s->value);
	if (uuid)
		d = device_md_by_uuid(g, uuid, t->root);
	if (!d)
		d = device_md_by_name(g, s->value + strcspn(s->value, "0123456789/") +
						 (s->value[2] == '/'),
				      t->root);
	return d ? d : device_named(g, user);
}

/* The device, or NULL. */
static struct device *resolve(struct guestd *g, const struct spec *s, struct guest_fstab *t)
{
	switch (s->kind) {
	case SPEC_ROOT:
		return t->root;
	case SPEC_DISK:
		return device_at(g, s->disk.disk + t->first_disk, s->disk.part);
	case SPEC_BY_ID:
		return g->n_disks == 1 ? device_at(g, 0, s->disk.part) : NULL;
	case SPEC_VOLUME:
		return device_volume(g, s->vg, s->lv, t->root);
	case SPEC_MAPPER:
		return resolve_mapper(g, s, t);
	case SPEC_MD:
		return resolve_md(g, s, t);
	case SPEC_OTHER:
	case SPEC_FOLDER:
		return NULL;
	default:
		return search(g, s, t->root);
	}
}

/*
 * Which of our disks does the guest call its first? Names in /dev count a guest's own disks;
 * where its root is named so, that says it.
 */
static unsigned first_disk(const struct fstab *rows, const struct device *root, bool shared)
{
	if (root->disk < 0)
		return 0;
	for (size_t i = 0; i < rows->n; i++) {
		const struct fstab_row *r = &rows->v[i];

		if (!strcmp(r->dir, "/") && r->spec.kind == SPEC_DISK &&
		    r->spec.disk.part == root->part && r->spec.disk.disk <= (unsigned)root->disk)
			return (unsigned)root->disk - r->spec.disk.disk;
	}
	return shared ? (unsigned)root->disk : 0;
}

void guest_fstab_read(struct guestd *g, struct device *root, const char *type, bool shared,
		      struct guest_fstab *ret, struct strvec *warnings)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct err e = ERR_INIT;

	*ret = (struct guest_fstab)GUEST_FSTAB_INIT;
	ret->root = root;
	ret->is_linux = !strcmp(type, "linux");
	if (sysroot_read(g, "/etc/fstab", FSTAB_MAX, &text, &e) < 0) {
		if (e.no != ENOENT)
			strvec_addf(warnings, "%s; only the root is mounted", e.msg);
		return;
	}
	if (text.len)
		fstab_parse(type, text.data, text.len, &ret->rows);
	if (ret->rows.cut)
		strvec_addf(warnings, "/etc/fstab has more than %d lines: the rest is left out",
			    FSTAB_LINES_MAX);
	if (ret->rows.bad)
		strvec_addf(warnings, "/etc/fstab: line %zu is not understood, and left out",
			    ret->rows.bad);
	ret->first_disk = first_disk(&ret->rows, root, shared);
}

void guest_fstab_release(struct guest_fstab *t)
{
	fstab_release(&t->rows);
	buf_release(&t->crypttab);
	buf_release(&t->mdadm_conf);
}

void guest_fstab_account(struct guestd *g, struct guest_fstab *t)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		const struct fstab_row *row = &t->rows.v[i];
		struct device *d = row->left ? NULL : resolve(g, &row->spec, t);

		if (d)
			d->accounted = true;
	}
}

/*
 * fstab's type counts only where the device has no signature of its own, and only if it has a
 * row: the kernel has others, as proc and tmpfs, that take any device and mount no part of it.
 */
static const char *type_for(const struct device *d, const struct fstab_row *row)
{
	if (d->probed && strcmp(d->probe.type, "unknown") != 0)
		return d->probe.type;
	return fstype_find(row->type) ? row->type : "auto";
}

static int mount_row(struct guestd *g, const struct fstab_row *row, struct guest_fstab *t,
		     struct err *e)
{
	struct device *d;

	if (row->spec.kind == SPEC_FOLDER)
		return mounts_bind(g, row->spec.value, row->dir, e);
	d = resolve(g, &row->spec, t);
	if (!d)
		return err_set(e, ENODEV, "no device with %s", row->text);
	device_probe(d);
	const struct mount_how how = {
		.where = row->dir,
		.options = row->subvol && !strcmp(type_for(d, row), "btrfs") ? row->subvol : "",
		.type = type_for(d, row),
	};
	return mounts_add(g, d, &how, e);
}

/* A /usr that the system finds by another way than fstab. */
static void mount_usr(struct guestd *g, struct guest_fstab *t, struct strvec *warnings)
{
	const struct mount_how how = { "/usr", "ro", "" };
	struct err e = ERR_INIT;

	t->usr = t->is_linux ? usr_find(g, t->root) : NULL;
	if (t->usr && mounts_add(g, t->usr, &how, &e) < 0)
		strvec_addf(warnings, "/usr: %.400s, left out", e.msg);
}

void guest_fstab_mount(struct guestd *g, struct guest_fstab *t, struct strvec *warnings)
{
	for (size_t i = 0; i < t->rows.n; i++) {
		const struct fstab_row *row = &t->rows.v[i];
		struct err e = ERR_INIT;

		if (i == MOUNTS_MAX) {
			strvec_addf(warnings,
				    "/etc/fstab names more than %d file systems: "
				    "the rest is left out",
				    MOUNTS_MAX);
			break;
		}
		if (!row->left && strcmp(row->dir, "/") != 0 && mount_row(g, row, t, &e) < 0)
			strvec_addf(warnings, "%.200s: %.400s, left out", row->dir, e.msg);
	}
	mount_usr(g, t, warnings);
}

/* Words for a row's device: our name, or where it is not there and named by its place, fstab's. */
static char *device_words(const struct device *d, const struct fstab_row *row)
{
	const char *path =
		row->subvol && !strncmp(row->subvol, "subvol=", 7) ? row->subvol + 7 : NULL;

	if (!d)
		return row->spec.kind == SPEC_DISK || row->spec.kind >= SPEC_MD ||
				       row->spec.kind == SPEC_VOLUME ||
				       row->spec.kind == SPEC_MAPPER
			       ? xstrdup(row->text)
			       : NULL;
	if (path && !strcmp(row->type, "btrfs"))
		return xasprintf("btrfsvol:%s/%s", d->user, path + strspn(path, "/"));
	return xstrdup(d->user);
}

static void tell_volume(const struct device *d, const char *name, wire_volumes *v)
{
	for (uint32_t i = 0; i < v->n; i++)
		if (!strcmp(v->v[i].device, name))
			return;
	v->v = xreallocarray(v->v, v->n + 1, sizeof(*v->v));
	v->v[v->n++] = (wire_volume){
		.device = xstrdup(name),
		.type = xstrdup(d && strcmp(d->probe.type, "unknown") ? d->probe.type : ""),
		.version = d ? device_fs_version(d) : xstrdup(""),
		.label = xstrdup(d ? d->probe.label : ""),
		.uuid = xstrdup(d ? d->probe.uuid : ""),
	};
}

static bool tell_mountpoint(const char *path, const char *device, wire_mountpoints *m)
{
	for (uint32_t i = 0; i < m->n; i++)
		if (!strcmp(m->v[i].path, path))
			return false;
	m->v = xreallocarray(m->v, m->n + 1, sizeof(*m->v));
	m->v[m->n++] = (wire_mountpoint){ xstrdup(path), xstrdup(device) };
	return true;
}

void guest_fstab_tell(struct guestd *g, struct guest_fstab *t, const char *root_name,
		      wire_guest *ret)
{
	for (size_t i = 0; i < t->rows.n && i < MOUNTS_MAX; i++) {
		const struct fstab_row *row = &t->rows.v[i];
		struct device *d = resolve(g, &row->spec, t);
		CLEANUP(free)
		char *name = row->spec.kind == SPEC_FOLDER ? NULL : device_words(d, row);

		if (d)
			device_probe(d);
		if (!name)
			continue;
		if (*row->dir)
			tell_mountpoint(row->dir, name, &ret->mountpoints);
		tell_volume(d, name, &ret->volumes);
	}
	if (!t->rows.n) {
		tell_mountpoint("/", root_name, &ret->mountpoints);
		tell_volume(t->root, root_name, &ret->volumes);
	}
	if (t->usr && tell_mountpoint("/usr", t->usr->user, &ret->mountpoints))
		tell_volume(t->usr, t->usr->user, &ret->volumes);
}
