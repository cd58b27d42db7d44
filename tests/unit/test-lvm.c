/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LVM's metadata: what is plain is understood, everything else is left to LVM. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <endian.h>
#include <string.h>

#include "../../daemon/lvm_meta.h"
#include "util/buf.h"
#include "util/xalloc.h"

#define ID4(c) c c c c "-"
#define ID(c)  c c c c c c "-" ID4(c) ID4(c) ID4(c) ID4(c) ID4(c) c c c c c c

#define PVS                                                                                        \
	"physical_volumes {\n pv0 { id = \"" ID(                                                   \
		"P") "\" status = [\"ALLOCATABLE\"] "                                              \
		     "flags = [] pe_start = 2048 pe_count = 19 }\n"                                \
		     "pv1 { id = \"" ID("Q") "\" status = [\"ALLOCATABLE\"] pe_start = 4096 "      \
					     "pe_count = 9 } }\n"
#define HEAD                                                                                       \
	"vg {\nid = \"" ID("V") "\"\nseqno = 7\nformat = \"lvm2\"\n"                               \
				"status = [\"RESIZEABLE\", \"READ\", \"WRITE\"]\nflags = "         \
				"[]\nextent_size = 8192\n"
#define LV(name, status, segs)                                                                     \
	name " {\nid = \"" ID("L") "\"\nstatus = [" status "]\nflags = []\n" segs "}\n"
#define VISIBLE "\"READ\", \"WRITE\", \"VISIBLE\""
#define SEG(n, start, count, type, stripes)                                                        \
	"segment" #n " {\nstart_extent = " #start "\nextent_count = " #count "\ntype = \"" type    \
	"\"\nstripe_count = 1\nstripes = [" stripes "] }\n"
#define TAIL	  "}\ncontents = \"Text Format Volume Group\"\nversion = 1\n"
#define ONE	  "segment_count = 1\n"
#define LVS(lvs)  HEAD PVS "logical_volumes {\n" lvs "}\n" TAIL
#define LV1(segs) LVS(LV("a", VISIBLE, ONE segs))
#define PLAIN	  SEG(1, 0, 2, "striped", "\"pv0\", 3")

static const char whole[] = HEAD PVS "logical_volumes {\n" LV(
	"root", VISIBLE,
	"segment_count = 2\n" SEG(1, 0, 5, "striped", "\"pv0\", 0")
		SEG(2, 5, 2, "striped", "\"pv1\", 1"))
	LV("swap-1", "\"READ\", \"VISIBLE\"",
	   ONE
	   "segment1 {\nstart_extent = 0\nextent_count = 4\ntype = \"striped\"\nstripe_count = 2\n"
	   "stripe_size = 128\nstripes = [\"pv0\", 5, \"pv1\", 3] }\n") "}\n" TAIL;

static void test_text(void **state)
{
	struct lvm_vg vg;

	(void)state;
	assert_true(lvm_vg_parse(whole, strlen(whole), &vg));
	assert_true(vg.plain);
	assert_int_equal(vg.pvs[1].extents, 9);
	assert_string_equal(vg.name, "vg");
	assert_int_equal(strlen(vg.id), LVM_ID_LEN);
	assert_int_equal(vg.seqno, 7);
	assert_int_equal(vg.n_pvs, 2);
	assert_int_equal(vg.n_lvs, 2);

	struct lvm_lv *root = &vg.lvs[0], *swap = &vg.lvs[1];
	assert_string_equal(root->name, "root");
	assert_true(root->writable);
	assert_int_equal(root->n_segments, 2);
	assert_int_equal(root->segments[1].start, 5 * 8192);
	assert_int_equal(root->segments[1].length, 2 * 8192);
	assert_int_equal(root->segments[1].stripes[0].pv, 1);
	assert_int_equal(root->segments[1].stripes[0].sector, 4096 + 8192);
	assert_string_equal(swap->name, "swap-1");
	assert_false(swap->writable);
	assert_int_equal(swap->segments[0].n_stripes, 2);
	assert_int_equal(swap->segments[0].stripe_size, 128);
	assert_int_equal(swap->segments[0].stripes[1].sector, 4096 + 3 * 8192);
	lvm_vg_release(&vg);
}

