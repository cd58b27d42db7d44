/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Partition tables as bytes: what is read, what is written again, and what moves along. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/ptable_bytes.h"
#include "ptable_disks.h"

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

	read_table(&from, &was);
	struct write_table_args a = moved(&was, v, by);

	if (ptable_write(&to, &a, &e) < 0)
		fail_msg("%s", e.msg);
	read_table(&to, &now);
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
	read_table(&d, &r);
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
	read_table(&from, &r);
	struct write_table_args a = moved(&r, v, 0);

	assert_int_equal(ptable_write(&to, &a, &e), 0);
	disk_get(&to, 0, b, sizeof(b));
	assert_memory_equal(b, "boot code", 9);
	a.boot_code = false;
	assert_int_equal(ptable_write(&to, &a, &e), 0);
	disk_get(&to, 0, b, sizeof(b));
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
	read_table(&from, &r);
	struct write_table_args a = moved(&r, v, 0);

	/* sda5 goes, sda6 becomes sda5; the first boot record is where the extended one begins. */
	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].from == 5)
			v[i] = v[--a.places.n];
	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].from == 6)
			v[i].number = 5, v[i].ebr = 2048;
	assert_int_equal(ptable_write(&to, &a, &e), 0);
	read_table(&to, &now);
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
			disk_put(&d, 2 * 512 + 130, noise, sizeof(noise));
		if (what > 0)
			disk_put(&d, (SMALL - 1) * 512, noise, sizeof(noise));
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
	read_table(&d, &r);
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
	read_table(&from, &r);
	struct write_table_args a = moved(&r, v, 0);

	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].number == 2)
			v[i].start = 10000, v[i].sectors = 5000;
	assert_int_equal(ptable_write(&to, &a, &e), 0);
	disk_get(&to, 0, b, sizeof(b));
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
	mbr_entry(b, 0, 0x83, 63, 10, false);
	mbr_entry(b, 1, 0x05, 2048, 10, false); /* itself */
	disk_put(&d, 4096 * 512, b, 512);
	assert_int_equal(ptable_read(&d, &r, &e), -1);
	assert_int_equal(e.no, ELOOP);
	table_ret_release_p(&r);
	mbr_entry(b, 1, 0x05, 0x7fffffff, 10, false); /* outside */
	disk_put(&d, 4096 * 512, b, 512);
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
	read_table(&from, &r);
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
	disk_get(&to, 0, b, sizeof(b));
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
	read_table(&d, &r);
	assert_string_equal(r.label, "");
	table_ret_release_p(&r);
	disk_put(&d, 0, b, 512);
	read_table(&d, &r);
	assert_string_equal(r.label, "");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
