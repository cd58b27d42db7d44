/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of guest-resize: known disks, by hand. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/resize/plan.h"
#include "util/cleanup.h"

#define MIB	   (1ULL << 20)
#define GIB	   (1ULL << 30)
#define SEC(bytes) ((bytes) / 512)

static const struct plan_options plain = { .alignment = 128 };

static void set(struct plan_options *o, uint64_t target, const struct plan_wish *w, size_t n)
{
	*o = plain;
	o->target = target;
	o->wishes = w;
	o->n_wishes = n;
}

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

/* ---- disks by hand */

static const struct plan_layer ext4_small[] = { { "/dev/sda1", "ext4", .size = 100 * MIB } };
static const struct plan_layer pv[] = { { "/dev/sda2", "LVM2_member", .size = 64 * MIB } };
static const struct plan_layer root_lv[] = { { "/dev/VG/LV", "ext4", .size = 32 * MIB } };
static const struct plan_layer vfat[] = { { "/dev/sda3", "vfat", .size = 20 * MIB } };
static const struct plan_volume volumes[] = {
	{ .name = "/dev/VG/LV", .vg = "VG", .mountpoint = "/", .layers = root_lv, .n_layers = 1 },
};

/* MBR: sda1 100 MiB at 2048, sda2 a PV of 64 MiB, sda3 vfat of 20 MiB. */
static const struct plan_part three[] = {
	{ .name = "/dev/sda1", .mountpoint = "/boot", .layers = ext4_small, .n_layers = 1,
	  .start = 2048, .sectors = SEC(100 * MIB), .number = 1 },
	{ .name = "/dev/sda2", .vg = "VG", .layers = pv, .n_layers = 1,
	  .start = 2048 + SEC(100 * MIB), .sectors = SEC(64 * MIB), .number = 2 },
	{ .name = "/dev/sda3", .layers = vfat, .n_layers = 1, .start = 2048 + SEC(164 * MIB),
	  .sectors = SEC(20 * MIB), .number = 3 },
};

static const struct plan_disk three_disk = {
	.table = PLAN_MBR, .sector = 512, .sectors = SEC(200 * MIB), .parts = three,
	.n_parts = 3, .volumes = volumes, .n_volumes = 1,
};

/* sda1, sda2 extended with sda5 and sda6 in it, sda3. */
static const struct plan_part logical[] = {
	{ .name = "/dev/sda1", .start = 2048, .sectors = 20480, .number = 1 },
	{ .name = "/dev/sda2", .kind = PLAN_EXTENDED, .start = 22528, .sectors = 61440, .number = 2 },
	{ .name = "/dev/sda5", .kind = PLAN_LOGICAL, .start = 24576, .ebr = 22528, .sectors = 20480,
	  .number = 5 },
	{ .name = "/dev/sda6", .kind = PLAN_LOGICAL, .start = 47104, .ebr = 45056, .sectors = 30720,
	  .number = 6 },
	{ .name = "/dev/sda3", .start = 83968, .sectors = 20480, .number = 3 },
};
static const struct plan_disk logical_disk = {
	.table = PLAN_MBR, .sector = 512, .sectors = SEC(100 * MIB), .parts = logical, .n_parts = 5,
};

static const struct plan_target *find(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->n_targets; i++)
		if (p->targets[i].from && !strcmp(p->targets[i].from->name, name))
			return &p->targets[i];
	fail_msg("%s is not in the plan", name);
	return NULL;
}

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
	set(&o, 300 * MIB, w, 2);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(p.n_targets, 3);
	assert_int_equal(p.surplus_use, PLAN_SURPLUS_NONE);
	assert_int_equal(find(&p, "/dev/sda1")->start, 2048);
	assert_int_equal(find(&p, "/dev/sda1")->sectors, SEC(100 * MIB));
	assert_int_equal(find(&p, "/dev/sda2")->start, 2048 + SEC(100 * MIB));
	end = 2048 + SEC(100 * MIB) + SEC(64 * MIB + surplus);
	end = (end + 127) / 128 * 128;
	assert_int_equal(find(&p, "/dev/sda2")->start + find(&p, "/dev/sda2")->sectors, end);
	assert_int_equal(find(&p, "/dev/sda2")->copied, SEC(64 * MIB));
	assert_int_equal(find(&p, "/dev/sda3")->start, end);
	assert_int_equal(find(&p, "/dev/sda3")->action, PLAN_KEEP);
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

		set(&o, 300 * MIB, &w, 1);
		assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
		assert_int_equal(find(&p, grown[i])->action, PLAN_RESIZED);
		assert_int_equal(p.n_grows, grows[i]);
		plan_release(&p);
	}
}

