/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Partition tables as bytes: what is read, what is written again, and what moves along. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../daemon/boot_refs.h"
#include "../../daemon/ptable.h"
#include "../../daemon/ptable_bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

#define SMALL 16384 /* sectors of the disk that is read */
#define LARGE 65536 /* and of the one that is written */

static struct ptable_disk disk_new(uint64_t sectors, unsigned sector)
{
	struct ptable_disk d = { .fd = memfd_create("disk", 0), .user = "/dev/sda", .sector = sector,
				 .sectors = sectors };

	assert_true(d.fd >= 0);
	assert_int_equal(ftruncate(d.fd, (off_t)(sectors * sector)), 0);
	return d;
}

static void put(const struct ptable_disk *d, uint64_t at, const void *p, size_t n)
{
	assert_int_equal(pwrite(d->fd, p, n, (off_t)at), n);
}

static void get(const struct ptable_disk *d, uint64_t at, void *p, size_t n)
{
	assert_int_equal(pread(d->fd, p, n, (off_t)at), n);
}

static void entry(uint8_t *sector, unsigned i, uint8_t type, uint32_t start, uint32_t sectors, bool active)
{
	uint8_t *p = sector + MBR_ENTRIES + i * MBR_ENTRY;

	p[0] = active ? 0x80 : 0;
	p[4] = type;
	put_le32(p + 8, start);
	put_le32(p + 12, sectors);
	sector[MBR_SIGN] = 0x55;
	sector[MBR_SIGN + 1] = 0xaa;
}

static void table_ret_release_p(struct table_ret *r)
{
	proto_free(&procs[PROC_table].ret, r);
}

/* ---- the disks of the tests */

/* sda1 active, sda2 extended with sda5 and sda6, boot code and a signature; sda4 of an odd type. */
static struct ptable_disk mbr_disk(void)
{
	struct ptable_disk d = disk_new(SMALL, 512);
	uint8_t b[512] = "boot code";

	put_le32(b + MBR_ID, 0xcafe1234);
	entry(b, 0, 0x83, 63, 1000, true);
	entry(b, 1, 0x05, 2048, 8192, false);
	entry(b, 3, 0x27, 12288, 1024, false);
	put(&d, 0, b, 512);
	memset(b, 0, sizeof(b));
	entry(b, 0, 0x83, 63, 1000, false);
	entry(b, 1, 0x05, 2048, 4096, false);
	put(&d, 2048 * 512, b, 512);
	memset(b, 0, sizeof(b));
	entry(b, 0, 0x82, 100, 2000, false);
	put(&d, 4096 * 512, b, 512);
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
	put(d, (backup ? last : 1) * d->sector, h, sizeof(h));
	put(d, (backup ? last - sectors : 2) * d->sector, entries, n);
}

/* 1 and 2, and 128; hybrid: 2 is in the MBR, too. */
static struct ptable_disk gpt_disk(unsigned sector, bool hybrid)
{
	struct ptable_disk d = disk_new(SMALL, sector);
	CLEANUP(free) uint8_t *entries = calloc(128, 128);
	uint8_t b[512] = "code";

	gpt_entry(entries, 0xab, 2048, 4095, (uint64_t)1 << 63 | 5);
	gpt_entry(entries + 128, 0xcd, 4096, 8191, 0);
	gpt_entry(entries + 127 * 128, 0xef, 1024, 2047, 4);
	if (hybrid) {
		entry(b, 0, TYPE_GPT, 1, 4095, false);
		entry(b, 1, 0x0b, 4096, 4096, true);
	} else {
		entry(b, 0, TYPE_GPT, 1, SMALL - 1, false);
	}
	put(&d, 0, b, 512);
	put_gpt(&d, entries, false);
	put_gpt(&d, entries, true);
	return d;
}

/* ---- */

static void read_it(const struct ptable_disk *d, struct table_ret *r)
{
	struct err e = ERR_INIT;

	memset(r, 0, sizeof(*r));
	if (ptable_read(d, r, &e) < 0)
		fail_msg("%s", e.msg);
}

static const wire_partition *numbered(const struct table_ret *r, uint32_t n)
{
	for (uint32_t i = 0; i < r->list.n; i++)
		if (r->list.v[i].number == n)
			return &r->list.v[i];
	fail_msg("there is no partition %u", n);
	return NULL;
}