static const char *const not_plain[] = {
	"",
	"vg",
	"vg { }",
	"version = 1\n",
	HEAD "}\n",
	/* Groups that belong elsewhere or lack something. */
	"vg {\nid = \"short\"\nseqno = 1\nextent_size = 8\nstatus = []\n" PVS "}\n",
	"vg {\nid = \"" ID("V") "\"\nseqno = 1\nextent_size = 0\nstatus = []\n" PVS "}\n",
	"vg {\nid = \"" ID("V") "\"\nseqno = 1\nextent_size = 8\nstatus = [\"EXPORTED\"]\n" PVS
				"}\n",
	HEAD "lock_type = \"sanlock\"\n" PVS TAIL,
	HEAD "physical_volumes { pv0 { id = \"" ID(
		"P") "\" flags = [\"MISSING\"] pe_start = 1 } }\n" TAIL,
	"../vg {" PVS "}",
	/* Volumes that are more than stretches of a disk. */
	LV1(SEG(1, 0, 1, "thin", "\"pv0\", 0")),
	LV1(SEG(1, 0, 1, "raid1", "\"pv0\", 0")),
	LVS(LV("a", "\"READ\", \"WRITE\"", ONE PLAIN)),
	LVS(LV("a", VISIBLE ", \"PVMOVE\"", ONE PLAIN)),
	LVS(LV("..", VISIBLE, ONE PLAIN)),
	LVS(LV("\"a/b\"", VISIBLE, ONE PLAIN)),
	/* Segments that do not fit together. */
	LVS(LV("a", VISIBLE, PLAIN)),
	LVS(LV("a", VISIBLE, "segment_count = 2\n" PLAIN)),
	LV1(PLAIN SEG(2, 2, 1, "striped", "\"pv0\", 0")),
	LV1(SEG(1, 1, 1, "striped", "\"pv0\", 0")),
	LV1(SEG(1, 0, 0, "striped", "\"pv0\", 0")),
	LV1(SEG(1, 0, 1, "striped", "\"pv9\", 0")),
	LV1(SEG(1, 0, 1, "striped", "\"pv0\"")),
	LV1(SEG(1, 0, 1, "striped", "\"pv0\", -1")),
	LV1(SEG(1, 0, 1, "striped", "\"pv0\", 9000000000000000000")),
	LV1(SEG(1, 0, 1, "striped", "\"pv0\", 0, \"pv1\", 0")),
	LVS(LV("a", VISIBLE, "segment_count = 99999999999\n" PLAIN)),
};

static void test_not_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(not_plain); i++) {
		struct lvm_vg vg;

		if (!lvm_vg_parse(not_plain[i], strlen(not_plain[i]), &vg))
			continue;
		if (vg.plain)
			fail_msg("row %zu was taken for plain", i);
		lvm_vg_release(&vg);
	}
}

/* What is left to LVM is known by its name all the same, and what of it is for users. */
static void test_named(void **state)
{
	static const char text[] = LVS(LV("pool", VISIBLE, ONE SEG(1, 0, 1, "thin-pool", ""))
		LV("a", VISIBLE, ONE SEG(1, 0, 1, "thin", ""))
		LV("a_tdata", "\"READ\", \"WRITE\"", ONE PLAIN));
	static const struct {
		const char *name;
		bool hidden;
	} want[] = { { "a", false }, { "a_tdata", true }, { "pool", true } };
	char id[LVM_ID_LEN + 7];
	struct lvm_vg vg;

	(void)state;
	assert_true(lvm_vg_parse(text, strlen(text), &vg));
	assert_false(vg.plain);
	assert_int_equal(vg.n_lvs, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(vg.lvs[i].name, want[i].name);
		assert_int_equal(vg.lvs[i].hidden, want[i].hidden);
	}
	lvm_id_dashed(vg.lvs[0].id, id);
	assert_string_equal(id, ID("L"));
	lvm_vg_release(&vg);
	assert_true(lvm_vg_parse(HEAD "system_id = \"other\"\n" PVS TAIL,
				 strlen(HEAD "system_id = \"other\"\n" PVS TAIL), &vg));
	assert_true(vg.plain);
	assert_string_equal(vg.system_id, "other");
	lvm_vg_release(&vg);
}

