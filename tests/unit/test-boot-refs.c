/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has places in it is mended where a partition is put: boot sectors, GRUB's core. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/boot_refs.h"
#include "daemon/ptable_bytes.h"
#include "ptable_disks.h"

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

		read_table(&d, &r);
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
		disk_put(&d, 9000 * 512, b, 512);
		disk_put(&d, (9000 + copy) * 512, b, 512);
		assert_refs(&d, 9000, "");
		assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
		assert_int_equal(words.n, 1);
		assert_refs(&d, 9000, "hidden copy");
		disk_get(&d, 9000 * 512, b, 512);
		assert_int_equal(get_le32(b + 0x1c), 9000);
		disk_get(&d, (9000 + copy) * 512, b, 512);
		assert_int_equal(get_le32(b + 0x1c), 9000);
		/* A number that was another one before is nobody's to change. */
		put_le32(b + 0x1c, 63);
		disk_put(&d, 9000 * 512, b, 512);
		assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
		disk_get(&d, 9000 * 512, b, 512);
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
	disk_get(&d, 0, b, 512);
	memcpy(b + 0x180, "GRUB \0Geom", 10);
	put_le64(b + 0x5c, 4096);
	disk_put(&d, 0, b, 512);
	put_le64(core + 500, 4097);
	core[508] = 50;
	put_le64(core + 488, 2050); /* one that stays */
	core[496] = 3;
	disk_put(&d, 4096 * 512, core, 512);
	memset(rest, 'x', sizeof(rest));
	rest[7] = 'y';
	disk_put(&d, 4097 * 512, rest, sizeof(rest));
	CLEANUP(free) char *was = boot_refs(&d, 0);
	assert_int_equal(strncmp(was, "grub ", 5), 0);
	read_table(&d, &r);
	struct write_table_args a = moved(&r, v, 0);

	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].number == 2)
			v[i].start = 9000;
	disk_put(&d, 9000 * 512, core, 512);
	disk_put(&d, 9001 * 512, rest, sizeof(rest));
	memset(core, 0, sizeof(core));
	disk_put(&d, 4096 * 512, core, 512);
	memset(rest, 0, sizeof(rest));
	disk_put(&d, 4097 * 512, rest, sizeof(rest));
	assert_refs(&d, 0, "");
	assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
	assert_refs(&d, 0, was);
	disk_get(&d, 0, b, 512);
	assert_int_equal(get_le64(b + 0x5c), 9000);
	disk_get(&d, 9000 * 512, core, 512);
	assert_int_equal(get_le64(core + 500), 9001);
	assert_int_equal(get_le64(core + 488), 2050);
	assert_int_equal(words.n, 1);
	/* The first sector is there, and what its list has is something else, or nothing. */
	put_le64(core + 500, 4097);
	disk_put(&d, 9000 * 512, core, 512);
	CLEANUP(free) char *other = boot_refs(&d, 0);
	assert_int_equal(strncmp(other, "grub ", 5), 0);
	assert_string_not_equal(other, was);
	put_le64(core + 500, UINT64_MAX);
	disk_put(&d, 9000 * 512, core, 512);
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
	disk_put(&d, 9000 * 512, b, sizeof(b));
	disk_put(&d, 9012 * 512, b, sizeof(b));
	read_table(&d, &r);
	struct write_table_args a = moved(&r, v, 0);

	for (uint32_t i = 0; i < a.places.n; i++)
		if (v[i].number == 2)
			v[i].start = 9000;
	assert_int_equal(boot_refs_mend(&d, &a, &words, &e), 0);
	for (int copy = 0; copy < 2; copy++) {
		disk_get(&d, (9000 + 12u * copy) * 512, b, sizeof(b));
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
		cmocka_unit_test(test_boot_sectors_follow_their_partition),
		cmocka_unit_test(test_grub_finds_its_core_after_a_move),
		cmocka_unit_test(test_exfat_has_a_new_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