static void test_content_that_nobody_can_grow(void **state)
{
	const struct plan_wish w = { .kind = PLAN_WISH_EXPAND, .name = "sda3" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set(&o, 300 * MIB, &w, 1);
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
	assert_non_null(strstr(e.msg, "vfat filesystem on /dev/sda3"));
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
	set(&o, 300 * MIB, &w, 1);
	o.unknown = PLAN_UNKNOWN_WARN;
	assert_int_equal(plan_copy(&d, &o, &p, &e), -1);
	assert_int_equal(e.no, ENOKEY);
	assert_non_null(strstr(e.msg, "'/dev/sda1' is encrypted and locked"));
	o.no_expand_content = true;
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_int_equal(p.n_grows, 0);
	plan_release(&p);
	set(&o, 300 * MIB, NULL, 0);
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	plan_release(&p);
}

static void test_what_is_left_over_gets_a_partition(void **state)
{
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;
	const struct plan_target *x;

	(void)state;
	set(&o, 300 * MIB, NULL, 0);
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

	set(&o, 190 * MIB, NULL, 0);
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
	set(&o, 184 * MIB, NULL, 0);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), -1);
	snprintf(want, sizeof(want), "There is a deficit of %d bytes (2.3M).",
		 512 * (4096 + 128 * 4 + 64));
	assert_non_null(strstr(e.msg, want));
	assert_int_equal(e.no, ENOSPC);
	set(&o, 184 * MIB + 512 * (4096 + 128 * 4 + 64), NULL, 0);
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
	set(&o, 300 * MIB, &w, 1);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), -1);
	assert_int_equal(e.no, ENOSPC);
	assert_non_null(strstr(e.msg, "by 1048576 bytes"));
	w.kind = PLAN_WISH_FORCE;
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(find(&p, "/dev/sda1")->copied, SEC(99 * MIB));
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
	set(&o, 400 * MIB, &w, 1);
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
	set(&o, 400 * MIB, &w, 1);
	assert_int_equal(plan_in_place(&with, &o, &p, &e), -1);
	assert_int_equal(e.no, EFBIG);
	set(&o, 190 * MIB, &w, 1);
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
	set(&o, 400 * MIB, w, 2);
	for (v.spare = 0; v.spare <= 24 * MIB; v.spare += 12 * MIB) {
		bool fits = 32 * MIB + (120 - 64) * MIB + v.spare <= 100 * MIB;

		assert_int_equal(plan_copy(&d, &o, &p, &e), fits ? 0 : -1);
		if (fits)
			plan_release(&p);
	}
	assert_int_equal(e.no, EFBIG);
	assert_non_null(strstr(e.msg, "'/dev/VG/LV' cannot grow to 112.0M"));
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
	set(&o, 200 * MIB, w, 2);
	assert_int_equal(plan_copy(&d, &o, &p, &e), 0);
	assert_int_equal(find(&p, "/dev/sda1")->sectors, SEC(50 * MIB));
	assert_true(find(&p, "/dev/sda3")->sectors > SEC(80 * MIB));
	plan_release(&p);
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
	set(&o, 300 * MIB, &w, 1);
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

