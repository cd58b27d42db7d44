/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every row of calls.def there and back, frames at their limits, errno by name. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/proto.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* Encodes made-up content, decodes it, and encodes that: the bytes must be the same. */
static void round_trip(const struct proc_side *side, const char *name, unsigned seed)
{
	CLEANUP(free) void *v = xcalloc(1, side->size);
	CLEANUP(free) void *w = xcalloc(1, side->size);
	CLEANUP(buf_release) struct buf one = BUF_INIT, two = BUF_INIT, text = BUF_INIT;
	struct err e = ERR_INIT;

	side->make(&seed, v);
	assert_int_equal(frame_encode(&one, side->xdr, v, &e), 0);
	assert_int_equal(frame_decode(one.data, one.len, side->xdr, w, name, &e), 0);
	assert_int_equal(frame_encode(&two, side->xdr, w, &e), 0);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.data ? one.data : "", two.data ? two.data : "", one.len);
	side->print(&text, w);
	proto_free(side, w);
	for (size_t n = 0; n < one.len; n++) {
		/* A copy of just n bytes: reading further is seen by a sanitizer. */
		CLEANUP(free) char *cut = xmemdup0(one.data, n);

		assert_int_equal(frame_decode(cut, n, side->xdr, w, name, &e), -1);
		assert_int_equal(e.no, EPROTO);
		memset(w, 0, side->size);
	}
	buf_add(&one, "\0\0\0", 4);
	assert_int_equal(frame_decode(one.data, one.len, side->xdr, w, name, &e), -1);
	proto_free(side, v);
}

static void test_every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROC_COUNT; i++)
		for (unsigned seed = 1; seed < 200; seed += 13) {
			round_trip(&procs[i].args, procs[i].name, seed);
			round_trip(&procs[i].ret, procs[i].name, seed);
		}
}

/* An empty struct of each row travels and prints too. */
static void test_empty_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < PROC_COUNT; i++) {
		const struct proc_side *sides[] = { &procs[i].args, &procs[i].ret };

		for (size_t k = 0; k < 2; k++) {
			CLEANUP(free) void *v = xcalloc(1, sides[k]->size);
			CLEANUP(buf_release) struct buf b = BUF_INIT;
			struct err e;

			assert_int_equal(frame_encode(&b, sides[k]->xdr, v, &e), 0);
			sides[k]->print(&b, v);
		}
	}
}

static void test_frame_round_trip(void **state)
{
	char text[] = "a line\n\xff";
	wire_msg_log m = { .text = text };
	struct frame f = { .kind = FRAME_LOG, .serial = 0xfffffffe, .proc = 7 }, got;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	union frame_msg u;
	struct err e = ERR_INIT;

	(void)state;
	buf_addstr(&b, "before");
	assert_int_equal(frame_add(&b, &f, frame_bodies[FRAME_LOG].xdr, &m, &e), 0);
	for (size_t n = 0; n < b.len - 6; n++)
		assert_int_equal(frame_parse(b.data + 6, n, &got, &e), 0);
	assert_int_equal(frame_parse(b.data + 6, b.len - 6, &got, &e), b.len - 6);
	assert_int_equal(got.kind, FRAME_LOG);
	assert_int_equal(got.serial, 0xfffffffe);
	assert_int_equal(got.proc, 7);
	assert_int_equal(frame_msg(&got, &u, &e), 0);
	assert_string_equal(u.log.text, text);
	frame_msg_free(&got, &u);
}

/* What a length and kind of eight bytes parse as. */
static ssize_t parse8(uint32_t len, uint32_t kind)
{
	uint8_t h[16] = { len >> 24,  len >> 16,  len >> 8,  len,
			  kind >> 24, kind >> 16, kind >> 8, kind };
	struct frame f;
	struct err e = ERR_INIT;
	ssize_t n = frame_parse(h, sizeof(h), &f, &e);

	if (n < 0)
		assert_int_equal(e.no, EPROTO);
	return n;
}

static void test_frame_limits(void **state)
{
	(void)state;
	assert_int_equal(parse8(0, 0), -1);
	assert_int_equal(parse8(FRAME_HEAD - 1, 0), -1);
	assert_int_equal(parse8(FRAME_HEAD, 0), 16);
	assert_int_equal(parse8(FRAME_HEAD, FRAME_KINDS - 1), 16);
	assert_int_equal(parse8(FRAME_HEAD, FRAME_KINDS), -1);
	assert_int_equal(parse8(FRAME_MAX, 0), 0);
	assert_int_equal(parse8(FRAME_MAX + 1, 0), -1);
	assert_int_equal(parse8(UINT32_MAX, 0), -1);
}

