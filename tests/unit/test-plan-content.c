/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of guest-resize: what grows in partitions and volumes, and what cannot. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "plan_disks.h"

static void test_content_that_nobody_can_grow(void **state)
{
	const struct plan_wish w = { .kind = PLAN_WISH_EXPAND, .name = "sda3" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set_options(&o, 300 * MIB, &w, 1);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.n_grows, 1);
	assert_null(p.grows[0].method);
	plan_release(&p);
	o.unknown = PLAN_UNKNOWN_IGNORE;
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.n_grows, 0);
	plan_release(&p);
	o.unknown = PLAN_UNKNOWN_ERROR;
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), -1);
	assert_int_equal(e.no, ENOTSUP);
	assert_non_null(strstr(e.msg, "exfat filesystem on /dev/sda3"));
	o.no_expand_content = true;
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.n_grows, 0);
	plan_release(&p);
}

/* What is in a container that nobody opened would not grow with it. */
static void test_what_is_locked_does_not_grow(void **state)
{
	static const struct plan_layer luks = { "/dev/sda1", "crypto_LUKS", .locked = true };
	const struct plan_wish w = { .kind = PLAN_WISH_EXPAND, .name = "sda1" };
	struct plan_part parts[3];
	struct plan_disk d = three_disk;
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	memcpy(parts, three, sizeof(parts));
	parts[0].layers = &luks;
	d.parts = parts;
	set_options(&o, 300 * MIB, &w, 1);
	o.unknown = PLAN_UNKNOWN_WARN;
	assert_int_equal(plan_copy(&d, &o, &p, &e), -1);
	assert_int_equal(e.no, ENOKEY);
	assert_non_null(strstr(e.msg, "'/dev/sda1' is encrypted and locked"));
	o.no_expand_content = true;
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_int_equal(p.n_grows, 0);
	plan_release(&p);
	set_options(&o, 300 * MIB, NULL, 0);
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	plan_release(&p);
}

/* sda1 of 100 MiB, whose file system ends 10 MiB before it does and can have no more than 190 MiB. */
static void test_nothing_grows_beyond_what_its_format_can(void **state)
{
	static const struct plan_layer limited = { "/dev/sda1", "ext4", 90 * MIB, 100 * MIB, 190 * MIB, false };
	const struct plan_disk *d = &three_disk;
	struct plan_wish w = { .kind = PLAN_WISH_RESIZE, .name = "sda1" };
	struct plan_part parts[3];
	struct plan_disk with = *d;
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	memcpy(parts, three, sizeof(parts));
	parts[0].layers = &limited;
	with.parts = parts;
	set_options(&o, 400 * MIB, &w, 1);
	assert_int_equal(plan_size_parse("190M", &w.size, &e), 0);
	assert_int_equal(plan_copy(&with, &o, &p, &e), 0);
	plan_release(&p);
	assert_int_equal(plan_size_parse("191M", &w.size, &e), 0);
	assert_int_equal(plan_copy(&with, &o, &p, &e), -1);
	assert_int_equal(e.no, EFBIG);
	assert_string_equal(e.msg, "'/dev/sda1' cannot grow to 191.0M: the ext4 on it can have 190.0M at the most, "
				   "which is less by 1048576 bytes; --no-expand-content leaves it as it is");
	o.no_expand_content = true;
	assert_int_equal(plan_copy(&with, &o, &p, &e), 0);
	plan_release(&p);

	/* As the first, in place. */
	with.n_parts = 1;
	with.sectors = SEC(120 * MIB);
	w.kind = PLAN_WISH_EXPAND;
	set_options(&o, 400 * MIB, &w, 1);
	assert_int_equal(plan_in_place(&with, &o, &p, &e), -1);
	assert_int_equal(e.no, EFBIG);
	set_options(&o, 190 * MIB, &w, 1);
	assert_int_equal(plan_in_place(&with, &o, &p, &e), 0);
	plan_release(&p);
}

