/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See guest_fstab.h. */
#include "guest_fstab.h"

#include <errno.h>
#include <limits.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mounts.h"
#include "sysroot.h"
#include "util/io.h"

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

/* Device mapper's own identifier of a volume. */
static bool dm_uuid_is(const struct device *d, const char *uuid)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char real[PATH_MAX], path[PATH_MAX + 32];
	struct err e;

	if (d->disk >= 0 || !realpath(d->node, real) || !strrchr(real, '/'))
		return false;
	snprintf(path, sizeof(path), "/sys/block%s/dm/uuid", strrchr(real, '/'));
	if (file_read(AT_FDCWD, path, 4096, &text, &e) < 0 || !text.len)
		return false;
	text.data[strcspn(text.data, "\n")] = '\0';
	return !strcmp(text.data, uuid);
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

/* The device, or NULL. Where two match (a disk and its copy), the one beside the root. */
static struct device *resolve(struct guestd *g, const struct spec *s, struct device *root)
{
	struct storage *st = storage_of(g);
	struct device *found = NULL;

	switch (s->kind) {
	case SPEC_ROOT:
		return root;
	case SPEC_DISK:
		return device_at(g, s->disk.disk, s->disk.part);
	case SPEC_BY_ID:
		return g->n_disks == 1 ? device_at(g, 0, s->disk.part) : NULL;
	case SPEC_VOLUME:
		return device_volume(g, s->vg, s->lv, root);
	case SPEC_OTHER:
		return NULL;
	default:
		break;
	}
	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];

		if (d->split || !matches(g, d, s))
			continue;
		if (d->disk == root->disk)
			return d;
		if (!found)
			found = d;
	}
	return found;
}

void guest_fstab_read(struct guestd *g, struct fstab *ret, struct strvec *warnings)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct err e = ERR_INIT;

	*ret = (struct fstab){ NULL, 0, false };
	if (sysroot_read(g, "/etc/fstab", FSTAB_MAX, &text, &e) < 0) {
		if (e.no != ENOENT)
			strvec_addf(warnings, "%s; only the root is mounted", e.msg);
		return;
	}
	if (text.len)
		fstab_parse(text.data, text.len, ret);
	if (ret->cut)
		strvec_addf(warnings, "/etc/fstab has more than %d lines: the rest is left out",
			    FSTAB_LINES_MAX);
}

void guest_fstab_account(struct guestd *g, const struct fstab *t, struct device *root)
{
	for (size_t i = 0; i < t->n; i++) {
		struct device *d = resolve(g, &t->v[i].spec, root);

		if (d)
			d->accounted = true;
	}
}

/* fstab's type counts only where the device has no signature of its own. */
static const char *type_for(const struct device *d, const struct fstab_row *row)
{
	if (d->probed && strcmp(d->probe.type, "unknown") != 0)
		return d->probe.type;
	return strchr(row->type, ',') ? "auto" : row->type;
}

static int mount_row(struct guestd *g, const struct fstab_row *row, struct device *root,
		     struct err *e)
{
	struct device *d = resolve(g, &row->spec, root);

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

void guest_fstab_mount(struct guestd *g, const struct fstab *t, struct device *root,
		       struct strvec *warnings)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct fstab_row *row = &t->v[i];
		struct err e = ERR_INIT;

		if (i == MOUNTS_MAX) {
			strvec_addf(warnings, "/etc/fstab names more than %d file systems: "
				    "the rest is left out", MOUNTS_MAX);
			break;
		}
		if (strcmp(row->dir, "/") != 0 && mount_row(g, row, root, &e) < 0)
			strvec_addf(warnings, "%.200s: %.400s, left out", row->dir, e.msg);
	}
}