/* A message that is too large for a frame is an error, and leaves the buffer as it was. */
static void test_too_large(void **state)
{
	struct list_dir_args a;
	wire_strs list = { .n = 100, .v = xcalloc(100, sizeof(*list.v)) };
	struct mount_guest_ret r = { .warnings = list };
	CLEANUP(free) char *s = xcalloc(1, WIRE_STR_MAX + 2);
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct frame f = { .kind = FRAME_REPLY };
	struct err e = ERR_INIT;

	(void)state;
	buf_addstr(&b, "x");
	memset(s, 'a', WIRE_STR_MAX);
	a.path = s;
	assert_int_equal(frame_add(&b, &f, procs[PROC_list_dir].args.xdr, &a, &e), 0);
	b.len = 1;
	for (uint32_t i = 0; i < list.n; i++)
		list.v[i] = s;
	assert_int_equal(frame_add(&b, &f, procs[PROC_mount_guest].ret.xdr, &r, &e), -1);
	assert_int_equal(e.no, EMSGSIZE);
	assert_int_equal(b.len, 1);
	s[WIRE_STR_MAX] = 'a';
	assert_int_equal(frame_add(&b, &f, procs[PROC_list_dir].args.xdr, &a, &e), -1);
	assert_int_equal(b.len, 1);
	free(list.v);
}

/* Counts that promise more than the frame holds, and strings with a NUL in them. */
static void test_hostile_lengths(void **state)
{
	static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
	static const uint8_t list[] = { 0, 0, 0xff, 0xff, 0, 0, 0, 0 };
	static const uint8_t nul[] = { 0, 0, 0, 4, 'a', 0, 'b', 'c' };
	struct list_dir_args a = { NULL, 0 };
	struct umount_all_args none = { 0 };
	struct filesystems_ret r = { { 0, NULL }, 0 };
	struct err e;

	(void)state;
	assert_int_equal(frame_decode(huge, 8, procs[PROC_list_dir].args.xdr, &a, "", &e), -1);
	assert_null(a.path);
	assert_int_equal(frame_decode(nul, 8, procs[PROC_list_dir].args.xdr, &a, "", &e), -1);
	assert_null(a.path);
	assert_int_equal(frame_decode(list, 8, procs[PROC_filesystems].ret.xdr, &r, "", &e), -1);
	assert_null(r.list.v);
	assert_int_equal(frame_decode(nul, 8, procs[PROC_umount_all].args.xdr, &none, "", &e), -1);
}

/* xdr_entry, for a stream of records. */
static bool xdr_entry(XDR *x, void *v)
{
	return wire_xdr_entry(x, v);
}

static void test_record_stream(void **state)
{
	char s[] = "/a\nb";
	wire_entry x = {
		.path = s, .size = 1, .mtime = -1, .link = s, .user = s, .group = s, .checksum = s
	};
	wire_entry y = { .path = NULL };
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e;
	size_t one;

	(void)state;
	assert_int_equal(frame_encode(&b, xdr_entry, &x, &e), 0);
	one = b.len;
	assert_int_equal(frame_encode(&b, xdr_entry, &x, &e), 0);
	for (size_t n = 0; n < one; n++) {
		CLEANUP(free) char *cut = xmemdup0(b.data, n);

		assert_int_equal(frame_decode_some(cut, n, xdr_entry, &y, sizeof(y)), 0);
		assert_null(y.path);
	}
	assert_int_equal(frame_decode_some(b.data, b.len, xdr_entry, &y, sizeof(y)), one);
	assert_string_equal(y.path, s);
	assert_int_equal(y.mtime, -1);
	wire_free_entry(&y);
}

static void test_errnos(void **state)
{
	(void)state;
#define ERRNO(n)                                                                                   \
	assert_string_equal(errno_name(n), #n);                                                    \
	assert_int_equal(errno_value(#n), n);
#include "proto/errnos.def"
#undef ERRNO
	assert_string_equal(errno_name(0), "");
	assert_string_equal(errno_name(99999), "");
	assert_int_equal(errno_value(""), 0);
	assert_int_equal(errno_value("ENONSENSE"), EREMOTEIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row),	 cmocka_unit_test(test_empty_rows),
		cmocka_unit_test(test_frame_round_trip), cmocka_unit_test(test_frame_limits),
		cmocka_unit_test(test_too_large),	 cmocka_unit_test(test_hostile_lengths),
		cmocka_unit_test(test_record_stream),	 cmocka_unit_test(test_errnos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
