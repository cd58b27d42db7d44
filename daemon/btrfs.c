/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See btrfs.h. */
#include "btrfs.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/btrfs_tree.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "devices.h"
#include "util/io.h"
#include "util/xalloc.h"

#define PATH_LEN_MAX 4095
#define NESTING_MAX  64

/* A subvolume as its back reference has it. */
struct subvol {
	uint64_t id, parent, dir;
	char name[BTRFS_VOL_NAME_MAX + 1];
};

struct subvols {
	struct subvol v[BTRFS_SUBVOLS_MAX];
	size_t n;
};

/* One item of a search's answer, whose sizes the kernel has checked against its buffer. */
static void take_item(struct subvols *all, const struct btrfs_ioctl_search_header *h,
		      const char *data)
{
	struct btrfs_root_ref ref;

	if (h->type != BTRFS_ROOT_BACKREF_KEY || h->len < sizeof(ref) ||
	    all->n == BTRFS_SUBVOLS_MAX)
		return;
	memcpy(&ref, data, sizeof(ref));
	size_t len = le16toh(ref.name_len);
	if (len > BTRFS_VOL_NAME_MAX || len > h->len - sizeof(ref))
		return;
	struct subvol *s = &all->v[all->n++];
	s->id = h->objectid;
	s->parent = h->offset;
	s->dir = le64toh(ref.dirid);
	memcpy(s->name, data + sizeof(ref), len);
	s->name[len] = '\0';
}

/* All back references in the tree of roots. */
static void search(int fd, struct subvols *all)
{
	struct btrfs_ioctl_search_args a = { .key = {
						     .tree_id = BTRFS_ROOT_TREE_OBJECTID,
						     .min_objectid = BTRFS_FIRST_FREE_OBJECTID,
						     .max_objectid = BTRFS_LAST_FREE_OBJECTID,
						     .max_offset = UINT64_MAX,
						     .max_transid = UINT64_MAX,
						     .min_type = BTRFS_ROOT_BACKREF_KEY,
						     .max_type = BTRFS_ROOT_BACKREF_KEY,
					     } };

	while (all->n < BTRFS_SUBVOLS_MAX) {
		struct btrfs_ioctl_search_header h = { 0 };
		size_t at = 0;

		a.key.nr_items = BTRFS_SUBVOLS_MAX;
		if (ioctl(fd, BTRFS_IOC_TREE_SEARCH, &a) < 0 || !a.key.nr_items)
			return;
		for (uint32_t i = 0; i < a.key.nr_items; i++) {
			memcpy(&h, a.buf + at, sizeof(h));
			take_item(all, &h, a.buf + at + sizeof(h));
			at += sizeof(h) + h.len;
		}
		if (h.objectid == UINT64_MAX)
			return;
		a.key.min_objectid = h.objectid + 1;
	}
}

/* The folder that a subvolume lies in, from the top of its parent: "" or "dir/dir/". */
static bool folder_of(int fd, const struct subvol *s, char ret[BTRFS_INO_LOOKUP_PATH_MAX])
{
	struct btrfs_ioctl_ino_lookup_args a = { .treeid = s->parent, .objectid = s->dir };

	if (s->dir == BTRFS_FIRST_FREE_OBJECTID) {
		ret[0] = '\0';
		return true;
	}
	if (ioctl(fd, BTRFS_IOC_INO_LOOKUP, &a) < 0)
		return false;
	snprintf(ret, BTRFS_INO_LOOKUP_PATH_MAX, "%s", a.name);
	return true;
}

/* Puts the names of s and all that it lies in before one another; NULL where a chain is broken. */
static char *path_of(int fd, const struct subvols *all, const struct subvol *s)
{
	char *path = xstrdup("");

	for (int nested = 0; nested < NESTING_MAX && strlen(path) < PATH_LEN_MAX; nested++) {
		char folder[BTRFS_INO_LOOKUP_PATH_MAX];
		const struct subvol *up = NULL;

		if (!folder_of(fd, s, folder))
			break;
		char *longer = xasprintf("%s%s%s%s", folder, s->name, *path ? "/" : "", path);
		free(path);
		path = longer;
		if (s->parent == BTRFS_FS_TREE_OBJECTID)
			return path;
		for (size_t i = 0; i < all->n && !up; i++)
			if (all->v[i].id == s->parent)
				up = &all->v[i];
		if (!up)
			break;
		s = up;
	}
	free(path);
	return NULL;
}

void btrfs_subvols(int fd, struct strvec *ret)
{
	CLEANUP(free) struct subvols *all = xcalloc(1, sizeof(*all));

	search(fd, all);
	for (size_t i = 0; i < all->n; i++) {
		char *path = path_of(fd, all, &all->v[i]);

		if (path)
			strvec_give(ret, path);
	}
}

void btrfs_identify(int fd, struct btrfs_id *ret)
{
	struct btrfs_ioctl_get_subvol_info_args a = { 0 };

	*ret = (struct btrfs_id){ 0 };
	if (ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &a) < 0)
		return;
	ret->tree = a.treeid;
	memcpy(ret->uuid, a.uuid, BTRFS_UUID_SIZE);
	memcpy(ret->parent, a.parent_uuid, BTRFS_UUID_SIZE);
}

bool btrfs_register(struct guestd *g)
{
	struct storage *st = storage_of(g);
	CLEANUP(fd_close) int fd = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);
	struct err e;
	int n = 0;

	if (fd < 0 || devices_probe(g, &e) < 0)
		return false;
	for (size_t i = 0; i < st->n_devices; i++) {
		struct btrfs_ioctl_vol_args a = { 0 };

		if (!st->devices[i]->probed || strcmp(st->devices[i]->probe.type, "btrfs") != 0)
			continue;
		snprintf(a.name, sizeof(a.name), "%s", st->devices[i]->node);
		if (ioctl(fd, BTRFS_IOC_SCAN_DEV, &a) == 0)
			n++;
	}
	return n > 1;
}
