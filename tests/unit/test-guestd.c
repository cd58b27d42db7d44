/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guestd over a folder of this host: calls, policy, streams, and a tool that misbehaves. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "util/io.h"
#include "util/xalloc.h"

#define KIB 1024u
#define MIB (1024u * 1024)
#define TIB (1ull << 40)

/* A read_file call. */
static int do_read(struct peer *p, const char *path, uint64_t *ret_size)
{
	struct read_file_args a = { .path = peer_str(path) };
	struct read_file_ret r = { 0 };
	int no = peer_do(p, PROC_read_file, &a, &r);

	if (ret_size)
		*ret_size = r.size;
	return no;
}

/* ---- the session */

static void test_hello(void **state)
{
	uint8_t seed[32] = { 0 };
	struct hello_args a = { .hash = proto_hash(), .seed = { sizeof(seed), seed } };
	struct hello_ret r = { 0 };
	struct peer p;

	(void)state;
	peer_start(&p, false);
	assert_int_equal(peer_do(&p, PROC_hello, &a, &r), 0);
	assert_string_equal(r.version, PACKAGE_VERSION);
	proto_free(&procs[PROC_hello].ret, &r);
	a.hash++;
	assert_int_equal(peer_do(&p, PROC_hello, &a, NULL), EPROTONOSUPPORT);
	assert_non_null(strstr(p.text, "another version"));
	a.hash--;
	a.seed.len = 1;
	assert_int_equal(peer_do(&p, PROC_hello, &a, NULL), EINVAL);
	assert_int_equal(peer_stop(&p), 0);
}

/* Sends a call's frame with a body of our own. */
static void raw_call(struct peer *p, uint32_t proc, const void *body, size_t n)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct frame f = { .kind = FRAME_CALL, .serial = ++p->serial, .proc = proc };
	struct err e;

	assert_int_equal(frame_add(&b, &f, NULL, NULL, &e), 0);
	buf_add(&b, body, n);
	b.data[3] = (char)(b.len - 4);
	peer_write(p, b.data, b.len);
}

/* The hello of another version may have any arguments, or too few. */
static void test_hello_of_another_version(void **state)
{
	struct peer p;

	(void)state;
	peer_start(&p, false);
	raw_call(&p, PROC_hello, "12345678, and arguments of the year 2040", 40);
	assert_int_equal(peer_answer(&p, PROC_hello, NULL), EPROTONOSUPPORT);
	raw_call(&p, PROC_hello, "123", 3);
	assert_int_equal(peer_answer(&p, PROC_hello, NULL), EPROTONOSUPPORT);
	assert_int_equal(peer_stop(&p), 0);
}

static void test_bad_calls(void **state)
{
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	raw_call(&p, PROC_COUNT, "", 0);
	assert_int_equal(peer_answer(&p, PROC_hello, NULL), ENOSYS);
	raw_call(&p, 0xffffffff, "abcd", 4);
	assert_int_equal(peer_answer(&p, PROC_hello, NULL), ENOSYS);
	raw_call(&p, PROC_list_dir, "", 0);
	assert_int_equal(peer_answer(&p, PROC_list_dir, NULL), EPROTO);
	raw_call(&p, PROC_list_dir, "\0\0\0\1/\0\0\0more", 12);
	assert_int_equal(peer_answer(&p, PROC_list_dir, NULL), EPROTO);
	raw_call(&p, PROC_list_dir, "\x7f\xff\xff\xff/\0\0\0", 8);
	assert_int_equal(peer_answer(&p, PROC_list_dir, NULL), EPROTO);
	assert_int_equal(peer_list(&p, "/"), 0);
	assert_int_equal(peer_stop(&p), 0);
}

static void test_policy(void **state)
{
	struct write_file_args w = { .path = peer_str("/new") };
	struct mkfs_args m = { .device = peer_str("/dev/sda"), .type = peer_str("ext4"), .label = peer_str("") };
	struct crash_args c = { .how = peer_str("gently") };
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	assert_int_equal(peer_do(&p, PROC_write_file, &w, NULL), EROFS);
	assert_string_equal(p.text, "session is read-only");
	assert_int_equal(peer_do(&p, PROC_mkfs, &m, NULL), EROFS);
	assert_int_equal(faccessat(p.tmp, "root/new", F_OK, 0), -1);
	assert_int_equal(peer_do(&p, PROC_crash, &c, NULL), EINVAL);
	c.how = peer_str("panic");
	assert_int_equal(peer_do(&p, PROC_crash, &c, NULL), EPERM);
	assert_int_equal(do_read(&p, "etc/passwd", NULL), EINVAL);
	assert_int_equal(do_read(&p, "", NULL), EINVAL);
	assert_int_equal(peer_stop(&p), 0);
}

