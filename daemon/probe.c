/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See probe.h. libblkid knows some 60 signatures; the ones that guests have are
 * asked for first, because under emulation each prober costs time when it runs
 * for the first time. The first signature in the library's own order counts,
 * which has RAID and LVM before file systems.
 */
#include "probe.h"

#include <blkid.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"
#include "util/xalloc.h"

DEFINE_CLEANUP(blkid_probe, blkid_free_probe);

static char *value(blkid_probe pr, const char *name, const char *otherwise)
{
	const char *s = NULL;

	if (blkid_probe_lookup_value(pr, name, &s, NULL) != 0 || !s)
		s = otherwise;
	return xstrdup(s);
}

/* 0 found, 1 nothing, -1 the device cannot be read. */
static int probe_common(blkid_probe pr)
{
	static char *const common[] = {
		(char *)"linux_raid_member", (char *)"LVM2_member", (char *)"crypto_LUKS",
		(char *)"vfat",		     (char *)"swap",	    (char *)"xfs",
		(char *)"ext4",		     (char *)"ext3",	    (char *)"ext2",
		(char *)"ntfs",		     (char *)"btrfs",	    NULL,
	};

	blkid_probe_filter_superblocks_type(pr, BLKID_FLTR_ONLYIN, (char **)common);
	int rc = blkid_do_fullprobe(pr);
	if (rc != 1)
		return rc;
	blkid_probe_reset_superblocks_filter(pr);
	return blkid_do_fullprobe(pr);
}

/* A probe of an open device; NULL with *e. */
static blkid_probe probe_open(int fd, const char *node, struct err *e)
{
	CLEANUP(blkid_free_probe) blkid_probe pr = fd < 0 ? NULL : blkid_new_probe();

	if (fd < 0)
		err_sys(e, "open '%s'", node);
	else if (!pr || blkid_probe_set_device(pr, fd, 0, 0) != 0)
		err_sys(e, "cannot examine '%s'", node);
	else
		return TAKE(pr);
	return NULL;
}

/* Signatures that libblkid came to know later than the oldest that guestd is built with. */
static const char *own_signature(int fd)
{
	static const struct {
		const char *type;
		off_t at;
		uint8_t magic[16];
	} known[] = {
		{ "bcachefs", 4096 + 24,
		  { 0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48,
		    0xba, 0x6d, 0x81 } },
		{ "bcachefs", 4096 + 24,
		  { 0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9, 0xd9, 0x6a, 0x60, 0xcf, 0x80,
		    0x3d, 0xf7, 0xef } },
	};
	uint8_t p[16];

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (pread_full(fd, p, sizeof(p), known[i].at) == sizeof(p) &&
		    !memcmp(p, known[i].magic, sizeof(p)))
			return known[i].type;
	return "unknown";
}

int probe_read(const char *node, struct probe *ret, struct err *e)
{
	CLEANUP(fd_close) int fd = open(node, O_RDONLY | O_CLOEXEC);
	CLEANUP(blkid_free_probe) blkid_probe pr = probe_open(fd, node, e);
	const char *type;

	if (!pr)
		return -1;
	blkid_probe_set_superblocks_flags(
		pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL | BLKID_SUBLKS_UUID);
	if (probe_common(pr) < 0)
		return err_sys(e, "cannot read '%s'", node);
	if (blkid_probe_lookup_value(pr, "TYPE", &type, NULL) != 0)
		type = own_signature(fd);
	*ret = (struct probe){
		.type = xstrdup(type),
		.label = value(pr, "LABEL", ""),
		.uuid = value(pr, "UUID", ""),
		.size = (uint64_t)blkid_probe_get_size(pr),
	};
	return 0;
}

void probe_release(struct probe *p)
{
	free(p->type);
	free(p->label);
	free(p->uuid);
	*p = (struct probe){ 0 };
}

static char *or_empty(const char *s)
{
	return xstrdup(s ? s : "");
}

int table_read(const char *node, struct table *ret, struct err *e)
{
	CLEANUP(fd_close) int fd = open(node, O_RDONLY | O_CLOEXEC);
	CLEANUP(blkid_free_probe) blkid_probe pr = probe_open(fd, node, e);

	if (!pr)
		return -1;
	blkid_probe_enable_superblocks(pr, 0);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_ENTRY_DETAILS);

	blkid_partlist list = blkid_probe_get_partitions(pr);
	int n = list ? blkid_partlist_numof_partitions(list) : 0;

	*ret = (struct table){ n > 0 ? xcalloc((size_t)n, sizeof(*ret->v)) : NULL, 0 };
	for (int i = 0; i < n; i++) {
		blkid_partition p = blkid_partlist_get_partition(list, i);
		const char *type = p ? blkid_partition_get_type_string(p) : NULL;

		if (!p)
			continue;
		ret->v[ret->n++] = (struct table_row){
			.part = (unsigned)blkid_partition_get_partno(p),
			.uuid = or_empty(blkid_partition_get_uuid(p)),
			.name = or_empty(blkid_partition_get_name(p)),
			.type = type ? xstrdup(type)
				     : xasprintf("0x%02x", (unsigned)blkid_partition_get_type(p)),
		};
	}
	return 0;
}

void table_release(struct table *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->v[i].uuid);
		free(t->v[i].name);
		free(t->v[i].type);
	}
	free(t->v);
	*t = (struct table){ NULL, 0 };
}
