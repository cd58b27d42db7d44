/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tools/make-fs: what a scan counts in archives made by hand, and how large a disk has to be for it. */
#include "tools/make-fs/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tar.h"
#include "tools/make-fs/estimate.h"
#include "util/cleanup.h"

#define KIB UINT64_C(1024)
#define MIB (KIB << 10)
#define GIB (MIB << 10)

static int scan_in_pieces(const struct buf *b, size_t piece, struct scan_sum *ret, struct err *e)
{
	CLEANUP(scan_release) struct scan s = { 0 };
	int r = 0;

	for (size_t at = 0; r == 0 && at < b->len; at += piece)
		r = scan_feed(&s, b->data + at, b->len - at < piece ? b->len - at : piece, e);
	if (r == 0)
		r = scan_end(&s, e);
	*ret = s.sum;
	return r;
}

/* The sum, which does not depend on how the bytes come; b is released. */
static struct scan_sum scanned(struct buf *b)
{
	static const size_t pieces[] = { 1, 7, 511, 512, 513, 100000 };
	struct scan_sum first, sum;
	struct err e = ERR_INIT;

	if (scan_in_pieces(b, 1u << 30, &first, &e) < 0)
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		assert_int_equal(scan_in_pieces(b, pieces[i], &sum, &e), 0);
		assert_memory_equal(&sum, &first, sizeof(sum));
	}
	assert_int_equal(first.bytes, b->len);
	buf_release(b);
	return first;
}

static void refused(struct buf *b, const char *words)
{
	struct err e = ERR_INIT;
	struct scan_sum sum;

	assert_int_equal(scan_in_pieces(b, 4096, &sum, &e), -1);
	if (!strstr(e.msg, words))
		fail_msg("'%s' is not in: %s", words, e.msg);
	buf_release(b);
}

static void test_counts(void **state)
{
	struct buf b = BUF_INIT;
	struct scan_sum s;

	(void)state;
	tar_file(&b, "./", '5', 0);
	tar_file(&b, "./folder/", '5', 0);
	tar_file(&b, "./folder/file", '0', 5000);
	tar_file(&b, "./folder/old", '\0', 1);
	tar_file(&b, "./a name of 25 characters.", '0', 0);
	tar_file(&b, "hard", '1', 0);
	tar_file(&b, "link", '2', 0);
	tar_zeroes(&b, 10240);
	s = scanned(&b);
	assert_int_equal(s.entries, 7);
	assert_int_equal(s.inodes, 6);
	assert_int_equal(s.folders, 2);
	assert_int_equal(s.names, 0 + 6 + 4 + 3 + 24 + 4 + 4);
	assert_int_equal(s.root_slots, 2 + 3 + 2 + 2);
	assert_int_equal(s.stored[0], 5120 + 1024);
	assert_int_equal(s.stored[2], 8192 + 4096);
	assert_int_equal(s.apparent[7], 2 * 128 * KIB);
	assert_int_equal(s.tiny, 1);
	assert_int_equal(s.tiny_files, 1);
	assert_false(s.no_end);
}

/* An archive of nothing, and one whose end is missing. */
static void test_ends(void **state)
{
	struct buf b = BUF_INIT;
	struct scan_sum s;

	(void)state;
	tar_zeroes(&b, 1024);
	s = scanned(&b);
	assert_int_equal(s.entries, 0);
	tar_file(&b, "file", '0', 512);
	s = scanned(&b);
	assert_true(s.no_end);
	refused(&b, "it is empty: no tar archive");
	tar_file(&b, "file", '0', 1000);
	b.len -= 1;
	refused(&b, "it is cut short: it ends after 1535 bytes");
	tar_file(&b, "file", '0', 1000);
	b.len = 300;
	refused(&b, "it is no tar archive");
	tar_pax(&b, "9 size=1\n");
	refused(&b, "it is cut short");
	tar_pax(&b, "9 size=1\n");
	tar_zeroes(&b, 1024);
	refused(&b, "it is damaged at byte 1024");
	tar_file(&b, "file", '0', 512);
	buf_add(&b, "noise", 5);
	memset(buf_room(&b, 507), 'x', 507);
	b.len += 507;
	refused(&b, "it is damaged at byte 1024");
}

/* Sizes that no octal digits hold, and files with holes. */
static void test_sizes(void **state)
{
	static const char binary[12] = { '\x80', 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0 };
	static const char huge[12] = { '\xff', '\xff', '\xff', '\xff', '\xff', '\xff', '\xff', '\xff' };
	struct buf b = BUF_INIT;
	struct scan_sum s;

	(void)state;
	tar_header(&b, "binary", '0', binary, 12);
	tar_zeroes(&b, 1024);
	tar_header(&b, "spaces", '0', "      2000 ", 11);
	tar_zeroes(&b, 1024);
	tar_pax(&b, "13 size=1024\n10 path=x\n22 SCHILY.xattr.u.a=b\n");
	tar_header(&b, "pax", '0', "00000000000", 11);
	tar_zeroes(&b, 1024);
	tar_pax(&b, "22 GNU.sparse.major=1\n35 GNU.sparse.realsize=10737418240\n");
	tar_file(&b, "GNUSparseFile.1/holes", '0', 512);
	tar_zeroes(&b, 1024);
	s = scanned(&b);
	assert_int_equal(s.entries, 4);
	assert_int_equal(s.attributed, 1);
	assert_int_equal(s.stored[0], 4 * KIB);
	assert_int_equal(s.apparent[0], 3 * KIB + 10 * GIB);
	tar_header(&b, "huge", '0', huge, 12);
	refused(&b, "it is no tar archive");
	tar_header(&b, "letters", '0', "12z", 3);
	refused(&b, "it is no tar archive");
	for (int i = 0; i < 6; i++) {
		tar_pax(&b, "42 GNU.sparse.realsize=999999999999999999\n");
		tar_file(&b, "a", '0', 0);
	}
	refused(&b, "more in it than any file system could hold");
}

