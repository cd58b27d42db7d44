/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guestd takes streams: files that are written, archives that are unpacked. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "peer.h"
#include "tar.h"
#include "util/io.h"

#define MIB (1024u * 1024)

/* ---- streams in */

static void test_write(void **state)
{
	struct write_file_args a = { .path = peer_str("/new"), .mode = 04755 };
	struct write_file_ret r = { 0 };
	wire_msg_slot slot = { 3, 2 * MIB - 5 };
	wire_msg_hole hole = { 3 * MIB };
	CLEANUP(free) char *s = peer_content(2 * MIB);
	CLEANUP(buf_release) struct buf got = BUF_INIT;
	struct stat st;
	struct peer p;
	struct err e;

	(void)state;
	peer_start(&p, true);
	peer_hello(&p, true);
	peer_call(&p, PROC_write_file, &a);
	peer_send_data(&p, "head", 4);
	peer_send(&p, FRAME_HOLE, p.serial, &hole);
	assert_int_equal(pwrite(p.ring, s, 2 * MIB, 3l * RING_SLOT), 2 * MIB);
	peer_send(&p, FRAME_SLOT, p.serial, &slot);
	peer_send(&p, FRAME_HOLE, p.serial, &hole);
	peer_send_data(&p, "", 0);
	assert_int_equal(peer_answer(&p, PROC_write_file, &r), 0);
	assert_int_equal(r.size, 4 + 8 * MIB - 5);
	assert_int_equal(fstatat(p.tmp, "root/new", &st, 0), 0);
	assert_int_equal(st.st_size, 4 + 8 * MIB - 5);
	assert_int_equal(st.st_mode & 07777, 04755);
	assert_int_equal(file_read(p.tmp, "root/new", 16 * MIB, &got, &e), 0);
	assert_memory_equal(got.data, "head\0\0\0\0", 8);
	assert_memory_equal(got.data + 4 + 3 * MIB, s, 2 * MIB - 5);
	for (size_t i = 4 + 5 * MIB - 5; i < got.len; i++)
		assert_int_equal(got.data[i], 0);
	/* Shorter, over what was there; the mode stays. */
	a.mode = 0;
	peer_call(&p, PROC_write_file, &a);
	peer_send_data(&p, "x", 1);
	peer_send_data(&p, "", 0);
	assert_int_equal(peer_answer(&p, PROC_write_file, &r), 0);
	assert_int_equal(fstatat(p.tmp, "root/new", &st, 0), 0);
	assert_int_equal(st.st_size, 1);
	assert_int_equal(st.st_mode & 0777, 0755);
	assert_int_equal(peer_stop(&p), 0);
}

/* What of a refused upload is on its way still does no harm, nor do old acknowledgements. */
static void test_write_refused(void **state)
{
	struct write_file_args a = { .path = peer_str("/") };
	wire_msg_slot slot = { 99, 1 };
	wire_msg_ack ack = { 5 };
	struct peer p;

	(void)state;
	peer_start(&p, true);
	peer_hello(&p, true);
	peer_call(&p, PROC_write_file, &a);
	for (int i = 0; i < 100; i++)
		peer_send_data(&p, "stale", 5);
	peer_send(&p, FRAME_SLOT, p.serial, &slot);
	assert_int_equal(peer_answer(&p, PROC_write_file, NULL), EISDIR);
	peer_send_data(&p, "stale", 5);
	peer_send(&p, FRAME_ACK, p.serial, &ack);
	peer_send(&p, FRAME_CANCEL, p.serial, NULL);
	peer_send_data(&p, "", 0);
	a.path = peer_str("/new");
	peer_call(&p, PROC_write_file, &a);
	peer_send(&p, FRAME_SLOT, p.serial, &slot);
	assert_int_equal(peer_answer(&p, PROC_write_file, NULL), EPROTO);
	a.path = peer_str("/none/new");
	peer_call(&p, PROC_write_file, &a);
	assert_int_equal(peer_answer(&p, PROC_write_file, NULL), ENOENT);
	assert_int_equal(peer_list(&p, "/"), 0);
	assert_int_equal(peer_stop(&p), 0);
}

/* ---- archives */

/* An unpack call with that as its stream; b is released. */
static int do_unpack(struct peer *p, struct buf *b, struct unpack_ret *ret)
{
	struct unpack_args a = { .total = b->len };
	size_t n;

	peer_call(p, PROC_unpack, &a);
	for (size_t at = 0; at < b->len; at += n) {
		n = b->len - at < 1000 ? b->len - at : 1000;
		peer_send_data(p, b->data + at, n);
	}
	peer_send_data(p, "", 0);
	buf_release(b);
	return peer_answer(p, PROC_unpack, ret);
}

static void test_unpack(void **state)
{
	struct unpack_ret r = { 0 };
	struct buf b = BUF_INIT;
	struct stat st;
	struct peer p;

	(void)state;
	peer_start(&p, true);
	peer_hello(&p, true);
	tar_header(&b, "/folder/file", '0', "00000000005", 11);
	tar_data(&b, "hello", 5);
	tar_file(&b, "large", '0', 300000);
	tar_zeroes(&b, 10240);
	assert_int_equal(do_unpack(&p, &b, &r), 0);
	assert_int_equal(r.files, 2);
	assert_int_equal(r.bytes, 300005);
	assert_int_equal(r.warnings.n, 0);
	proto_free(&procs[PROC_unpack].ret, &r);
	assert_int_equal(fstatat(p.tmp, "root/folder/file", &st, 0), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(fstatat(p.tmp, "root/folder", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(peer_stop(&p), 0);
}

/* What is refused does not wait for the rest of its stream, and the next call goes well. */
static void test_unpack_refused(void **state)
{
	struct buf b = BUF_INIT;
	struct peer p;

	(void)state;
	peer_start(&p, true);
	peer_hello(&p, true);
	tar_file(&b, "../../out", '0', 5);
	tar_file(&b, "much", '0', 3 * MIB);
	assert_int_equal(do_unpack(&p, &b, NULL), EINVAL);
	assert_non_null(strstr(p.text, "cannot make '../../out': Path contains '..'"));
	assert_int_equal(faccessat(p.tmp, "../out", F_OK, 0), -1);
	tar_file(&b, "cut", '0', 5000);
	b.len -= 1000;
	assert_int_equal(do_unpack(&p, &b, NULL), EINVAL);
	assert_non_null(strstr(p.text, "cannot read 'cut': Truncated"));
	buf_addstr(&b, "no archive");
	assert_int_equal(do_unpack(&p, &b, NULL), EINVAL);
	assert_non_null(strstr(p.text, "it cannot be read: "));
	peer_list(&p, "/");
	assert_string_equal(p.no, "");
	assert_int_equal(peer_stop(&p), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_refused),
		cmocka_unit_test(test_unpack),
		cmocka_unit_test(test_unpack_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
