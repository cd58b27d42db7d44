/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of guest-resize: known disks, by hand. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan_disks.h"
#include "util/cleanup.h"

/* ---- copies */

static void test_expand_gives_all_that_is_left_over(void **state)
{
	const struct plan_wish w[] = { { .kind = PLAN_WISH_EXPAND, .name = "sda2" },
				       { .kind = PLAN_WISH_LV_EXPAND, .name = "/dev/VG/LV" } };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;
	/* The allowance: 4096 sectors of start, 128 for each of 3 partitions and one more, 64 of tail. */
	uint64_t surplus = 300 * MIB - 184 * MIB - 512 * (4096 + 128 * 4 + 64);
	uint64_t end;

	(void)state;
	set_options(&o, 300 * MIB, w, 2);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.n_targets, 3);
	assert_int_equal(p.surplus_use, PLAN_SURPLUS_NONE);
	assert_int_equal(target_of(&p, "/dev/sda1")->start, 2048);
	assert_int_equal(target_of(&p, "/dev/sda1")->sectors, SEC(100 * MIB));
	assert_int_equal(target_of(&p, "/dev/sda2")->start, 2048 + SEC(100 * MIB));
	end = 2048 + SEC(100 * MIB) + SEC(64 * MIB + surplus);
	end = (end + 127) / 128 * 128;
	assert_int_equal(target_of(&p, "/dev/sda2")->start + target_of(&p, "/dev/sda2")->sectors, end);
	assert_int_equal(target_of(&p, "/dev/sda2")->copied, SEC(64 * MIB));
	assert_int_equal(target_of(&p, "/dev/sda3")->start, end);
	assert_int_equal(target_of(&p, "/dev/sda3")->action, PLAN_KEEP);
	assert_int_equal(p.n_grows, 3);
	assert_string_equal(p.grows[0].method, "pvresize");
	assert_string_equal(p.grows[1].method, "lvresize");
	assert_string_equal(p.grows[2].method, "resize2fs");
	assert_string_equal(p.grows[2].device, "/dev/VG/LV");
	plan_release(&p);
}

/* "/" on a volume means the volume and what it lies on. */
static void test_a_mount_point_names_what_to_grow(void **state)
{
	static const char *const names[] = { "/", "/boot", "/dev/vda2", "VG/LV", "hda3" };
	static const char *const grown[] = { "/dev/sda2", "/dev/sda1", "/dev/sda2", "/dev/sda2",
					     "/dev/sda3" };
	static const size_t grows[] = { 3, 1, 1, 3, 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct plan_wish w = { .kind = PLAN_WISH_EXPAND, .name = names[i] };
		struct plan_options o;
		struct plan p;
		struct err e = ERR_INIT;

		set_options(&o, 300 * MIB, &w, 1);
		assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
		assert_int_equal(target_of(&p, grown[i])->action, PLAN_RESIZED);
		assert_int_equal(p.n_grows, grows[i]);
		plan_release(&p);
	}
}

static void test_what_is_left_over_gets_a_partition(void **state)
{
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;
	const struct plan_target *x;

	(void)state;
	set_options(&o, 300 * MIB, NULL, 0);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.n_targets, 4);
	assert_int_equal(p.surplus_use, PLAN_SURPLUS_EXTRA);
	x = &p.targets[3];
	assert_null(x->from);
	assert_int_equal(x->number, 4);
	assert_int_equal(x->start, 2048 + SEC(184 * MIB));
	assert_int_equal(x->start + x->sectors, SEC(300 * MIB) - 64);
	plan_release(&p);

	o.no_extra_partition = true;
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.surplus_use, PLAN_SURPLUS_IGNORED);
	assert_int_equal(p.n_targets, 3);
	plan_release(&p);

	set_options(&o, 190 * MIB, NULL, 0);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.surplus_use, PLAN_SURPLUS_SMALL);
	plan_release(&p);
}

static void test_too_small_a_target_says_by_how_much(void **state)
{
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;
	char want[80];

	(void)state;
	set_options(&o, 184 * MIB, NULL, 0);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), -1);
	snprintf(want, sizeof(want), "There is a deficit of %d bytes (2.3M).",
		 512 * (4096 + 128 * 4 + 64));
	assert_non_null(strstr(e.msg, want));
	assert_int_equal(e.no, ENOSPC);
	set_options(&o, 184 * MIB + 512 * (4096 + 128 * 4 + 64), NULL, 0);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	plan_release(&p);
}