static void test_shutdown(void **state)
{
	struct shutdown_args a = { 0 };
	struct frame f;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	assert_int_equal(peer_do(&p, PROC_shutdown, &a, NULL), 0);
	assert_false(peer_next(&p, &f));
	assert_int_equal(peer_stop(&p), 0);
}

/* ---- files */

/* Files around every limit on size, with or without the ring. */
static void sizes(bool ring)
{
	static const size_t n[] = { 0,	     1,		  4095,		 64 * KIB, 64 * KIB + 1,
				    2 * MIB, 2 * MIB + 1, 21 * MIB + 123 };
	struct peer p;

	peer_start(&p, ring);
	peer_hello(&p, false);
	for (size_t i = 0; i < ARRAY_SIZE(n); i++) {
		CLEANUP(free) char *s = peer_content(n[i]);
		uint64_t size;

		peer_file(&p, "file", s, n[i]);
		assert_int_equal(do_read(&p, "/file", &size), 0);
		assert_int_equal(size, n[i]);
		assert_int_equal(p.data.len, n[i]);
		assert_memory_equal(p.data.len ? p.data.data : "", s, n[i]);
		assert_int_equal(unlinkat(p.tmp, "root/file", 0), 0);
	}
	assert_true(ring == (p.slots > 0));
	assert_int_equal(peer_stop(&p), 0);
}

static void test_read_inline(void **state)
{
	(void)state;
	sizes(false);
}

static void test_read_ring(void **state)
{
	(void)state;
	sizes(true);
}

/* A part of a file, wherever it begins and ends, is those bytes and no others. */
static void test_read_part(void **state)
{
	static const struct {
		uint64_t offset, length, bytes;
	} rows[] = {
		{ 0, 1, 1 },
		{ 1, 0, 5 * MIB + 6 },
		{ 4095, 2, 2 },
		{ 4096, 3 * MIB, 3 * MIB },
		{ 12345, 3 * MIB + 1, 3 * MIB + 1 },
		{ 5 * MIB, 100, 7 },
		{ 5 * MIB + 7, 0, 0 },
		{ 6 * MIB, 10, 0 },
		{ 100, UINT64_MAX, 5 * MIB + 7 - 100 },
		{ INT64_MAX, 0, 0 },
	};
	CLEANUP(free) char *s = peer_content(5 * MIB + 7);
	struct peer p;

	(void)state;
	for (int ring = 0; ring < 2; ring++) {
		peer_start(&p, ring);
		peer_hello(&p, false);
		peer_file(&p, "file", s, 5 * MIB + 7);
		for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
			struct read_file_args a = { .path = peer_str("/file"),
						    .offset = rows[i].offset,
						    .length = rows[i].length };
			struct read_file_ret r = { 0 };

			assert_int_equal(peer_do(&p, PROC_read_file, &a, &r), 0);
			assert_int_equal(p.data.len, rows[i].bytes);
			assert_int_equal(r.size, rows[i].offset + rows[i].bytes);
			if (rows[i].bytes)
				assert_memory_equal(p.data.data, s + rows[i].offset, rows[i].bytes);
		}
		struct read_file_args far = { .path = peer_str("/file"), .offset = 1ull << 63 };
		assert_int_equal(peer_do(&p, PROC_read_file, &far, NULL), EINVAL);
		assert_int_equal(peer_stop(&p), 0);
	}
}

static void test_sparse(void **state)
{
	struct peer p;
	uint64_t size;

	(void)state;
	peer_start(&p, true);
	peer_hello(&p, false);
	peer_file(&p, "hole", "", 0);
	CLEANUP(fd_close) int fd = openat(p.tmp, "root/hole", O_RDWR);
	if (ftruncate(fd, TIB)) {
		peer_stop(&p);
		skip();
	}
	assert_int_equal(do_read(&p, "/hole", &size), 0);
	assert_int_equal(size, TIB);
	assert_int_equal(p.holes, TIB);
	assert_int_equal(p.data.len, 0);
	assert_int_equal(pwrite(fd, "in the middle", 13, TIB / 2), 13);
	assert_int_equal(pwrite(fd, "at the end", 10, TIB), 10);
	assert_int_equal(do_read(&p, "/hole", &size), 0);
	assert_int_equal(size, TIB + 10);
	assert_int_equal(p.holes + p.data.len, TIB + 10);
	assert_true(p.data.len < MIB);
	assert_memory_equal(p.data.data, "in the middle", 13);
	assert_memory_equal(p.data.data + p.data.len - 10, "at the end", 10);
	assert_int_equal(peer_stop(&p), 0);
}

