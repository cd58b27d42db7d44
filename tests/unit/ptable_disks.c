/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ptable_disks.h. */
#include "ptable_disks.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/ptable_bytes.h"
#include "util/cleanup.h"

struct ptable_disk disk_new(uint64_t sectors, unsigned sector)
{
	struct ptable_disk d = { .fd = memfd_create("disk", 0), .user = "/dev/sda", .sector = sector,
				 .sectors = sectors };

	assert_true(d.fd >= 0);
	assert_int_equal(ftruncate(d.fd, (off_t)(sectors * sector)), 0);
	return d;
}

void disk_put(const struct ptable_disk *d, uint64_t at, const void *p, size_t n)
{
	assert_int_equal(pwrite(d->fd, p, n, (off_t)at), n);
}

void disk_get(const struct ptable_disk *d, uint64_t at, void *p, size_t n)
{
	assert_int_equal(pread(d->fd, p, n, (off_t)at), n);
}

void mbr_entry(uint8_t *sector, unsigned i, uint8_t type, uint32_t start, uint32_t sectors, bool active)
{
	uint8_t *p = sector + MBR_ENTRIES + i * MBR_ENTRY;

	p[0] = active ? 0x80 : 0;
	p[4] = type;
	put_le32(p + 8, start);
	put_le32(p + 12, sectors);
	sector[MBR_SIGN] = 0x55;
	sector[MBR_SIGN + 1] = 0xaa;
}

void table_ret_release_p(struct table_ret *r)
{
	proto_free(&procs[PROC_table].ret, r);
}

/* sda1 active, sda2 extended with sda5 and sda6, boot code and a signature; sda4 of an odd type. */
struct ptable_disk mbr_disk(void)
{
	struct ptable_disk d = disk_new(SMALL, 512);
	uint8_t b[512] = "boot code";

	put_le32(b + MBR_ID, 0xcafe1234);
	mbr_entry(b, 0, 0x83, 63, 1000, true);
	mbr_entry(b, 1, 0x05, 2048, 8192, false);
	mbr_entry(b, 3, 0x27, 12288, 1024, false);
	disk_put(&d, 0, b, 512);
	memset(b, 0, sizeof(b));
	mbr_entry(b, 0, 0x83, 63, 1000, false);
	mbr_entry(b, 1, 0x05, 2048, 4096, false);
	disk_put(&d, 2048 * 512, b, 512);
	memset(b, 0, sizeof(b));
	mbr_entry(b, 0, 0x82, 100, 2000, false);
	disk_put(&d, 4096 * 512, b, 512);
	return d;
}

static void gpt_entry(uint8_t *p, uint8_t type, uint64_t start, uint64_t last, uint64_t attributes)
{
	memset(p, type, 16);
	memset(p + 16, (int)start & 0xff, 16);
	put_le64(p + 32, start);
	put_le64(p + 40, last);
	put_le64(p + 48, attributes);
	p[56] = 'n';
	p[58] = 'a';
}

/* A header and its entries, with checksums; backup: the other one of the two. */
static void put_gpt(const struct ptable_disk *d, const uint8_t *entries, bool backup)
{
	const uint64_t last = d->sectors - 1, n = 128 * 128, sectors = n / d->sector;
	uint8_t h[512] = GPT_MAGIC;

	put_le32(h + 8, 0x10000);
	put_le32(h + 12, GPT_HEADER_MIN);
	put_le64(h + GPT_MY_LBA, backup ? last : 1);
	put_le64(h + GPT_OTHER_LBA, backup ? 1 : last);
	put_le64(h + GPT_FIRST, 2 + sectors);
	put_le64(h + GPT_LAST, last - sectors - 1);
	memset(h + GPT_GUID, 0x77, 16);
	put_le64(h + GPT_ENTRIES_LBA, backup ? last - sectors : 2);
	put_le32(h + GPT_COUNT, 128);
	put_le32(h + GPT_ENTRY_SIZE, 128);
	put_le32(h + GPT_ENTRIES_CRC, ptable_crc(entries, n));
	put_le32(h + GPT_CRC, ptable_crc(h, GPT_HEADER_MIN));
	disk_put(d, (backup ? last : 1) * d->sector, h, sizeof(h));
	disk_put(d, (backup ? last - sectors : 2) * d->sector, entries, n);
}

/* 1 and 2, and 128; hybrid: 2 is in the MBR, too. */
struct ptable_disk gpt_disk(unsigned sector, bool hybrid)
{
	struct ptable_disk d = disk_new(SMALL, sector);
	CLEANUP(free) uint8_t *entries = calloc(128, 128);
	uint8_t b[512] = "code";

	gpt_entry(entries, 0xab, 2048, 4095, (uint64_t)1 << 63 | 5);
	gpt_entry(entries + 128, 0xcd, 4096, 8191, 0);
	gpt_entry(entries + 127 * 128, 0xef, 1024, 2047, 4);
	if (hybrid) {
		mbr_entry(b, 0, TYPE_GPT, 1, 4095, false);
		mbr_entry(b, 1, 0x0b, 4096, 4096, true);
	} else {
		mbr_entry(b, 0, TYPE_GPT, 1, SMALL - 1, false);
	}
	disk_put(&d, 0, b, 512);
	put_gpt(&d, entries, false);
	put_gpt(&d, entries, true);
	return d;
}

void read_table(const struct ptable_disk *d, struct table_ret *r)
{
	struct err e = ERR_INIT;

	memset(r, 0, sizeof(*r));
	if (ptable_read(d, r, &e) < 0)
		fail_msg("%s", e.msg);
}

const wire_partition *numbered(const struct table_ret *r, uint32_t n)
{
	for (uint32_t i = 0; i < r->list.n; i++)
		if (r->list.v[i].number == n)
			return &r->list.v[i];
	fail_msg("there is no partition %u", n);
	return NULL;
}

/* All partitions, each so many sectors further on. */
struct write_table_args moved(const struct table_ret *r, wire_place *v, uint64_t by)
{
	for (uint32_t i = 0; i < r->list.n; i++) {
		const wire_partition *p = &r->list.v[i];

		v[i] = (wire_place){ .from = p->number, .number = p->number, .kind = p->kind,
				     .start = p->start + by, .sectors = p->sectors,
				     .ebr = p->ebr ? p->ebr + by : 0 };
	}
	return (struct write_table_args){ .saved = r->saved, .places = { r->list.n, v }, .boot_code = true };
}