static void test_nothing_is_shrunk_below_its_content(void **state)
{
	struct plan_wish w = { .kind = PLAN_WISH_RESIZE, .name = "sda1" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(plan_size_parse("-1M", &w.size, &e), 0);
	set_options(&o, 300 * MIB, &w, 1);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), -1);
	assert_int_equal(e.no, ENOSPC);
	assert_non_null(strstr(e.msg, "by 1048576 bytes"));
	w.kind = PLAN_WISH_FORCE;
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(target_of(&p, "/dev/sda1")->copied, SEC(99 * MIB));
	plan_release(&p);
}

/* What shrinking frees, --expand takes in the same run. */
static void test_expand_and_shrink_in_one_run(void **state)
{
	struct plan_part parts[3];
	struct plan_layer small = { "/dev/sda1", "ext4", .size = 40 * MIB };
	struct plan_disk d = three_disk;
	struct plan_wish w[2] = { { .kind = PLAN_WISH_RESIZE, .name = "sda1" },
				  { .kind = PLAN_WISH_EXPAND, .name = "sda3" } };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	memcpy(parts, three, sizeof(parts));
	parts[0].layers = &small;
	d.parts = parts;
	assert_int_equal(plan_size_parse("50M", &w[0].size, &e), 0);
	set_options(&o, 200 * MIB, w, 2);
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_int_equal(target_of(&p, "/dev/sda1")->sectors, SEC(50 * MIB));
	assert_true(target_of(&p, "/dev/sda3")->sectors > SEC(80 * MIB));
	plan_release(&p);
}