/* All partitions, each so many sectors further on. */
static struct write_table_args moved(const struct table_ret *r, wire_place *v, uint64_t by)
{
	for (uint32_t i = 0; i < r->list.n; i++) {
		const wire_partition *p = &r->list.v[i];

		v[i] = (wire_place){ .from = p->number, .number = p->number, .kind = p->kind,
				     .start = p->start + by, .sectors = p->sectors,
				     .ebr = p->ebr ? p->ebr + by : 0 };
	}
	return (struct write_table_args){ .saved = r->saved, .places = { r->list.n, v }, .boot_code = true };
}

static void same_but_place(const struct table_ret *a, const struct table_ret *b, uint64_t by)
{
	assert_string_equal(a->label, b->label);
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->list.n, b->list.n);
	for (uint32_t i = 0; i < a->list.n; i++) {
		const wire_partition *p = &a->list.v[i], *q = numbered(b, p->number);

		assert_int_equal(p->start + by, q->start);
		assert_int_equal(p->sectors, q->sectors);
		assert_string_equal(p->type, q->type);
		assert_string_equal(p->kind, q->kind);
		assert_string_equal(p->uuid, q->uuid);
		assert_string_equal(p->name, q->name);
		assert_int_equal(p->attributes, q->attributes);
		assert_int_equal(p->bootable, q->bootable);
	}
}

/* Reads one disk, writes its table to a larger one, moved, and reads that. */
static void round_trip(struct ptable_disk from, uint64_t by)
{
	struct ptable_disk to = disk_new(LARGE, from.sector);
	struct table_ret was, now;
	wire_place v[8];
	struct err e = ERR_INIT;

	read_it(&from, &was);
	struct write_table_args a = moved(&was, v, by);

	if (ptable_write(&to, &a, &e) < 0)
		fail_msg("%s", e.msg);
	read_it(&to, &now);
	assert_int_equal(now.warnings.n, 0);
	same_but_place(&was, &now, by);
	table_ret_release_p(&was);
	table_ret_release_p(&now);
	close(from.fd);
	close(to.fd);
}

static void test_an_mbr_is_read(void **state)
{
	struct ptable_disk d = mbr_disk();
	struct table_ret r;

	(void)state;
	read_it(&d, &r);
	assert_string_equal(r.label, "mbr");
	assert_string_equal(r.id, "cafe1234");
	assert_int_equal(r.list.n, 5);
	assert_true(numbered(&r, 1)->bootable);
	assert_string_equal(numbered(&r, 2)->kind, "extended");
	assert_int_equal(numbered(&r, 5)->start, 2048 + 63);
	assert_int_equal(numbered(&r, 6)->start, 4096 + 100);
	assert_int_equal(numbered(&r, 6)->ebr, 4096);
	assert_string_equal(numbered(&r, 6)->type, "0x82");
	table_ret_release_p(&r);
	close(d.fd);
}

static void test_all_but_places_stays(void **state)
{
	(void)state;
	for (unsigned by = 0; by < 20000; by += 4096) {
		round_trip(mbr_disk(), by);
		round_trip(gpt_disk(512, false), by);
		round_trip(gpt_disk(512, true), by);
		round_trip(gpt_disk(4096, false), by);
	}
}

static void test_boot_code_comes_along_or_not(void **state)
{
	struct ptable_disk from = mbr_disk(), to = disk_new(LARGE, 512);
	struct table_ret r;
	wire_place v[8];
	struct err e = ERR_INIT;
	uint8_t b[512];

	(void)state;
	read_it(&from, &r);
	struct write_table_args a = moved(&r, v, 0);

	assert_int_equal(ptable_write(&to, &a, &e), 0);
	get(&to, 0, b, sizeof(b));
	assert_memory_equal(b, "boot code", 9);
	a.boot_code = false;
	assert_int_equal(ptable_write(&to, &a, &e), 0);
	get(&to, 0, b, sizeof(b));
	assert_int_equal(b[0], 0);
	assert_int_equal(get_le32(b + MBR_ID), 0xcafe1234);
	table_ret_release_p(&r);
	close(from.fd);
	close(to.fd);
}

