/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Superblocks of arrays and of btrfs; which physical volumes make up a group. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "../../daemon/btrfs_super.h"
#include "../../daemon/devices.h"
#include "../../daemon/lvm_group.h"
#include "../../daemon/md_meta.h"
#include "../../daemon/ptype.h"
#include "util/xalloc.h"

#define SIZE ((uint64_t)10 << 20)

/* What lvm_group.c needs of the rest of guestd: there are no devices but those of a test. */
bool device_is(const struct device *d, const char *type)
{
	(void)d;
	(void)type;
	return false;
}

struct storage *storage_of(struct guestd *g)
{
	return g->storage;
}

static void put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

/* The sum of the words, whose own place is zero. */
static uint32_t sum(const uint8_t *p, size_t n)
{
	uint64_t s = 0;

	for (size_t i = 0; i < n; i += 4)
		s += get32(p + i);
	return (uint32_t)s + (uint32_t)(s >> 32);
}

/* Member number of a RAID5 of three disks and a spare, with the superblock at that sector. */
static void make_v1(uint8_t p[MD_SUPER_SIZE], uint32_t number, uint32_t sector)
{
	static const uint8_t roles[] = { 0, 0, 1, 0, 2, 0, 0xff, 0xff };

	memset(p, 0, MD_SUPER_SIZE);
	put32(p, 0xa92b4efc);
	put32(p + 4, 1);
	for (uint8_t i = 0; i < 16; i++)
		p[16 + i] = (uint8_t)(0xa0 + i);
	memcpy(p + 32, "host:home", 9);
	put32(p + 72, 5);
	put32(p + 92, 3);
	put32(p + 144, sector);
	put32(p + 160, number);
	put32(p + 200, 77);
	put32(p + 220, 4);
	memcpy(p + 256, roles, sizeof(roles));
	put32(p + 216, sum(p, 256 + sizeof(roles)));
}

static void test_md_v1(void **state)
{
	uint8_t p[MD_SUPER_SIZE];
	uint64_t at[MD_PLACES];
	struct md_super s;

	(void)state;
	assert_int_equal(md_places(SIZE, at), MD_PLACES);
	assert_int_equal(md_places(1000, at), 0);
	make_v1(p, 1, 8);
	assert_true(md_super_parse(p, SIZE, 4096, &s));
	assert_int_equal(s.major, 1);
	assert_int_equal(s.minor, 2);
	assert_string_equal(s.uuid, "a0a1a2a3:a4a5a6a7:a8a9aaab:acadaeaf");
	assert_string_equal(s.name, "host:home");
	assert_int_equal(s.level, 5);
	assert_int_equal(s.disks, 3);
	assert_int_equal(s.number, 1);
	assert_true(s.active);
	assert_int_equal(s.events, 77);
	/* It says itself where it belongs. */
	assert_false(md_super_parse(p, SIZE, 0, &s));
	make_v1(p, 3, 0);
	assert_true(md_super_parse(p, SIZE, 0, &s));
	assert_int_equal(s.minor, 1);
	assert_false(s.active);
	make_v1(p, 0, (uint32_t)(at[2] / 512));
	assert_true(md_super_parse(p, SIZE, at[2], &s));
	assert_int_equal(s.minor, 0);
	/* Any bit changed, and a list of roles that goes beyond the block. */
	make_v1(p, 1, 8);
	for (size_t i = 0; i < 264; i++) {
		p[i] ^= 0x10;
		assert_false(md_super_parse(p, SIZE, 4096, &s));
		p[i] ^= 0x10;
	}
	put32(p + 220, 0xffffffff);
	assert_false(md_super_parse(p, SIZE, 4096, &s));
	make_v1(p, 0xffffffff, 8);
	assert_true(md_super_parse(p, SIZE, 4096, &s));
	assert_false(s.active);
}

static void test_md_v0(void **state)
{
	uint8_t p[MD_SUPER_SIZE] = { 0 };
	uint64_t at[MD_PLACES];
	struct md_super s;

	(void)state;
	put32(p, 0xa92b4efc);
	put32(p + 8, 90);
	put32(p + 20, 0x12345678);
	put32(p + 60, 0xff);
	put32(p + 28, 1);
	put32(p + 40, 2);
	put32(p + 44, 3);
	put32(p + 156, 9);
	put32(p + 3968, 1);
	put32(p + 3968 + 16, 6);
	put32(p + 152, sum(p, sizeof(p)));
	assert_int_equal(md_places(SIZE + 1000, at), MD_PLACES);
	assert_int_equal(at[3], SIZE - (64 << 10));
	assert_true(md_super_parse(p, SIZE, at[3], &s));
	assert_string_equal(s.uuid, "12345678:00000000:00000000:000000ff");
	assert_int_equal(s.major, 0);
	assert_int_equal(s.preferred, 3);
	assert_int_equal(s.number, 1);
	assert_int_equal(s.events, 9);
	assert_true(s.active);
	assert_false(md_super_parse(p, SIZE, at[2], &s));
	p[1000] ^= 1;
	assert_false(md_super_parse(p, SIZE, at[3], &s));
}

static void test_md_uuid(void **state)
{
	(void)state;
	assert_true(md_uuid_equal("a0a1a2a3:A4", "a0a1-a2a3a4"));
	assert_false(md_uuid_equal("a0a1", "a0a1a2"));
	assert_false(md_uuid_equal("a0", "a1"));
}