static void test_links_stay_inside(void **state)
{
	CLEANUP(free) char *outside = NULL;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	assert_int_equal(mkdirat(p.tmp, "root/dir", 0755), 0);
	peer_file(&p, "inside", "inside", 6);
	CLEANUP(fd_close) int fd = openat(p.tmp, "secret", O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "secret", 6), 6);
	outside = xasprintf("%s/secret", p.path);
	peer_link(&p, "/inside", "absolute");
	peer_link(&p, "../../../../inside", "dir/up");
	peer_link(&p, outside, "out1");
	peer_link(&p, "../secret", "out2");
	peer_link(&p, "/proc/self/root/etc/passwd", "out3");
	peer_link(&p, "loop2", "loop1");
	peer_link(&p, "loop1", "loop2");
	assert_int_equal(do_read(&p, "/absolute", NULL), 0);
	assert_memory_equal(p.data.data, "inside", 6);
	assert_int_equal(do_read(&p, "/dir/up", NULL), 0);
	assert_memory_equal(p.data.data, "inside", 6);
	assert_int_equal(do_read(&p, "/../inside", NULL), 0);
	assert_int_equal(do_read(&p, "/out1", NULL), ENOENT);
	assert_int_equal(do_read(&p, "/out2", NULL), ENOENT);
	assert_int_equal(do_read(&p, "/out3", NULL), ENOENT);
	assert_int_equal(do_read(&p, "/../secret", NULL), ENOENT);
	assert_int_equal(do_read(&p, "/loop1", NULL), ELOOP);
	assert_int_equal(peer_list(&p, "/loop1"), ELOOP);
	assert_int_equal(peer_stop(&p), 0);
}

/* What is not a regular file is not opened, and says what it is. */
static void test_not_regular(void **state)
{
	CLEANUP(free) char *longest = xcalloc(1, 8193);
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, true);
	assert_int_equal(mkdirat(p.tmp, "root/dir", 0755), 0);
	assert_int_equal(mkfifoat(p.tmp, "root/fifo", 0644), 0);
	assert_int_equal(do_read(&p, "/dir", NULL), EISDIR);
	assert_int_equal(do_read(&p, "/", NULL), EISDIR);
	assert_int_equal(do_read(&p, "/fifo", NULL), EINVAL);
	assert_non_null(strstr(p.text, "is a fifo, not a regular file"));
	assert_int_equal(do_read(&p, "/none", NULL), ENOENT);
	assert_string_equal(p.text, "open '/none': No such file or directory");
	assert_int_equal(do_read(&p, "/fifo/x", NULL), ENOTDIR);
	memset(longest, '/', 8192);
	assert_int_equal(do_read(&p, longest, NULL), ENAMETOOLONG);
	assert_int_equal(peer_stop(&p), 0);
}

/* ---- a call that is given up, or takes long, or dies */

static void test_cancel(void **state)
{
	struct read_file_args a = { .path = peer_str("/big") };
	struct write_file_args w = { .path = peer_str("/new") };
	CLEANUP(free) char *s = peer_content(64 * MIB);
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, true);
	peer_file(&p, "big", s, 64 * MIB);
	peer_call(&p, PROC_read_file, &a);
	peer_send(&p, FRAME_CANCEL, p.serial - 1, NULL); /* not this one */
	peer_send(&p, FRAME_CANCEL, p.serial, NULL);
	assert_int_equal(peer_answer(&p, PROC_read_file, NULL), ECANCELED);
	assert_true(p.data.len < 64 * MIB);
	assert_int_equal(do_read(&p, "/big", NULL), 0);
	assert_int_equal(p.data.len, 64 * MIB);
	peer_call(&p, PROC_write_file, &w);
	peer_send_data(&p, "some", 4);
	peer_send(&p, FRAME_CANCEL, p.serial, NULL);
	assert_int_equal(peer_answer(&p, PROC_write_file, NULL), ECANCELED);
	assert_int_equal(peer_stop(&p), 0);
}