static void test_what_did_not_grow_is_told_from_what_did(void **state)
{
	static const struct {
		uint64_t before, after, room;
		bool grown;
	} rows[] = {
		{ 100 * MIB, 200 * MIB, 200 * MIB, true },
		{ 100 * MIB, 300 * MIB, 200 * MIB, true },
		{ 100 * MIB, 100 * MIB, 100 * MIB, true },
		{ 100 * MIB, 100 * MIB, 90 * MIB, true },
		{ 100 * MIB, 100 * MIB, 131 * MIB, true }, /* a group of ext needs some room */
		{ 100 * MIB, 100 * MIB, 132 * MIB, false },
		{ 100 * MIB, 90 * MIB, 140 * MIB, false },
		{ 100 * MIB, 101 * MIB, 132 * MIB, true },
		{ GIB, 2 * GIB, 2 * GIB + 159 * MIB, true },
		{ GIB, 2 * GIB, 2 * GIB + 160 * MIB, false },
		{ GIB, GIB, 4096 * GIB, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (plan_has_grown(rows[i].before, rows[i].after, rows[i].room) != rows[i].grown)
			fail_msg("row %zu", i);
}

/* A volume of 32 MiB: it gets what its group has left, and what the partition below gets. */
static void test_what_a_volume_gets_is_known(void **state)
{
	static const struct plan_layer limited = { "/dev/VG/LV", "ext4", 32 * MIB, 32 * MIB, 100 * MIB, false };
	const struct plan_wish w[] = { { .kind = PLAN_WISH_RESIZE, .name = "sda2", .size = { .value = 120 * MIB } },
				       { .kind = PLAN_WISH_LV_EXPAND, .name = "/dev/VG/LV" } };
	struct plan_volume v = { .name = "/dev/VG/LV", .vg = "VG", .layers = &limited, .n_layers = 1 };
	struct plan_disk d = three_disk;
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	d.volumes = &v;
	set_options(&o, 400 * MIB, w, 2);
	for (v.spare = 0; v.spare <= 24 * MIB; v.spare += 12 * MIB) {
		bool fits = 32 * MIB + (120 - 64) * MIB + v.spare <= 100 * MIB;

		assert_int_equal(plan_copy(&d, &o, &p, &e), fits ? 0 : -1);
		if (fits)
			plan_release(&p);
	}
	assert_int_equal(e.no, EFBIG);
	assert_non_null(strstr(e.msg, "'/dev/VG/LV' cannot grow to 112.0M"));
}

/* Half of that, if it is a mirror; and what the physical volume did not have of its partition comes to it. */
static void test_what_a_volume_gets_is_what_its_group_gives_it(void **state)
{
	static const struct {
		uint64_t taken, pv; /* of the volume, and what the group has of the partition's 64 MiB */
		bool fits;
	} rows[] = {
		/* 32 MiB and 56 MiB are less than 90 MiB; with 3 more they are not. */
		{ 32 * MIB, 64 * MIB, true },	{ 32 * MIB, 61 * MIB, false }, { 64 * MIB, 61 * MIB, true },
		{ 64 * MIB, 40 * MIB, true },	{ 40 * MIB, 52 * MIB, true },  { 0, 64 * MIB, true },
		{ 40 * MIB, 40 * MIB, false },
	};
	static const struct plan_layer limited = { "/dev/VG/LV", "ext4", 32 * MIB, 32 * MIB, 90 * MIB, false };
	const struct plan_wish w[] = { { .kind = PLAN_WISH_RESIZE, .name = "sda2", .size = { .value = 120 * MIB } },
				       { .kind = PLAN_WISH_LV_EXPAND, .name = "/dev/VG/LV" } };
	struct plan_volume v = { .name = "/dev/VG/LV", .vg = "VG", .layers = &limited, .n_layers = 1, .size = 32 * MIB };
	struct plan_layer pv = { "/dev/sda2", "LVM2_member", 0, 64 * MIB, 0, false };
	struct plan_part parts[3];
	struct plan_disk d = three_disk;
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	memcpy(parts, three, sizeof(parts));
	parts[1].layers = &pv;
	parts[1].n_layers = 1;
	d.parts = parts;
	d.volumes = &v;
	d.n_volumes = 1;
	set_options(&o, 400 * MIB, w, 2);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		v.taken = rows[i].taken;
		pv.size = rows[i].pv;
		if (plan_copy(&d, &o, &p, &e) != (rows[i].fits ? 0 : -1))
			fail_msg("row %zu", i);
		if (rows[i].fits)
			plan_release(&p);
	}
}

/* Swap would not be used with a header that tells of more than there is. */
static void test_swap_that_shrinks_is_made_anew(void **state)
{
	struct plan_part parts[3];
	struct plan_layer swap = { "/dev/sda1", "swap", .size = 100 * MIB };
	struct plan_disk d = three_disk;
	struct plan_wish w = { .kind = PLAN_WISH_RESIZE, .name = "sda1" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	memcpy(parts, three, sizeof(parts));
	parts[0].layers = &swap;
	parts[0].n_layers = 1;
	d.parts = parts;
	assert_int_equal(plan_size_parse("50M", &w.size, &e), 0);
	set_options(&o, 300 * MIB, &w, 1);
	o.no_expand_content = true;
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_int_equal(p.n_grows, 1);
	assert_string_equal(p.grows[0].method, "mkswap");
	assert_true(p.grows[0].smaller);
	plan_release(&p);
	w.kind = PLAN_WISH_FORCE;
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_int_equal(p.n_grows, 0);
	plan_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content_that_nobody_can_grow),
		cmocka_unit_test(test_what_is_locked_does_not_grow),
		cmocka_unit_test(test_nothing_grows_beyond_what_its_format_can),
		cmocka_unit_test(test_what_a_volume_gets_is_known),
		cmocka_unit_test(test_what_a_volume_gets_is_what_its_group_gives_it),
		cmocka_unit_test(test_what_did_not_grow_is_told_from_what_did),
		cmocka_unit_test(test_swap_that_shrinks_is_made_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