static void test_what_has_no_place_is_gone(void **state)
{
	struct ptable_disk from = mbr_disk(), to = disk_new(LARGE, 512);
	struct table_ret r, now;
	wire_place v[8];
	struct err e = ERR_INIT;

	(void)state;
	read_it(&from, &r);
	struct write_table_args a = moved(&r, v, 0);

	/* sda5 goes, sda6 becomes sda5; the first boot record is where the extended one begins. */
	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].from == 5)
			v[i] = v[--a.places.n];
	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].from == 6)
			v[i].number = 5, v[i].ebr = 2048;
	assert_int_equal(ptable_write(&to, &a, &e), 0);
	read_it(&to, &now);
	assert_int_equal(now.list.n, 4);
	assert_int_equal(numbered(&now, 5)->start, 4096 + 100);
	assert_string_equal(numbered(&now, 5)->type, "0x82");
	table_ret_release_p(&r);
	table_ret_release_p(&now);
	close(from.fd);
	close(to.fd);
}

static void test_a_damaged_gpt_has_another_one(void **state)
{
	static const uint8_t noise[8] = "damaged";
	struct table_ret r;
	struct err e = ERR_INIT;

	(void)state;
	for (int what = 0; what < 3; what++) {
		struct ptable_disk d = gpt_disk(512, false);

		if (what == 0 || what == 2)
			put(&d, 2 * 512 + 130, noise, sizeof(noise));
		if (what > 0)
			put(&d, (SMALL - 1) * 512, noise, sizeof(noise));
		memset(&r, 0, sizeof(r));
		if (what < 2) {
			assert_int_equal(ptable_read(&d, &r, &e), 0);
			assert_int_equal(r.warnings.n, 1);
			assert_int_equal(r.list.n, 3);
		} else {
			assert_int_equal(ptable_read(&d, &r, &e), -1);
			assert_int_equal(e.no, EUCLEAN);
		}
		table_ret_release_p(&r);
		close(d.fd);
	}
}

static void test_a_gpt_that_ends_before_the_disk_does(void **state)
{
	struct ptable_disk d = gpt_disk(512, false);
	struct table_ret r;

	(void)state;
	assert_int_equal(ftruncate(d.fd, LARGE * 512), 0);
	d.sectors = LARGE;
	read_it(&d, &r);
	assert_int_equal(r.warnings.n, 0);
	assert_int_equal(r.list.n, 3);
	table_ret_release_p(&r);
	close(d.fd);
}

static void test_a_hybrid_mbr_follows(void **state)
{
	struct ptable_disk from = gpt_disk(512, true), to = disk_new(LARGE, 512);
	struct table_ret r;
	wire_place v[8];
	struct err e = ERR_INIT;
	uint8_t b[512];

	(void)state;
	read_it(&from, &r);
	struct write_table_args a = moved(&r, v, 0);

	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].number == 2)
			v[i].start = 10000, v[i].sectors = 5000;
	assert_int_equal(ptable_write(&to, &a, &e), 0);
	get(&to, 0, b, sizeof(b));
	/* What is protected ends where it began to be shared. */
	assert_int_equal(mbr_entry_get(b, 0).start, 1);
	assert_int_equal(mbr_entry_get(b, 0).sectors, 9999);
	assert_int_equal(mbr_entry_get(b, 1).start, 10000);
	assert_int_equal(mbr_entry_get(b, 1).sectors, 5000);
	assert_int_equal(mbr_entry_get(b, 1).type, 0x0b);
	table_ret_release_p(&r);
	close(from.fd);
	close(to.fd);
}

static void test_a_chain_without_an_end(void **state)
{
	struct ptable_disk d = mbr_disk();
	struct table_ret r = { 0 };
	struct err e = ERR_INIT;
	uint8_t b[512] = { 0 };

	(void)state;
	entry(b, 0, 0x83, 63, 10, false);
	entry(b, 1, 0x05, 2048, 10, false); /* itself */
	put(&d, 4096 * 512, b, 512);
	assert_int_equal(ptable_read(&d, &r, &e), -1);
	assert_int_equal(e.no, ELOOP);
	table_ret_release_p(&r);
	entry(b, 1, 0x05, 0x7fffffff, 10, false); /* outside */
	put(&d, 4096 * 512, b, 512);
	memset(&r, 0, sizeof(r));
	assert_int_equal(ptable_read(&d, &r, &e), -1);
	assert_int_equal(e.no, EINVAL);
	table_ret_release_p(&r);
	close(d.fd);
}

