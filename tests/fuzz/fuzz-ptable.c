/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk's partition table: read, written to a disk twice as large, read again. The first byte says
 * how large its sectors are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/boot_refs.h"
#include "daemon/fs_size.h"
#include "daemon/ptable.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define DISK (64u << 10) /* bytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void table_ret_release_p(struct table_ret *r)
{
	proto_free(&procs[PROC_table].ret, r);
}

static struct ptable_disk disk(const void *p, size_t n, uint64_t bytes, unsigned sector)
{
	struct ptable_disk d = { .fd = memfd_create("disk", 0), .user = "/dev/sda", .sector = sector,
				 .sectors = bytes / sector };

	if (d.fd < 0 || ftruncate(d.fd, (off_t)bytes) < 0 || pwrite(d.fd, p, n, 0) != (ssize_t)n)
		abort();
	return d;
}

/* What can be written is found again. */
static void write_again(const struct table_ret *r, unsigned sector)
{
	struct ptable_disk d = disk("", 0, 2 * DISK, sector);
	CLEANUP(free) wire_place *v = xcalloc(r->list.n + 1, sizeof(*v));
	struct write_table_args a = { .saved = r->saved, .places = { r->list.n, v }, .boot_code = true };
	CLEANUP(strvec_release) struct strvec words = STRVEC_INIT;
	CLEANUP(table_ret_release) struct table_ret now = { 0 };
	struct err e;

	for (uint32_t i = 0; i < r->list.n; i++)
		v[i] = (wire_place){ r->list.v[i].number, r->list.v[i].number, r->list.v[i].kind,
				     r->list.v[i].start, r->list.v[i].sectors, r->list.v[i].ebr };
	if (ptable_write(&d, &a, &e) == 0 && boot_refs_mend(&d, &a, &words, &e) == 0 && r->saved.data[0] == 'G' &&
	    (ptable_read(&d, &now, &e) < 0 || now.list.n != r->list.n))
		__builtin_trap();
	for (uint32_t i = 0; i <= r->list.n; i++)
		free(boot_refs(&d, i ? r->list.v[i - 1].start : 0));
	close(d.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const types[] = { "ext4", "xfs", "ntfs", "vfat", "exfat", "f2fs", "swap", "btrfs" };
	CLEANUP(table_ret_release) struct table_ret r = { 0 };
	struct err e;

	if (!n)
		return 0;
	const unsigned sector = data[0] & 1 ? 4096 : 512;
	struct ptable_disk d = disk(data + 1, n - 1 < DISK ? n - 1 : DISK, DISK, sector);

	free(boot_refs(&d, 0));
	if (ptable_read(&d, &r, &e) == 0 && *r.label)
		write_again(&r, sector);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		(void)fs_size(d.fd, types[i]);
	close(d.fd);
	return 0;
}
