/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of guest-resize: sizes as they are written, and wishes and disks that make no sense. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "plan_disks.h"

/* ---- sizes */

static const struct {
	const char *text;
	uint64_t old, want; /* want 0: refused */
} sizes[] = {
	{ "10G", GIB, 10 * GIB },	 { "+1G", GIB, 2 * GIB },	  { "-1M", GIB, GIB - MIB },
	{ "1.5K", 1, 1536 },		 { "512b", 1, 512 },		  { ".5M", 1, MIB / 2 },
	{ "50%", GIB, GIB / 2 },	 { "+50%", GIB, GIB / 2 * 3 },	  { "-12.5%", 8000, 7000 },
	{ "200%", 1000, 2000 },		 { "1T", 1, 1024 * GIB },	  { "4P", 1, 4096 * 1024 * GIB },
	{ "0.3G", 1, 322122547 },	 { "10X", 1, 0 },		  { "10", 1, 0 },
	{ "", 1, 0 },			 { "G", 1, 0 },			  { "+", 1, 0 },
	{ ".", 1, 0 },			 { ".G", 1, 0 },		  { "1.2.3G", 1, 0 },
	{ "10GB", 1, 0 },		 { "--1G", 1, 0 },		  { "1 G", 1, 0 },
	{ "10k", 1, 0 },		 { "0b", 1, 0 },		  { "-1G", GIB, 0 },
	{ "-2G", GIB, 0 },		 { "-100%", GIB, 0 },		  { "99999999999999999999G", 1, 0 },
	{ "18446744073709551616b", 1, 0 }, { "5000P", 1, 0 },		  { "1e3M", 1, 0 },
	{ "0x10M", 1, 0 },		 { "\xb5G", 1, 0 },		  { "18446744073709551620b", 1, 0 },
	{ "+18446744073709551620M", 1, 0 }, { "36893488147419103233b", 1, 0 },
	{ "18446744073709551620%", 1, 0 },  { "184467440737095516160000000000000004K", 1, 0 },
	{ "4611686018427387904b", 1, UINT64_C(1) << 62 }, { "4611686018427387905b", 1, 0 },
	{ "000000000000000000000000000000001K", 1, 1024 },
};

static void test_sizes_as_users_write_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct plan_size z;
		struct err e = ERR_INIT;
		uint64_t got = 0;

		if (plan_size_parse(sizes[i].text, &z, &e) == 0 &&
		    plan_size_apply(&z, sizes[i].old, &got, &e) < 0)
			got = 0;
		if (got != sizes[i].want)
			fail_msg("'%s' of %" PRIu64 ": %" PRIu64 " (%s)", sizes[i].text, sizes[i].old,
				 got, e.msg);
		assert_true(!sizes[i].want == !!*e.msg);
	}
}

/* ---- refusals */

static void refused_copy(const struct plan_disk *d, const struct plan_wish *w, size_t n,
			 const char *words)
{
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	set_options(&o, 300 * MIB, w, n);
	if (plan_copy(d, &o, &p, &e) == 0)
		fail_msg("not refused: %s", words);
	if (!strstr(e.msg, words))
		fail_msg("'%s' instead of '%s'", e.msg, words);
}

static void test_wishes_that_make_no_sense(void **state)
{
	struct plan_wish expand = { .kind = PLAN_WISH_EXPAND, .name = "sda2" };
	struct plan_wish shrink = { .kind = PLAN_WISH_SHRINK, .name = "sda3" };
	struct plan_wish delete = { .kind = PLAN_WISH_DELETE, .name = "/dev/hda2" };
	struct plan_wish lv = { .kind = PLAN_WISH_LV_EXPAND, .name = "/dev/VG/LV" };
	struct plan_wish not_lv = { .kind = PLAN_WISH_LV_EXPAND, .name = "sda1" };
	struct plan_wish missing = { .kind = PLAN_WISH_EXPAND, .name = "/dev/sda9" };
	struct plan_wish nowhere = { .kind = PLAN_WISH_EXPAND, .name = "/srv" };
	struct plan_wish volume = { .kind = PLAN_WISH_DELETE, .name = "/" };
	struct plan_wish extended = { .kind = PLAN_WISH_IGNORE, .name = "sda2" };
	struct plan_wish both[] = { { .kind = PLAN_WISH_RESIZE, .name = "sda2" },
				    { .kind = PLAN_WISH_EXPAND, .name = "sda5" } };
	struct plan_wish gone[] = { { .kind = PLAN_WISH_DELETE, .name = "sda2" },
				    { .kind = PLAN_WISH_EXPAND, .name = "sda5" } };

	(void)state;
	refused_copy(&three_disk, (struct plan_wish[]){ expand, delete }, 2, "both --expand and");
	refused_copy(&three_disk, (struct plan_wish[]){ expand, shrink }, 2, "for one partition");
	refused_copy(&three_disk, (struct plan_wish[]){ lv, lv }, 2, "expanded twice");
	refused_copy(&three_disk, &not_lv, 1, "not a logical volume");
	refused_copy(&three_disk, &missing, 1,
		     "/dev/sda9: partition not found in the source disk image (this error came from "
		     "'--expand' option");
	refused_copy(&three_disk, &nowhere, 1, "/srv: mount point not found");
	refused_copy(&three_disk, &volume, 1, "is a logical volume");
	refused_copy(&three_disk, &shrink, 1, "no deficit");
	refused_copy(&logical_disk, &extended, 1, "--ignore those in it");
	assert_int_equal(plan_size_parse("+1M", &both[0].size, &(struct err)ERR_INIT), 0);
	refused_copy(&logical_disk, both, 2, "which is to have a size of its own");
	refused_copy(&logical_disk, gone, 2, "which is to be deleted");
}