/* The ring waits for acknowledgements, and hears of a cancel while it does. */
static void test_cancel_without_acks(void **state)
{
	struct read_file_args a = { .path = peer_str("/big") };
	CLEANUP(free) char *s = peer_content(64 * MIB);
	unsigned slots = 0;
	struct frame f;
	struct peer p;

	(void)state;
	peer_start(&p, true);
	peer_hello(&p, false);
	peer_file(&p, "big", s, 64 * MIB);
	peer_call(&p, PROC_read_file, &a);
	while (slots < RING_SLOTS) {
		assert_true(peer_next(&p, &f));
		slots += f.kind == FRAME_SLOT;
	}
	peer_send(&p, FRAME_CANCEL, p.serial, NULL);
	assert_int_equal(peer_answer(&p, PROC_read_file, NULL), ECANCELED);
	p.slots = slots;
	assert_int_equal(do_read(&p, "/big", NULL), 0);
	assert_int_equal(p.data.len, 64 * MIB);
	assert_memory_equal(p.data.data, s, 64 * MIB);
	assert_int_equal(peer_stop(&p), 0);
}

static void test_heartbeat(void **state)
{
	struct crash_args a = { .how = peer_str("spin") };
	struct frame f;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	peer_call(&p, PROC_crash, &a);
	for (int i = 0; i < 2; i++) {
		assert_true(peer_next(&p, &f));
		assert_int_equal(f.kind, FRAME_ALIVE);
		assert_int_equal(f.serial, p.serial);
	}
	kill(p.pid, SIGKILL);
	assert_false(peer_next(&p, &f));
	assert_int_equal(peer_stop(&p), -1);
}

static void test_exit(void **state)
{
	struct crash_args a = { .how = peer_str("exit") };
	struct frame f;
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_call(&p, PROC_crash, &a);
	while (peer_next(&p, &f))
		assert_int_equal(f.kind, FRAME_ALIVE);
	assert_int_equal(peer_stop(&p), 1);
}

/* ---- a tool that makes no sense */

/* The daemon must end by itself, with status 1 and without an answer. */
static void assert_ends(const void *bytes, size_t n)
{
	struct frame f;
	struct peer p;

	peer_start(&p, false);
	peer_write(&p, bytes, n);
	assert_false(peer_next(&p, &f));
	assert_int_equal(peer_stop(&p), 1);
}

static void test_garbage(void **state)
{
	static const uint8_t reply[16] = { 0, 0, 0, 12, 0, 0, 0, FRAME_REPLY };
	struct peer p;

	(void)state;
	assert_ends("GET / HTTP/1.1\r\n\r\n", 18);
	assert_ends("\0\0\0\0", 4);
	assert_ends("\xff\xff\xff\xff", 4);
	assert_ends("\0\x40\0\1", 4);
	assert_ends("\0\0\0\x0c\0\0\0\x63\0\0\0\0\0\0\0\0", 16);
	assert_ends(reply, sizeof(reply));
	/* An end in the middle of a frame is a failure, one before any is not. */
	peer_start(&p, false);
	peer_write(&p, "\0\0\0\x0c\0", 5);
	assert_int_equal(peer_stop(&p), 1);
	peer_start(&p, false);
	assert_int_equal(peer_stop(&p), 0);
}

/* One byte at a time is as good as all at once. */
static void test_bytewise(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct list_dir_args a = { .path = peer_str("/") };
	struct frame f = { .kind = FRAME_CALL, .proc = PROC_list_dir };
	struct peer p;
	struct err e;

	(void)state;
	peer_start(&p, false);
	f.serial = ++p.serial;
	assert_int_equal(frame_add(&b, &f, procs[PROC_list_dir].args.xdr, &a, &e), 0);
	for (size_t i = 0; i < b.len; i++)
		peer_write(&p, b.data + i, 1);
	assert_int_equal(peer_answer(&p, PROC_list_dir, NULL), 0);
	assert_int_equal(peer_stop(&p), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_hello_of_another_version),
		cmocka_unit_test(test_bad_calls),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_shutdown),
		cmocka_unit_test(test_read_inline),
		cmocka_unit_test(test_read_ring),
		cmocka_unit_test(test_read_part),
		cmocka_unit_test(test_sparse),
		cmocka_unit_test(test_links_stay_inside),
		cmocka_unit_test(test_not_regular),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_cancel_without_acks),
		cmocka_unit_test(test_heartbeat),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_bytewise),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