static void test_places_that_cannot_be(void **state)
{
	struct ptable_disk from = gpt_disk(512, false), to = disk_new(LARGE, 512);
	struct table_ret r;
	wire_place v[8];
	struct err e = ERR_INIT;
	uint8_t b[512];

	(void)state;
	read_it(&from, &r);
	struct write_table_args a = moved(&r, v, 0);

	v[0].start = LARGE;
	assert_int_equal(ptable_write(&to, &a, &e), -1);
	v[0].start = 20; /* in the entries */
	assert_int_equal(ptable_write(&to, &a, &e), -1);
	v[0].start = LARGE - 33 - v[0].sectors + 1; /* in the backup */
	assert_int_equal(ptable_write(&to, &a, &e), -1);
	v[0].start = 2048;
	v[0].number = 129;
	assert_int_equal(ptable_write(&to, &a, &e), -1);
	a.saved.len = 100;
	assert_int_equal(ptable_write(&to, &a, &e), -1);
	/* And nothing was written. */
	get(&to, 0, b, sizeof(b));
	assert_int_equal(b[MBR_SIGN], 0);
	a.saved.len = r.saved.len;
	table_ret_release_p(&r);
	close(from.fd);
	close(to.fd);
}

static void test_no_table_is_none(void **state)
{
	struct ptable_disk d = disk_new(SMALL, 512);
	struct table_ret r;
	/* The first sector of a FAT: signed, with text where a table would be. */
	uint8_t b[512] = { [3] = 'm', [MBR_ENTRIES] = 'N', [MBR_ENTRIES + 4] = 'x', [MBR_SIGN] = 0x55,
			   [MBR_SIGN + 1] = 0xaa };

	(void)state;
	read_it(&d, &r);
	assert_string_equal(r.label, "");
	table_ret_release_p(&r);
	put(&d, 0, b, 512);
	read_it(&d, &r);
	assert_string_equal(r.label, "");
	table_ret_release_p(&r);
	close(d.fd);
}

/* ---- what has places in it */

static void assert_refs(const struct ptable_disk *d, uint64_t start, const char *want)
{
	CLEANUP(free) char *refs = boot_refs(d, start);

	assert_string_equal(refs, want);
}

static void test_boot_sectors_follow_their_partition(void **state)
{
	static const char *const kinds[] = { "NTFS    ", "FAT32" };
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		struct ptable_disk d = gpt_disk(512, false);
		CLEANUP(strvec_release) struct strvec words = STRVEC_INIT;
		struct table_ret r;
		wire_place v[8];
		struct err e = ERR_INIT;
		uint8_t b[512] = { [MBR_SIGN] = 0x55, [MBR_SIGN + 1] = 0xaa };
		uint64_t copy = k ? 6 : 1000;

		read_it(&d, &r);
		struct write_table_args a = moved(&r, v, 0);

		for (uint32_t i = 0; i < a.places.n; i++)
			if (v[i].number == 2)
				v[i].start = 9000;
		put_le32(b + 0x1c, 4096);
		memcpy(b + (k ? 0x52 : 3), kinds[k], strlen(kinds[k]));
		if (k)
			b[0x32] = 6;
		else
			put_le64(b + 0x28, 1000);
		put(&d, 9000 * 512, b, 512);
		put(&d, (9000 + copy) * 512, b, 512);
		assert_refs(&d, 9000, "");
		assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
		assert_int_equal(words.n, 1);
		assert_refs(&d, 9000, "hidden copy");
		get(&d, 9000 * 512, b, 512);
		assert_int_equal(get_le32(b + 0x1c), 9000);
		get(&d, (9000 + copy) * 512, b, 512);
		assert_int_equal(get_le32(b + 0x1c), 9000);
		/* A number that was another one before is nobody's to change. */
		put_le32(b + 0x1c, 63);
		put(&d, 9000 * 512, b, 512);
		assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
		get(&d, 9000 * 512, b, 512);
		assert_int_equal(get_le32(b + 0x1c), 63);
		assert_refs(&d, 9000, "");
		table_ret_release_p(&r);
		close(d.fd);
	}
}