static void test_numbers_stay_after_delete(void **state)
{
	const struct plan_wish w = { .kind = PLAN_WISH_DELETE, .name = "sda2" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set_options(&o, 300 * MIB, &w, 1);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(target_of(&p, "/dev/sda2")->action, PLAN_DELETED);
	assert_int_equal(target_of(&p, "/dev/sda3")->number, 3);
	assert_int_equal(target_of(&p, "/dev/sda3")->start, 2048 + SEC(100 * MIB));
	plan_release(&p);
}

static void test_logical_partitions_stay_as_they_are(void **state)
{
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set_options(&o, 200 * MIB, NULL, 0);
	o.no_extra_partition = true;
	assert_int_equal(plan_copy(&logical_disk, &o, &p, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(logical); i++) {
		const struct plan_target *t = target_of(&p, logical[i].name);

		assert_int_equal(t->start, logical[i].start);
		assert_int_equal(t->sectors, logical[i].sectors);
		assert_int_equal(t->number, logical[i].number);
	}
	plan_release(&p);
}

static void test_a_logical_partition_is_expanded(void **state)
{
	const struct plan_wish w = { .kind = PLAN_WISH_EXPAND, .name = "sda5" };
	const struct plan_target *five, *six, *x, *three_;
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set_options(&o, 200 * MIB, &w, 1);
	assert_int_equal(plan_copy(&logical_disk, &o, &p, &e), 0);
	five = target_of(&p, "/dev/sda5");
	six = target_of(&p, "/dev/sda6");
	x = target_of(&p, "/dev/sda2");
	three_ = target_of(&p, "/dev/sda3");
	assert_true(five->sectors > SEC(100 * MIB));
	assert_int_equal(x->action, PLAN_RESIZED);
	assert_true(five->start > x->start);
	assert_true(six->start > five->start + five->sectors);
	assert_int_equal(six->sectors, 30720);
	assert_true(six->start + six->sectors <= x->start + x->sectors);
	assert_true(three_->start >= x->start + x->sectors);
	assert_int_equal(five->number, 5);
	assert_int_equal(six->number, 6);
	plan_release(&p);
}

static void test_the_only_badly_aligned_case_is_mended(void **state)
{
	static const struct plan_layer ntfs = { "/dev/sda1", "ntfs", .size = 90 * MIB };
	struct plan_part windows = { .name = "/dev/sda1", .layers = &ntfs, .n_layers = 1, .start = 63,
				     .sectors = SEC(100 * MIB), .number = 1, .bootable = true };
	struct plan_disk d = { .table = PLAN_MBR, .sector = 512, .sectors = SEC(110 * MIB),
			       .parts = &windows, .n_parts = 1 };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set_options(&o, 200 * MIB, NULL, 0);
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_true(p.first_moved);
	assert_int_equal(p.targets[0].start, 128);
	plan_release(&p);
	o.align_first = PLAN_ALIGN_NEVER;
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_false(p.first_moved);
	assert_int_equal(p.targets[0].start, 63);
	plan_release(&p);
	windows.bootable = false;
	o.align_first = PLAN_ALIGN_AUTO;
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_int_equal(p.targets[0].start, 63);
	plan_release(&p);
}

/* More than 2 TiB are of no use to an MBR. */
static void test_mbr_ends_at_two_tebibytes(void **state)
{
	const struct plan_wish w = { .kind = PLAN_WISH_EXPAND, .name = "sda3" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;
	const struct plan_target *t;

	(void)state;
	set_options(&o, 4096 * GIB, &w, 1);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	t = target_of(&p, "/dev/sda3");
	assert_true(t->start + t->sectors <= 1ULL << 32);
	assert_true(t->start + t->sectors > (1ULL << 32) - 8192);
	plan_release(&p);
}

/* ---- in place */

static void test_in_place_grows_what_space_follows(void **state)
{
	const struct plan_wish root = { .kind = PLAN_WISH_EXPAND, .name = "/" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;
	const struct plan_target *t;

	(void)state;
	set_options(&o, 300 * MIB, NULL, 0);
	assert_int_equal(plan_in_place(&three_disk, &o, &p, &e), 0);
	t = target_of(&p, "/dev/sda3");
	assert_int_equal(t->start, three[2].start);
	assert_int_equal(t->start + t->sectors, SEC(300 * MIB));
	assert_int_equal(target_of(&p, "/dev/sda2")->action, PLAN_KEEP);
	plan_release(&p);

	set_options(&o, 300 * MIB, &root, 1);
	assert_int_equal(plan_in_place(&three_disk, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "'/dev/sda3' follows it"));

	set_options(&o, 100 * MIB, NULL, 0);
	assert_int_equal(plan_in_place(&three_disk, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "smaller"));
}

static void test_in_place_takes_the_extended_partition_along(void **state)
{
	const struct plan_wish six = { .kind = PLAN_WISH_EXPAND, .name = "sda6" };
	const struct plan_wish five = { .kind = PLAN_WISH_EXPAND, .name = "sda5" };
	struct plan_disk d = logical_disk;
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	d.n_parts = 4; /* nothing behind it */
	set_options(&o, 200 * MIB, &six, 1);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), 0);
	assert_int_equal(target_of(&p, "/dev/sda6")->start + target_of(&p, "/dev/sda6")->sectors,
			 SEC(200 * MIB));
	assert_int_equal(target_of(&p, "/dev/sda2")->start + target_of(&p, "/dev/sda2")->sectors,
			 SEC(200 * MIB));
	plan_release(&p);
	/* Up to the next one's boot record, which it ends at already. */
	set_options(&o, 200 * MIB, &five, 1);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "'/dev/sda6' follows it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand_gives_all_that_is_left_over),
		cmocka_unit_test(test_a_mount_point_names_what_to_grow),
		cmocka_unit_test(test_what_is_left_over_gets_a_partition),
		cmocka_unit_test(test_too_small_a_target_says_by_how_much),
		cmocka_unit_test(test_nothing_is_shrunk_below_its_content),
		cmocka_unit_test(test_expand_and_shrink_in_one_run),
		cmocka_unit_test(test_numbers_stay_after_delete),
		cmocka_unit_test(test_logical_partitions_stay_as_they_are),
		cmocka_unit_test(test_a_logical_partition_is_expanded),
		cmocka_unit_test(test_the_only_badly_aligned_case_is_mended),
		cmocka_unit_test(test_mbr_ends_at_two_tebibytes),
		cmocka_unit_test(test_in_place_grows_what_space_follows),
		cmocka_unit_test(test_in_place_takes_the_extended_partition_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
