/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of one btrfs file system. The kernel knows its devices by identifiers, and takes
 * those of a copy for others of the same file system, or refuses them. In a session that only
 * reads, what is written ends in the tool's overlay: a copy gets an identifier of its own there.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "btrfs.h"
#include "btrfs_super.h"
#include "devices.h"
#include "util/io.h"
#include "util/xalloc.h"

#define KNOWN_MAX 256

/* A device of a file system that may be there more than once. */
struct known {
	struct device *device;
	struct btrfs_super super;
	uint8_t bytes[BTRFS_SUPER_LEN];
};

static bool read_super(struct known *k)
{
	CLEANUP(fd_close) int fd = open(k->device->node, O_RDONLY | O_CLOEXEC);

	return fd >= 0 &&
	       pread_full(fd, k->bytes, BTRFS_SUPER_LEN, BTRFS_SUPER_AT) == BTRFS_SUPER_LEN &&
	       btrfs_super_parse(k->bytes, &k->super);
}

static int write_super(const struct known *k)
{
	CLEANUP(fd_close) int fd = open(k->device->node, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || lseek(fd, BTRFS_SUPER_AT, SEEK_SET) < 0 ||
	    write_full(fd, k->bytes, BTRFS_SUPER_LEN) < 0)
		return -1;
	return fsync(fd);
}

/* Has another device the same UUID? Only then is there more to read. */
static bool has_twin(const struct storage *st, const struct device *d)
{
	for (size_t i = 0; i < st->n_devices; i++)
		if (st->devices[i] != d && device_is(st->devices[i], "btrfs") &&
		    !strcmp(st->devices[i]->probe.uuid, d->probe.uuid))
			return true;
	return false;
}

/* By what was read first: a copy may have another identifier by now. */
static bool same_fsid(const struct known *a, const struct known *b)
{
	return !strcmp(a->device->probe.uuid, b->device->probe.uuid);
}

/* Is any number taken twice? If not, all are devices of one file system, whatever their age. */
static bool is_ambiguous(const struct known *v, size_t n, const struct known *of)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (same_fsid(&v[i], of) && same_fsid(&v[k], of) &&
			    v[i].super.number == v[k].super.number)
				return true;
	return false;
}

/* Can v[i] be a device of the copy that these make up? The first of them is *ret_first. */
static bool fits(const struct known *v, size_t i, unsigned copy, struct device **ret_first)
{
	*ret_first = NULL;
	for (size_t k = 0; k < i; k++) {
		if (!same_fsid(&v[k], &v[i]) || v[k].device->copy != copy)
			continue;
		if (v[k].super.number == v[i].super.number ||
		    v[k].super.devices != v[i].super.devices ||
		    v[k].super.generation != v[i].super.generation)
			return false;
		if (!*ret_first)
			*ret_first = v[k].device;
	}
	return true;
}

/* The first device before v[i] that has its identifier. */
static struct device *first_of(const struct known *v, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_fsid(&v[k], &v[i]))
			return v[k].device;
	return NULL;
}

/* Gives the device the identifier of its copy. */
static void separate(struct guestd *g, struct known *k)
{
	const unsigned n = k->device->copy;
	uint8_t fsid[BTRFS_ID_LEN];

	memcpy(fsid, k->super.fsid, sizeof(fsid));
	fsid[BTRFS_ID_LEN - 1] ^= (uint8_t)n;
	fsid[BTRFS_ID_LEN - 2] ^= (uint8_t)(n >> 8);
	fsid[0] ^= 0x80;
	btrfs_super_rename(k->bytes, fsid);
	if (g->writable || write_super(k) < 0)
		strvec_addf(&storage_of(g)->warnings,
			    "'%s' has the identity of another btrfs file system here: the two "
			    "cannot be used together%s",
			    k->device->user, g->writable ? " in a session that writes" : "");
}

void btrfs_tell_apart(struct guestd *g)
{
	struct storage *st = storage_of(g);
	CLEANUP(free) struct known *v = NULL;
	size_t n = 0;

	for (size_t i = 0; i < st->n_devices && n < KNOWN_MAX; i++) {
		struct known k = { .device = st->devices[i] };

		if (!device_is(k.device, "btrfs") || !has_twin(st, k.device) || !read_super(&k))
			continue;
		v = xreallocarray(v, n + 1, sizeof(*v));
		v[n++] = k;
	}
	for (size_t i = 0; i < n; i++) {
		struct device *d = v[i].device;

		if (d->copy)
			continue; /* it was told apart before */
		if (!is_ambiguous(v, n, &v[i]))
			d->first = first_of(v, i);
		else
			while (!fits(v, i, d->copy, &d->first))
				d->copy++;
		if (d->copy)
			separate(g, &v[i]);
	}
}