#define PARTS(type, count, n)                                                                      \
	HEAD PVS "logical_volumes {\n" LV(                                                         \
		"a", VISIBLE,                                                                      \
		ONE "segment1 {\nstart_extent = 0\nextent_count = 3\ntype = \"" type "\"\n" count " = " #n "\n}\n")

/* What a volume's parts take of the group, and how much of it is data. */
static void test_taken(void **state)
{
	static const struct {
		const char *text;
		unsigned parts, data;
	} rows[] = {
		{ PARTS("raid1", "device_count", 3) "}\n" TAIL, 3, 1 },
		{ PARTS("mirror", "mirror_count", 2) "}\n" TAIL, 2, 1 },
		{ PARTS("raid5_ls", "device_count", 3) "}\n" TAIL, 3, 2 },
		{ PARTS("raid6_zr", "device_count", 5) "}\n" TAIL, 5, 3 },
		{ PARTS("raid4", "device_count", 3) "}\n" TAIL, 3, 2 },
		{ PARTS("raid10", "device_count", 4) "}\n" TAIL, 2, 1 },
		{ PARTS("raid10_near", "data_copies", 3) "}\n" TAIL, 3, 1 },
		{ PARTS("raid0", "device_count", 4) "}\n" TAIL, 1, 1 },
		{ PARTS("thin", "device_id", 4) "}\n" TAIL, 1, 1 },
		{ PARTS("raid1", "device_count", 0) "}\n" TAIL, 1, 1 },
		{ PARTS("raid6_zr", "device_count", 2) "}\n" TAIL, 1, 1 },
		{ PARTS("raid5_ls", "device_count", 99999999999) "}\n" TAIL, 1, 1 },
		{ PARTS("raid5_ls", "mirror_count", 4) "}\n" TAIL, 1, 1 },
	};
	static const char mirror[] = PARTS("raid1", "device_count", 2)
		LV("a_rimage_0", "\"READ\"", ONE PLAIN) LV("a_rimage_1", "\"READ\"", ONE PLAIN)
		LV("a_rmeta_0", "\"READ\"", ONE SEG(1, 0, 1, "striped", "\"pv0\", 9")) "}\n" TAIL;
	struct lvm_vg vg;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_true(lvm_vg_parse(rows[i].text, strlen(rows[i].text), &vg));
		if (vg.lvs[0].parts != rows[i].parts || vg.lvs[0].data != rows[i].data)
			fail_msg("row %zu: %u of %u parts", i, vg.lvs[0].data, vg.lvs[0].parts);
		assert_int_equal(lvm_vg_used(&vg), 0);
		lvm_vg_release(&vg);
	}
	assert_true(lvm_vg_parse(mirror, strlen(mirror), &vg));
	assert_int_equal(lvm_vg_used(&vg), 5 * 8192);
	lvm_vg_release(&vg);
}

/* Cut anywhere, with any byte changed, and far too deep: nothing is read that is not there. */
static void test_damage(void **state)
{
	static const char *const nests[] = { "a{", "a{b = \"}\"\n", "a{b = [\"\\\"}\"]\n",
					     "a{b = '}'\n", "a{ # }\n", "a{b\" }\"\n" };
	const size_t n = sizeof(whole) - 1;
	struct lvm_vg vg;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(free) char *cut = xmemdup0(whole, i);

		if (lvm_vg_parse(cut, i, &vg))
			lvm_vg_release(&vg);
	}
	for (size_t i = 0; i < n; i++)
		for (const char *c = "{}[]\"=\n9,#\\a"; *c; c++) {
			CLEANUP(free) char *bad = xmemdup0(whole, n);

			bad[i] = *c;
			if (lvm_vg_parse(bad, n, &vg))
				lvm_vg_release(&vg);
		}
	for (size_t k = 0; k < ARRAY_SIZE(nests); k++) {
		CLEANUP(buf_release) struct buf deep = BUF_INIT;

		for (int i = 0; i < 300000; i++)
			buf_addstr(&deep, nests[k]);
		assert_false(lvm_vg_parse(deep.data, deep.len, &vg));
	}
}

