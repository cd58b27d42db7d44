/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See describe.h. The plan's layers of a partition are found from the bottom up: what is on it; if that is
 * encrypted and open, what is in it, and so on.
 */
#include "describe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/storage.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define DISK	   "/dev/sda"
#define LAYERS_MAX 8 /* on each other, in one partition or volume */
#define GPT_ENTRY  128

static void description_release_p(struct description *d)
{
	description_release(d);
}

char *description_part_name(unsigned number)
{
	return xasprintf(DISK "%u", number);
}

static const wire_block *find(const struct description *d, const char *kind, const char *name)
{
	for (uint32_t i = 0; i < d->storage.list.n; i++) {
		const wire_block *b = &d->storage.list.v[i];

		if (!strcmp(b->kind, kind) && !strcmp(b->name, name))
			return b;
	}
	return NULL;
}

const wire_block *description_content(const struct description *d, const char *device)
{
	return find(d, "filesystem", device);
}

static bool lies_on(const wire_block *b, const char *name)
{
	for (uint32_t i = 0; i < b->parents.n; i++)
		if (!strcmp(b->parents.v[i], name))
			return true;
	return false;
}

static bool in_crypt(const struct storage_ret *s, const char *name, unsigned depth)
{
	for (uint32_t i = 0; i < s->list.n && depth < LAYERS_MAX; i++) {
		const wire_block *b = &s->list.v[i];

		if (strcmp(b->name, name) != 0)
			continue;
		if (!strcmp(b->kind, "crypt"))
			return true;
		for (uint32_t k = 0; k < b->parents.n; k++)
			if (in_crypt(s, b->parents.v[k], depth + 1))
				return true;
	}
	return false;
}

bool description_in_crypt(const struct storage_ret *s, const char *name)
{
	return in_crypt(s, name, 0);
}

uint64_t description_opened_size(const struct storage_ret *s, const char *device)
{
	for (uint32_t i = 0; i < s->list.n; i++)
		if (!strcmp(s->list.v[i].kind, "crypt") && lies_on(&s->list.v[i], device))
			return s->list.v[i].size;
	return 0;
}

/* What of a kind lies on a device: its name, or NULL. */
static const char *above(const struct description *d, const char *kind, const char *name)
{
	for (uint32_t i = 0; i < d->storage.list.n; i++) {
		const wire_block *b = &d->storage.list.v[i];

		if (!strcmp(b->kind, kind) && lies_on(b, name))
			return b->name;
	}
	return NULL;
}

/* The volume group that lies on a device, whatever is between them, or NULL. */
static const char *group_above(const struct description *d, const char *name, unsigned depth)
{
	const char *found = above(d, "vg", name);

	for (uint32_t i = 0; i < d->storage.list.n && !found && depth < LAYERS_MAX; i++) {
		const wire_block *b = &d->storage.list.v[i];

		if ((!strcmp(b->kind, "crypt") || !strcmp(b->kind, "md")) && lies_on(b, name))
			found = group_above(d, b->name, depth + 1);
	}
	return found;
}

static const char *mountpoint_of(const struct description *d, const char *device)
{
	for (uint32_t i = 0; i < d->guest.mounts.n; i++)
		if (!strcmp(d->guest.mounts.v[i].device, device))
			return d->guest.mounts.v[i].mountpoint;
	return NULL;
}

/* The layers of a device, from itself on; *ret_top is the device that the last one is on. */
static size_t add_layers(const struct description *d, const char *device, struct plan_layer *v,
			 const char **ret_top)
{
	size_t n = 0;

	*ret_top = device;
	while (device && n < LAYERS_MAX) {
		const wire_block *b = description_content(d, device);
		const wire_block *pv = find(d, "pv", device);

		if (!b || !*b->vfs || !strcmp(b->vfs, "unknown"))
			break;
		*ret_top = b->name;
		device = above(d, "crypt", device);
		v[n++] = (struct plan_layer){
			.device = b->name,
			.type = b->vfs,
			.size = pv ? pv->content : b->content,
			.room = b->size,
			.max = b->content_max,
			.locked = !device && !strcmp(b->vfs, "crypto_LUKS"),
		};
	}
	return n;
}

static enum plan_kind kind_of(const char *s)
{
	return !strcmp(s, "logical") ? PLAN_LOGICAL : !strcmp(s, "extended") ? PLAN_EXTENDED : PLAN_PRIMARY;
}

static void fill_part(const struct description *d, const wire_partition *p, const char *name,
		      struct plan_layer *layers, struct plan_part *ret)
{
	const char *top;

	*ret = (struct plan_part){
		.name = name,
		.start = p->start,
		.sectors = p->sectors,
		.ebr = p->ebr,
		.number = p->number,
		.kind = kind_of(p->kind),
		.bootable = p->bootable,
	};
	if (ret->kind == PLAN_EXTENDED)
		return;
	const wire_block *seen = find(d, "partition", name);

	ret->unseen = !seen || !seen->size;
	ret->n_layers = add_layers(d, name, layers, &top);
	ret->layers = layers;
	ret->mountpoint = mountpoint_of(d, top);
	ret->vg = group_above(d, name, 0);
}

