/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names in an initramfs, packed in each way; and those that are damaged, or meant to be. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/inspect/initramfs.h"
#include "pack.h"
#include "util/io.h"
#include "util/strvec.h"

#define WORK ((uint64_t)64 << 10)

static const char *const files[] = { ".", "init", "usr/lib/modules/6.1/kernel/fs/ext4.ko",
				     "usr/lib/modules/6.1/kernel/virtio_blk.ko.xz", "zz" };

/* What is told of names: kept, until one with "stop" in it comes. */
struct told {
	struct strvec names;
	const char *stop;
};

static bool keep(void *ctx, const char *name)
{
	struct told *t = ctx;

	strvec_add(&t->names, name);
	return !t->stop || !strstr(name, t->stop);
}

/* An archive with all files, some content in each. */
static void archive(struct buf *b)
{
	char content[5000];

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (char)(i * i >> 3);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		cpio_add(b, files[i], content, i * 1111);
	cpio_end(b);
}

/* Scans bytes as a file. */
static enum initramfs_end scan(const struct buf *b, uint64_t *work, struct told *t)
{
	CLEANUP(fd_close) int fd = memfd_create("initramfs", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, b->data, b->len), 0);
	return initramfs_names(fd, 0, b->len, work, keep, t);
}

/* The same with much work allowed; checks that the first want names are those of files. */
static enum initramfs_end scan_files(const struct buf *b, const char *stop, size_t want)
{
	struct told t = { STRVEC_INIT, stop };
	uint64_t work = WORK;
	const enum initramfs_end end = scan(b, &work, &t);

	assert_int_equal(t.names.n, want);
	for (size_t i = 0; i < want; i++)
		assert_string_equal(t.names.v[i], files[i]);
	strvec_release(&t.names);
	return end;
}

static void test_each_packing(void **state)
{
	CLEANUP(buf_release) struct buf cpio = BUF_INIT;

	(void)state;
	archive(&cpio);
	for (int how = 0; how < PACK_N; how++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		pack(&b, how, cpio.data, cpio.len);
		assert_int_equal(scan_files(&b, NULL, 5), INITRAMFS_ALL);
		assert_int_equal(scan_files(&b, "virtio", 4), INITRAMFS_ENOUGH);
		/* zeroes after it, as some boot loaders want them */
		for (int i = 0; i < 1000; i++)
			buf_addch(&b, '\0');
		assert_int_equal(scan_files(&b, NULL, 5), INITRAMFS_ALL);
	}
}

/* Microcode comes first, not packed, and maybe with a gap after it; the rest is packed. */
static void test_several_archives(void **state)
{
	static const char microcode[300000] = { 1 };
	CLEANUP(buf_release) struct buf cpio = BUF_INIT;

	(void)state;
	archive(&cpio);
	for (int how = 0; how < PACK_N; how++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		struct told t = { STRVEC_INIT, NULL };
		uint64_t work = WORK;

		cpio_add(&b, "kernel/x86/microcode/GenuineIntel.bin", microcode, sizeof(microcode));
		cpio_end(&b);
		pack(&b, how, cpio.data, cpio.len);
		if (how != PACK_LZ4) /* which has no end of its own */
			pack(&b, PACK_GZIP, cpio.data, cpio.len);
		assert_int_equal(scan(&b, &work, &t), INITRAMFS_ALL);
		assert_int_equal(t.names.n, how == PACK_LZ4 ? 6 : 11);
		assert_string_equal(t.names.v[1], ".");
		strvec_release(&t.names);
	}
}

/* Contents that are left out do not cost what reading them would. */
static void test_plain_is_cheap(void **state)
{
	CLEANUP(fd_close) int fd = memfd_create("initramfs", MFD_CLOEXEC);
	CLEANUP(buf_release) struct buf head = BUF_INIT;
	CLEANUP(buf_release) struct buf rest = BUF_INIT;
	struct told t = { STRVEC_INIT, "virtio" };
	uint64_t work = 200;

	(void)state;
	cpio_header(&head, "firmware", 0x7ffffff0);
	archive(&rest);
	const off_t at = (off_t)head.len + 0x7ffffff0;
	assert_int_equal(pwrite(fd, head.data, head.len, 0), head.len);
	assert_int_equal(pwrite(fd, rest.data, rest.len, at), rest.len);
	assert_int_equal(initramfs_names(fd, 0, (uint64_t)at + rest.len, &work, keep, &t),
			 INITRAMFS_ENOUGH);
	assert_int_equal(t.names.n, 5);
	strvec_release(&t.names);
}