static void test_grub_finds_its_core_after_a_move(void **state)
{
	struct ptable_disk d = gpt_disk(512, false);
	CLEANUP(strvec_release) struct strvec words = STRVEC_INIT;
	struct table_ret r;
	wire_place v[8];
	struct err e = ERR_INIT;
	uint8_t b[512], core[512] = "loading Geom", rest[50 * 512];

	(void)state;
	get(&d, 0, b, 512);
	memcpy(b + 0x180, "GRUB \0Geom", 10);
	put_le64(b + 0x5c, 4096);
	put(&d, 0, b, 512);
	put_le64(core + 500, 4097);
	core[508] = 50;
	put_le64(core + 488, 2050); /* one that stays */
	core[496] = 3;
	put(&d, 4096 * 512, core, 512);
	memset(rest, 'x', sizeof(rest));
	rest[7] = 'y';
	put(&d, 4097 * 512, rest, sizeof(rest));
	CLEANUP(free) char *was = boot_refs(&d, 0);
	assert_int_equal(strncmp(was, "grub ", 5), 0);
	read_it(&d, &r);
	struct write_table_args a = moved(&r, v, 0);

	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].number == 2)
			v[i].start = 9000;
	put(&d, 9000 * 512, core, 512);
	put(&d, 9001 * 512, rest, sizeof(rest));
	memset(core, 0, sizeof(core));
	put(&d, 4096 * 512, core, 512);
	memset(rest, 0, sizeof(rest));
	put(&d, 4097 * 512, rest, sizeof(rest));
	assert_refs(&d, 0, "");
	assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
	assert_refs(&d, 0, was);
	get(&d, 0, b, 512);
	assert_int_equal(get_le64(b + 0x5c), 9000);
	get(&d, 9000 * 512, core, 512);
	assert_int_equal(get_le64(core + 500), 9001);
	assert_int_equal(get_le64(core + 488), 2050);
	assert_int_equal(words.n, 1);
	/* The first sector is there, and what its list has is something else, or nothing. */
	put_le64(core + 500, 4097);
	put(&d, 9000 * 512, core, 512);
	CLEANUP(free) char *other = boot_refs(&d, 0);
	assert_int_equal(strncmp(other, "grub ", 5), 0);
	assert_string_not_equal(other, was);
	put_le64(core + 500, UINT64_MAX);
	put(&d, 9000 * 512, core, 512);
	assert_refs(&d, 0, "");
	table_ret_release_p(&r);
	close(d.fd);
}

static void test_exfat_has_a_new_checksum(void **state)
{
	struct ptable_disk d = gpt_disk(512, false);
	CLEANUP(strvec_release) struct strvec words = STRVEC_INIT;
	struct table_ret r;
	wire_place v[8];
	struct err e = ERR_INIT;
	uint8_t b[12 * 512] = { [108] = 9, [MBR_SIGN] = 0x55, [MBR_SIGN + 1] = 0xaa };
	uint32_t sum = 0;

	(void)state;
	memcpy(b + 3, "EXFAT   ", 8);
	put_le64(b + 0x40, 4096);
	put(&d, 9000 * 512, b, sizeof(b));
	put(&d, 9012 * 512, b, sizeof(b));
	read_it(&d, &r);
	struct write_table_args a = moved(&r, v, 0);

	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].number == 2)
			v[i].start = 9000;
	assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
	for (int copy = 0; copy < 2; copy++) {
		get(&d, (9000 + 12u * copy) * 512, b, sizeof(b));
		assert_int_equal(get_le64(b + 0x40), 9000);
		sum = 0;
		for (unsigned i = 0; i < 11 * 512; i++)
			if (i != 106 && i != 107 && i != 112)
				sum = (sum & 1 ? 0x80000000u : 0) + (sum >> 1) + b[i];
		for (unsigned i = 0; i < 512; i += 4)
			assert_int_equal(get_le32(b + 11 * 512 + i), sum);
	}
	table_ret_release_p(&r);
	close(d.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_mbr_is_read),
		cmocka_unit_test(test_all_but_places_stays),
		cmocka_unit_test(test_boot_code_comes_along_or_not),
		cmocka_unit_test(test_what_has_no_place_is_gone),
		cmocka_unit_test(test_a_damaged_gpt_has_another_one),
		cmocka_unit_test(test_a_gpt_that_ends_before_the_disk_does),
		cmocka_unit_test(test_a_hybrid_mbr_follows),
		cmocka_unit_test(test_a_chain_without_an_end),
		cmocka_unit_test(test_places_that_cannot_be),
		cmocka_unit_test(test_no_table_is_none),
		cmocka_unit_test(test_boot_sectors_follow_their_partition),
		cmocka_unit_test(test_grub_finds_its_core_after_a_move),
		cmocka_unit_test(test_exfat_has_a_new_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