static void fill_volume(const struct description *d, const wire_block *b, struct plan_layer *layers,
			struct plan_volume *ret)
{
	const char *top;

	*ret = (struct plan_volume){ .name = b->name, .vg = b->parents.n ? b->parents.v[0] : "" };
	const wire_block *group = find(d, "vg", ret->vg);

	ret->broken = group && *group->note ? group->note : NULL;
	ret->spare = group && group->content && group->content < group->size ? group->size - group->content : 0;
	ret->size = b->size;
	ret->taken = b->content;
	ret->n_layers = add_layers(d, b->name, layers, &top);
	ret->layers = layers;
	ret->mountpoint = mountpoint_of(d, top);
}

/* All that was said as a plan's disk. */
static int fill(struct description *d, struct err *e)
{
	const struct table_ret *t = &d->table;
	struct plan_part *parts = xcalloc(t->list.n + 1, sizeof(*parts));
	struct plan_volume *volumes = xcalloc(d->storage.list.n + 1, sizeof(*volumes));
	struct plan_disk *disk = &d->disk;

	d->layers = xcalloc((size_t)(t->list.n + d->storage.list.n + 1) * LAYERS_MAX, sizeof(*d->layers));
	disk->parts = parts;
	disk->volumes = volumes;
	disk->table = !strcmp(t->label, "gpt") ? PLAN_GPT : PLAN_MBR;
	disk->sector = t->sector;
	disk->sectors = t->sectors;
	disk->gpt_entries = t->entries;
	if (disk->sector != 512 && disk->sector != 4096)
		return err_set(e, EPROTO, "the disk has sectors of %u bytes", disk->sector);
	/* The names are pointed at only when all are there. */
	for (uint32_t i = 0; i < t->list.n; i++) {
		CLEANUP(free) char *name = description_part_name(t->list.v[i].number);

		strvec_add(&d->names, name);
	}
	for (uint32_t i = 0; i < t->list.n; i++)
		fill_part(d, &t->list.v[i], d->names.v[i], d->layers + i * LAYERS_MAX, &parts[disk->n_parts++]);
	for (uint32_t i = 0; i < d->storage.list.n; i++)
		if (!strcmp(d->storage.list.v[i].kind, "lv"))
			fill_volume(d, &d->storage.list.v[i], d->layers + (t->list.n + i) * LAYERS_MAX,
				    &volumes[disk->n_volumes++]);
	return 0;
}

/* Where the guest has its file systems. That there is none is no failure here. */
static int find_mountpoints(struct cli *c, struct description *d, struct err *e)
{
	const struct mount_guest_args a = { .leave_locked = true };
	const struct umount_all_args none = { 0 };
	struct err why = ERR_INIT;

	if (call_mount_guest(c->session, &a, &d->guest, &why) < 0) {
		if (tool_must_stop(c)) {
			*e = why;
			return -1;
		}
		/* How to choose one is told of tools that mount it. */
		report_warn(&c->report, why.no == ENOENT ? "no operating system was found, so that nothing has a mount "
							   "point: name partitions as /dev/sda2"
					: why.no == ENOTUNIQ ? "more than one operating system was found, so that "
							       "mount points say nothing: name partitions as /dev/sda2"
							     : why.msg);
	}
	return call_umount_all(c->session, &none, NULL, e);
}

/* A system that goes on with what it has in its memory finds other partitions than it has there. */
static int check_suspended(const struct description *d, struct err *e)
{
	for (uint32_t i = 0; i < d->storage.list.n; i++)
		if (!strcmp(d->storage.list.v[i].vfs, "swsuspend"))
			return err_set(e, EBUSY,
				       "the system whose memory is on '%s' is hibernated, and would go on with disks "
				       "that are others; start it and shut it down",
				       d->storage.list.v[i].name);
	return 0;
}

int describe(struct cli *c, bool mountpoints, struct description *ret, struct err *e)
{
	CLEANUP(description_release) struct description d = { .disk = { 0 } };
	char disk[] = DISK;
	const struct table_args a = { .device = disk };

	if (storage_list_strict(c, &d.storage, e) < 0 || check_suspended(&d, e) < 0 ||
	    call_table(c->session, &a, &d.table, e) < 0)
		return -1;
	for (uint32_t i = 0; i < d.table.warnings.n; i++)
		report_warn(&c->report, d.table.warnings.v[i]);
	if (!*d.table.label)
		return err_set(e, EINVAL, "it has no partition table that is known: only disks with an MBR or a "
					  "GPT can be resized");
	if (mountpoints && find_mountpoints(c, &d, e) < 0)
		return -1;
	if (fill(&d, e) < 0)
		return -1;
	*ret = d;
	memset(&d, 0, sizeof(d));
	return 0;
}

void description_release(struct description *d)
{
	table_ret_release_p(&d->table);
	storage_ret_release_p(&d->storage);
	mount_guest_ret_release_p(&d->guest);
	free((void *)d->disk.parts);
	free((void *)d->disk.volumes);
	strvec_release(&d->names);
	free(d->layers);
	memset(d, 0, sizeof(*d));
}