static void put32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static void put64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

static void make_label(uint8_t head[LVM_HEAD_SIZE])
{
	uint8_t *p = head + 512;

	memset(head, 0, LVM_HEAD_SIZE);
	memcpy(p, "LABELONE", 8);
	put64(p + 8, 1);
	put32(p + 20, 32);
	memcpy(p + 24, "LVM2 001", 8);
	memset(p + 32, 'P', LVM_ID_LEN);
	put64(p + 64, 1 << 26);
	put64(p + 72, 1 << 20); /* data, to the end */
	put64(p + 104, 4096);	/* metadata */
	put64(p + 112, (1 << 20) - 4096);
	put32(p + 16, lvm_crc(p + 20, 512 - 20));
}

static void test_label(void **state)
{
	uint8_t head[LVM_HEAD_SIZE];
	struct lvm_label l;

	(void)state;
	make_label(head);
	assert_true(lvm_label_parse(head, &l));
	assert_int_equal(l.n_mdas, 1);
	assert_int_equal(l.mdas[0].start, 4096);
	assert_int_equal(l.mdas[0].size, (1 << 20) - 4096);
	assert_int_equal(strlen(l.id), LVM_ID_LEN);
	for (size_t i = 0; i < 512; i++) {
		head[512 + i] ^= 0x10;
		assert_false(lvm_label_parse(head, &l));
		head[512 + i] ^= 0x10;
	}
	/* Lists that never end, with a sum that is right. */
	memset(head + 512 + 72, 1, 512 - 72);
	put32(head + 512 + 16, lvm_crc(head + 512 + 20, 512 - 20));
	assert_false(lvm_label_parse(head, &l));
	make_label(head);
	put32(head + 512 + 20, 511);
	put32(head + 512 + 16, lvm_crc(head + 512 + 20, 512 - 20));
	assert_false(lvm_label_parse(head, &l));
}

static bool mda(uint64_t offset, uint64_t size, uint32_t flags, struct lvm_text *ret)
{
	const struct lvm_mda area = { .start = 4096, .size = 65536 };
	uint8_t head[LVM_MDA_HEAD_SIZE] = { 0 };

	memcpy(head + 4, " LVM2 x[5A%r0N*>", 16);
	put32(head + 20, 1);
	put64(head + 24, area.start);
	put64(head + 32, area.size);
	put64(head + 40, offset);
	put64(head + 48, size);
	put32(head + 60, flags);
	put32(head, lvm_crc(head + 4, sizeof(head) - 4));
	return lvm_mda_parse(head, &area, ret);
}

static void test_mda(void **state)
{
	struct lvm_text t;

	(void)state;
	assert_true(mda(512, 1000, 0, &t));
	assert_int_equal(t.offset, 512);
	assert_int_equal(t.size, 1000);
	assert_true(mda(65000, 2000, 0, &t)); /* goes on at the beginning */
	/* An area that is not in use, and one that has never been. */
	assert_true(mda(512, 1000, 1, &t));
	assert_int_equal(t.size, 0);
	assert_true(mda(0, 0, 0, &t));
	assert_int_equal(t.size, 0);
	assert_false(mda(512, 0, 0, &t));
	assert_false(mda(512, 65536, 0, &t));
	assert_false(mda(65536, 10, 0, &t));
	assert_false(mda(UINT64_MAX, 10, 0, &t));
	assert_false(mda(512, UINT64_MAX, 0, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),   cmocka_unit_test(test_not_plain),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_label),
		cmocka_unit_test(test_mda),    cmocka_unit_test(test_named),
		cmocka_unit_test(test_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