/* A group that loses a member, or has, cannot grow; and its first volume leaves nothing to others. */
static void test_volumes_that_cannot_grow(void **state)
{
	const struct plan_volume two[] = { { .name = "/dev/VG/LV", .vg = "VG" },
					   { .name = "/dev/VG/other", .vg = "VG" },
					   { .name = "/dev/W/LV", .vg = "W", .broken = "1 of its 2 are missing" } };
	struct plan_wish lv = { .kind = PLAN_WISH_LV_EXPAND, .name = "/dev/VG/LV" };
	struct plan_wish other = { .kind = PLAN_WISH_LV_EXPAND, .name = "VG/other" };
	struct plan_wish broken = { .kind = PLAN_WISH_LV_EXPAND, .name = "/dev/W/LV" };
	struct plan_wish delete = { .kind = PLAN_WISH_DELETE, .name = "sda2" };
	struct plan_wish ignore = { .kind = PLAN_WISH_IGNORE, .name = "sda2" };
	struct plan_wish expand = { .kind = PLAN_WISH_EXPAND, .name = "sda3" };
	struct plan_disk d = three_disk;
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	d.volumes = two;
	d.n_volumes = 3;
	refused_copy(&d, (struct plan_wish[]){ lv, delete }, 2,
		     "'/dev/VG/LV' cannot be expanded: '/dev/sda2', on which it lies, is to be deleted");
	refused_copy(&d, (struct plan_wish[]){ lv, ignore }, 2, "on which it lies, is not copied (--ignore)");
	refused_copy(&d, (struct plan_wish[]){ lv, other }, 2, "of which the first takes all");
	refused_copy(&d, &broken, 1, "its volume group is not whole: 1 of its 2");
	set_options(&o, 300 * MIB, (struct plan_wish[]){ expand, lv, other }, 3);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "'/dev/VG/LV' and '/dev/VG/other' are of one volume group"));
	set_options(&o, 300 * MIB, (struct plan_wish[]){ expand, broken }, 2);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "is not whole"));
	set_options(&o, 300 * MIB, (struct plan_wish[]){ expand, lv, lv }, 3);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "is to be expanded twice"));
}

static void test_disks_that_make_no_sense(void **state)
{
	struct plan_part parts[3];
	struct plan_disk d = three_disk;

	(void)state;
	d.parts = parts;
	memcpy(parts, three, sizeof(parts));
	parts[1].start--;
	refused_copy(&d, NULL, 0, "overlap");
	memcpy(parts, three, sizeof(parts));
	parts[2].number = 1;
	refused_copy(&d, NULL, 0, "have one number");
	memcpy(parts, three, sizeof(parts));
	parts[2].sectors = UINT64_MAX;
	refused_copy(&d, NULL, 0, "does not lie on the disk");
	memcpy(parts, three, sizeof(parts));
	parts[0].sectors = SEC(99 * MIB);
	refused_copy(&d, NULL, 0, "larger than the partition");
	memcpy(parts, three, sizeof(parts));
	parts[2].kind = PLAN_LOGICAL;
	refused_copy(&d, NULL, 0, "does not lie in an extended partition");
	d.n_parts = 0;
	refused_copy(&d, NULL, 0, "has no partitions");
	d.n_parts = PLAN_PARTS_MAX + 1;
	refused_copy(&d, NULL, 0, "more than 1024 partitions");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_as_users_write_them),
		cmocka_unit_test(test_wishes_that_make_no_sense),
		cmocka_unit_test(test_volumes_that_cannot_grow),
		cmocka_unit_test(test_disks_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