/* GNU tar's own: long names, and headers of sparse files that go on in more blocks. */
static void test_gnu(void **state)
{
	struct buf b = BUF_INIT;
	struct scan_sum s;

	(void)state;
	tar_file(&b, "././@LongLink", 'L', 200);
	tar_file(&b, "cut", '0', 10);
	tar_file(&b, "sparse", 'S', 0);
	b.data[b.len - SCAN_BLOCK + 482] = 1;
	memcpy(b.data + b.len - SCAN_BLOCK + 483, "00004000000", 11);
	memcpy(b.data + b.len - SCAN_BLOCK + 124, "00000001000", 11);
	unsigned sum = 0;
	memset(b.data + b.len - SCAN_BLOCK + 148, ' ', 8);
	for (size_t i = 0; i < SCAN_BLOCK; i++)
		sum += (uint8_t)b.data[b.len - SCAN_BLOCK + i];
	snprintf(b.data + b.len - SCAN_BLOCK + 148, 8, "%06o", sum);
	tar_zeroes(&b, 504);
	buf_addch(&b, 1);
	tar_zeroes(&b, 7 + SCAN_BLOCK + 512);
	tar_file(&b, "volume", 'V', 0);
	tar_zeroes(&b, 1024);
	s = scanned(&b);
	assert_int_equal(s.entries, 2);
	assert_int_equal(s.names, 200 + 6);
	assert_int_equal(s.stored[0], 1024 + 1024);
	assert_int_equal(s.apparent[0], 1024 + MIB);
}

/* ---- sizes of disks */

static const char *const types[] = { "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "vfat", "exfat", "ntfs" };

/* So many files of so many bytes. */
static struct scan_sum files(uint64_t n, uint64_t bytes)
{
	struct scan_sum s = { .entries = n + 1, .inodes = n + 1, .folders = 1, .names = n * 20 };

	for (unsigned i = 0; i < SCAN_CLUSTERS; i++) {
		const uint64_t size = KIB << i;

		s.stored[i] = s.apparent[i] = (bytes + size - 1) / size * size * n;
	}
	if (bytes <= 2 * KIB) {
		s.tiny = n * bytes;
		s.tiny_files = n;
	}
	return s;
}

static void test_disks(void **state)
{
	static const struct {
		uint64_t n, bytes;
	} sets[] = { { 0, 0 },	  { 1, 1 },	     { 100000, 100 },	{ 1000000, 3000 },
		     { 1, 300 * MIB }, { 3, 100 * GIB }, { 100, 20 * GIB } };

	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		uint64_t before = 0;

		assert_true(estimate_knows(types[t]));
		for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
			const struct scan_sum s = files(sets[i].n, sets[i].bytes);
			const uint64_t size = estimate_disk(types[t], &s, false, 512, 0);

			assert_int_equal(size % MIB, 0);
			/* There is room, and not more than twice as much as is needed. */
			assert_true(size > sets[i].n * sets[i].bytes);
			if (sets[i].bytes > MIB)
				assert_true(size < sets[i].n * sets[i].bytes * 2);
			assert_true(i > 4 || size >= before || i == 4);
			assert_true(estimate_disk(types[t], &s, true, 512, 0) >= size);
			assert_true(estimate_disk(types[t], &s, false, 512, 5 * GIB) >= size + 4 * GIB);
			before = size;
		}
	}
	/* A FAT32 with its smaller clusters holds many files on less than a FAT16. */
	const struct scan_sum many = files(100000, 100);
	assert_true(estimate_disk("vfat", &many, false, 512, 0) < 560 * MIB);
	/* On sectors of 4 KiB no block is smaller. */
	assert_true(estimate_disk("ext4", &many, false, 512, 0) < 200 * MIB);
	assert_true(estimate_disk("ext4", &many, false, 4096, 0) > 400 * MIB);
	assert_false(estimate_knows("zfs"));
	assert_false(estimate_knows("swap"));
}

/* mke2fs makes one inode for each 16 KiB, or 4 KiB of a small one. */
static void test_inodes(void **state)
{
	const struct scan_sum none = files(0, 0), many = files(1000000, 0);

	(void)state;
	assert_int_equal(estimate_inodes("ext4", &none, 100 * MIB), 0);
	assert_int_equal(estimate_inodes("ext4", &many, 100 * GIB), 0);
	assert_true(estimate_inodes("ext4", &many, 2 * GIB) > 1000000);
	assert_int_equal(estimate_inodes("xfs", &many, 2 * GIB), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts), cmocka_unit_test(test_ends),   cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_gnu),    cmocka_unit_test(test_disks), cmocka_unit_test(test_inodes),
	};

	return cmocka_run_group_tests_name("make-fs", tests, NULL, NULL);
}