/* Cut off anywhere, and with any byte changed, it ends, and is never taken for all of it. */
static void test_damaged(void **state)
{
	CLEANUP(buf_release) struct buf cpio = BUF_INIT;

	(void)state;
	archive(&cpio);
	for (int how = 0; how < PACK_N; how++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		pack(&b, how, cpio.data, cpio.len);
		for (size_t n = 0; n < b.len; n += 1 + b.len / 97) {
			struct buf cut = { .data = b.data, .len = n };
			struct told t = { STRVEC_INIT, NULL };
			uint64_t work = WORK;

			/* The zeroes at the end of the archive may be missing, the last name not. */
			if (scan(&cut, &work, &t) == INITRAMFS_ALL)
				assert_int_equal(t.names.n, 5);
			strvec_release(&t.names);
			b.data[n] ^= 0x55;
			work = WORK;
			scan(&b, &work, &t);
			strvec_release(&t.names);
			b.data[n] ^= 0x55;
		}
	}
}

static void test_unknown(void **state)
{
	static const char *const starts[] = { "BZh91AY&SY", "\x89LZO", "MZ", "070707", "0707010000" };

	char empty[1] = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		buf_addstr(&b, starts[i]);
		assert_int_equal(scan_files(&b, NULL, 0), INITRAMFS_UNKNOWN);
		for (int k = 0; k < 1000; k++)
			buf_addch(&b, (char)k);
		assert_int_equal(scan_files(&b, NULL, 0), INITRAMFS_UNKNOWN);
	}
	assert_int_equal(scan_files(&(struct buf){ .data = empty }, NULL, 0), INITRAMFS_UNKNOWN);
}

/* Little that unpacks to much is given up, in each packing, after the work that was allowed. */
static void test_bombs(void **state)
{
	const size_t size = (size_t)16 << 20;
	CLEANUP(buf_release) struct buf cpio = BUF_INIT;

	(void)state;
	cpio_header(&cpio, "bomb", 0xfffffff0);
	memset(buf_room(&cpio, size), 0, size);
	cpio.len += size;
	for (int how = PACK_GZIP; how < PACK_N; how++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		struct told t = { STRVEC_INIT, NULL };
		uint64_t work = 10000;

		pack(&b, how, cpio.data, cpio.len);
		assert_int_equal(scan(&b, &work, &t), INITRAMFS_UNKNOWN);
		assert_int_equal(work, 0);
		assert_int_equal(t.names.n, 1);
		strvec_release(&t.names);
	}
}

/* Nothing but names, and nothing but ends of archives: those are work, too. */
static void test_many_names(void **state)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT;
	CLEANUP(buf_release) struct buf ends = BUF_INIT;

	(void)state;
	while (names.len < (size_t)2 << 20)
		cpio_header(&names, "x", 0);
	while (ends.len < (size_t)2 << 20)
		cpio_header(&ends, "TRAILER!!!", 0);
	for (int how = 0; how < PACK_N; how++) {
		const struct buf *const all[] = { &names, &ends };

		for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
			CLEANUP(buf_release) struct buf b = BUF_INIT;
			struct told t = { STRVEC_INIT, NULL };
			uint64_t work = 1000;

			pack(&b, how, all[i]->data, all[i]->len);
			assert_int_equal(scan(&b, &work, &t), INITRAMFS_UNKNOWN);
			assert_int_equal(work, 0);
			strvec_release(&t.names);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_packing),   cmocka_unit_test(test_several_archives),
		cmocka_unit_test(test_plain_is_cheap), cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_unknown),	       cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_many_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