static void test_btrfs(void **state)
{
	static const uint8_t other[BTRFS_ID_LEN] = { 9, 8, 7 };
	uint8_t p[BTRFS_SUPER_LEN] = { 0 }, first[BTRFS_ID_LEN];
	struct btrfs_super s;

	(void)state;
	memcpy(p + 64, "_BHRfS_M", 8);
	memset(p + 32, 0x11, BTRFS_ID_LEN);
	memcpy(first, p + 32, sizeof(first));
	p[72] = 5;
	p[136] = 2;
	p[201] = 1;
	assert_false(btrfs_super_parse(p, &s)); /* no checksum */
	btrfs_super_rename(p, first);
	assert_true(btrfs_super_parse(p, &s));
	assert_int_equal(s.number, 1);
	assert_int_equal(s.devices, 2);
	assert_int_equal(s.generation, 5);
	btrfs_super_rename(p, other);
	assert_true(btrfs_super_parse(p, &s));
	assert_memory_equal(s.fsid, other, sizeof(other));
	/* What the trees have is still known, also after a second time. */
	assert_memory_equal(p + 571, first, sizeof(first));
	p[100] ^= 1;
	assert_false(btrfs_super_parse(p, &s));
}

/* A group "vg" of n physical volumes with the identifiers "0", "1" and so on. */
static struct lvm_vg make_vg(size_t n, uint64_t seqno)
{
	struct lvm_vg vg = { .name = xstrdup("vg"), .id = "V", .seqno = seqno, .n_pvs = n };

	vg.pvs = xcalloc(n, sizeof(*vg.pvs));
	vg.system_id = xstrdup("");
	for (size_t i = 0; i < n; i++) {
		vg.pvs[i].name = xasprintf("pv%zu", i);
		snprintf(vg.pvs[i].id, sizeof(vg.pvs[i].id), "%zu", i);
	}
	return vg;
}

/* Places volumes: each letter pair is an identifier and the text's age, 'a' the oldest. */
static void place(struct lvm *l, struct device *d, const char *what, size_t n)
{
	for (; *what; what += 2, d++) {
		struct lvm_vg vg = make_vg(n, (uint64_t)(what[1] - 'a'));
		const char id[2] = { what[0], '\0' };

		assert_true(lvm_place(l, d, id, &vg, (uint32_t)what[1]));
	}
	lvm_settle(l);
}

static void test_groups(void **state)
{
	static const struct {
		const char *what;
		size_t groups, first[2]; /* devices of the first group */
		const char *second_mark;
	} rows[] = {
		{ "0a1a", 1, { 0, 1 }, NULL },
		{ "1a0a", 1, { 1, 0 }, NULL },
		/* A copy, in each order. */
		{ "0a1a0a1a", 2, { 0, 1 }, "@sdc" },
		{ "0a0a1a1a", 2, { 0, 2 }, "@sdb" },
		{ "0a1a1a0a", 2, { 0, 1 }, "@sdd" },
		/* A copy that was written to since. */
		{ "0a1b1a0b", 2, { 0, 2 }, "@sdd" },
		/* One disk was away for a while. */
		{ "0a1b", 1, { 0, 1 }, NULL },
		{ "0b1a", 1, { 0, 1 }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct device d[4] = { { .disk = 0 } };
		struct lvm l = { .members = NULL };

		for (unsigned k = 0; k < 4; k++) {
			d[k].disk = (int)k;
			d[k].disks[0] = 1u << k;
		}
		place(&l, d, rows[i].what, 2);
		assert_int_equal(l.n_groups, rows[i].groups);
		assert_string_equal(l.groups[0]->mark, "");
		assert_int_equal(l.groups[0]->n_missing, 0);
		assert_ptr_equal(l.groups[0]->pvs[0], &d[rows[i].first[0]]);
		assert_ptr_equal(l.groups[0]->pvs[1], &d[rows[i].first[1]]);
		if (rows[i].second_mark) {
			assert_string_equal(l.groups[1]->mark, rows[i].second_mark);
			assert_int_equal(l.groups[1]->n_missing, 0);
			assert_true(l.groups[1]->copy);
		}
		lvm_release(&l);
	}
}

/* One that comes later, from something that was unlocked, completes its group. */
static void test_group_later(void **state)
{
	struct device d[3] = { { .disk = 0, .disks = { 1 } } };
	struct lvm l = { .members = NULL };
	struct lvm_vg vg = make_vg(2, 1);

	(void)state;
	place(&l, d, "0a", 2);
	assert_int_equal(l.groups[0]->n_missing, 1);
	l.groups[0]->active = true;
	place(&l, &d[1], "1a", 2);
	assert_int_equal(l.n_groups, 1);
	assert_int_equal(l.groups[0]->n_missing, 0);
	assert_false(l.groups[0]->active);
	/* One without metadata of its own, and one that its metadata does not name. */
	assert_true(lvm_place(&l, &d[2], "5", NULL, 0));
	assert_false(lvm_place(&l, &d[2], "6", &vg, 1));
	lvm_settle(&l);
	assert_int_equal(l.n_groups, 1);
	lvm_release(&l);
}

static void test_partition_types(void **state)
{
	(void)state;
	assert_true(ptype_is_reserved("E3C9E316-0B5C-4DB8-817D-F92DF00215AE"));
	assert_true(ptype_is_ldm("0x42"));
	assert_false(ptype_is_reserved("0x83"));
	assert_false(ptype_is_ldm(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md_v1),	    cmocka_unit_test(test_md_v0),
		cmocka_unit_test(test_md_uuid),	    cmocka_unit_test(test_btrfs),
		cmocka_unit_test(test_groups),	    cmocka_unit_test(test_group_later),
		cmocka_unit_test(test_partition_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