static void test_numbers_stay_after_delete(void **state)
{
	const struct plan_wish w = { .kind = PLAN_WISH_DELETE, .name = "sda2" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set(&o, 300 * MIB, &w, 1);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	assert_int_equal(find(&p, "/dev/sda2")->action, PLAN_DELETED);
	assert_int_equal(find(&p, "/dev/sda3")->number, 3);
	assert_int_equal(find(&p, "/dev/sda3")->start, 2048 + SEC(100 * MIB));
	plan_release(&p);
}

static void test_logical_partitions_stay_as_they_are(void **state)
{
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	(void)state;
	set(&o, 200 * MIB, NULL, 0);
	o.no_extra_partition = true;
	assert_int_equal(plan_copy(&logical_disk, &o, &p, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(logical); i++) {
		const struct plan_target *t = find(&p, logical[i].name);

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
	set(&o, 200 * MIB, &w, 1);
	assert_int_equal(plan_copy(&logical_disk, &o, &p, &e), 0);
	five = find(&p, "/dev/sda5");
	six = find(&p, "/dev/sda6");
	x = find(&p, "/dev/sda2");
	three_ = find(&p, "/dev/sda3");
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
	set(&o, 200 * MIB, NULL, 0);
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
	set(&o, 4096 * GIB, &w, 1);
	assert_int_equal(plan_copy(&three_disk, &o, &p, &e), 0);
	t = find(&p, "/dev/sda3");
	assert_true(t->start + t->sectors <= 1ULL << 32);
	assert_true(t->start + t->sectors > (1ULL << 32) - 8192);
	plan_release(&p);
}

/* ---- refusals */

static void refused_copy(const struct plan_disk *d, const struct plan_wish *w, size_t n,
			 const char *words)
{
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;

	set(&o, 300 * MIB, w, n);
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
	set(&o, 300 * MIB, (struct plan_wish[]){ expand, lv, other }, 3);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "'/dev/VG/LV' and '/dev/VG/other' are of one volume group"));
	set(&o, 300 * MIB, (struct plan_wish[]){ expand, broken }, 2);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "is not whole"));
	set(&o, 300 * MIB, (struct plan_wish[]){ expand, lv, lv }, 3);
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

/* ---- in place */

static void test_in_place_grows_what_space_follows(void **state)
{
	const struct plan_wish root = { .kind = PLAN_WISH_EXPAND, .name = "/" };
	struct plan_options o;
	struct plan p;
	struct err e = ERR_INIT;
	const struct plan_target *t;

	(void)state;
	set(&o, 300 * MIB, NULL, 0);
	assert_int_equal(plan_in_place(&three_disk, &o, &p, &e), 0);
	t = find(&p, "/dev/sda3");
	assert_int_equal(t->start, three[2].start);
	assert_int_equal(t->start + t->sectors, SEC(300 * MIB));
	assert_int_equal(find(&p, "/dev/sda2")->action, PLAN_KEEP);
	plan_release(&p);

	set(&o, 300 * MIB, &root, 1);
	assert_int_equal(plan_in_place(&three_disk, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "'/dev/sda3' follows it"));

	set(&o, 100 * MIB, NULL, 0);
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
	set(&o, 200 * MIB, &six, 1);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), 0);
	assert_int_equal(find(&p, "/dev/sda6")->start + find(&p, "/dev/sda6")->sectors,
			 SEC(200 * MIB));
	assert_int_equal(find(&p, "/dev/sda2")->start + find(&p, "/dev/sda2")->sectors,
			 SEC(200 * MIB));
	plan_release(&p);
	/* Up to the next one's boot record, which it ends at already. */
	set(&o, 200 * MIB, &five, 1);
	assert_int_equal(plan_in_place(&d, &o, &p, &e), -1);
	assert_non_null(strstr(e.msg, "'/dev/sda6' follows it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_as_users_write_them),
		cmocka_unit_test(test_expand_gives_all_that_is_left_over),
		cmocka_unit_test(test_a_mount_point_names_what_to_grow),
		cmocka_unit_test(test_content_that_nobody_can_grow),
		cmocka_unit_test(test_what_is_locked_does_not_grow),
		cmocka_unit_test(test_what_is_left_over_gets_a_partition),
		cmocka_unit_test(test_too_small_a_target_says_by_how_much),
		cmocka_unit_test(test_nothing_is_shrunk_below_its_content),
		cmocka_unit_test(test_nothing_grows_beyond_what_its_format_can),
		cmocka_unit_test(test_what_a_volume_gets_is_known),
		cmocka_unit_test(test_what_did_not_grow_is_told_from_what_did),
		cmocka_unit_test(test_expand_and_shrink_in_one_run),
		cmocka_unit_test(test_swap_that_shrinks_is_made_anew),
		cmocka_unit_test(test_numbers_stay_after_delete),
		cmocka_unit_test(test_logical_partitions_stay_as_they_are),
		cmocka_unit_test(test_a_logical_partition_is_expanded),
		cmocka_unit_test(test_the_only_badly_aligned_case_is_mended),
		cmocka_unit_test(test_mbr_ends_at_two_tebibytes),
		cmocka_unit_test(test_wishes_that_make_no_sense),
		cmocka_unit_test(test_volumes_that_cannot_grow),
		cmocka_unit_test(test_disks_that_make_no_sense),
		cmocka_unit_test(test_in_place_grows_what_space_follows),
		cmocka_unit_test(test_in_place_takes_the_extended_partition_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
