/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-ls: its forms of output, over made-up entries. */
#include "tools/ls/ls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

#define NOW 1700000000 /* 2023-11-14 22:13:20 UTC */

/* An entry with all its strings. */
static wire_entry entry(const char *path, uint32_t mode, uint64_t size, const char *user)
{
	return (wire_entry){
		.path = xstrdup(path),
		.mode = mode,
		.size = size,
		.uid = 7,
		.gid = 1000,
		.atime = NOW - 10,
		.mtime = NOW - 3600,
		.mtime_ns = 5,
		.ctime = NOW - 86400 * 2,
		.dev_major = 8,
		.dev_minor = 1,
		.ino = 99,
		.nlink = 1,
		.blocks = 3,
		.link = xstrdup(""),
		.user = xstrdup(user),
		.group = xstrdup(""),
		.checksum = xstrdup(""),
	};
}

static void set(char **s, const char *value)
{
	free(*s);
	*s = xstrdup(value);
}

static void check_record(const struct ls_options *o, const wire_entry *e, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	ls_record_print(&b, o, e, e->path);
	assert_string_equal(b.data, want);
}

static void test_record(void **state)
{
	struct ls_options o = { .now = NOW };
	wire_entry f = entry("/a b", 0104755, 4096, "joe");

	(void)state;
	set(&f.checksum, "abcd");
	check_record(&o, &f, "- 4755       4096 /a b\n");
	o.human = true;
	check_record(&o, &f, "- 4755       4.0K /a b\n");
	o = (struct ls_options){ .now = NOW, .uids = true, .extra = true, .checksum = "md5" };
	check_record(&o, &f, "- 4755       4096    7 1000 8:1 99 1 0:0 3 abcd /a b\n");
	o.csv = true;
	check_record(&o, &f, "-,4755,4096,   7,1000,8:1,99,1,0:0,3,abcd,\"/a b\"\n");
	f.mode = 0120777;
	set(&f.link, "x,\"y\"");
	check_record(&o, &f, "l,0777,4096,   7,1000,8:1,99,1,0:0,3,,\"/a b\",\"x,\"\"y\"\"\"\n");
	o.csv = false;
	check_record(&o, &f, "l 0777       4096    7 1000 8:1 99 1 0:0 3 /a b -> x,\"y\"\n");
	f.mode = 0;
	o = (struct ls_options){ .how = SAFE_NAME };
	set(&f.path, "/\x1b");
	check_record(&o, &f, "u 0000       4096 /\\x1b\n");
	wire_free_entry(&f);
}

static void test_record_times(void **state)
{
	struct ls_options o = { .now = NOW, .times = LS_TIMES_DATE };
	wire_entry f = entry("/f", 0100644, 0, "");

	(void)state;
	check_record(&o, &f, "- 0644          0 2023-11-14 22:13:10 2023-11-14 21:13:20"
			     " 2023-11-12 22:13:20 /f\n");
	o.times = LS_TIMES_EPOCH;
	check_record(&o, &f, "- 0644          0 1699999990 1699996400 1699827200 /f\n");
	o.times = LS_TIMES_RELATIVE;
	check_record(&o, &f, "- 0644          0       10     3600   172800 /f\n");
	o.times = LS_TIMES_DAYS;
	check_record(&o, &f, "- 0644          0   0   0   2 /f\n");
	o.csv = true;
	check_record(&o, &f, "-,0644,0,  0,  0,  2,/f\n");
	f.atime = NOW + 86399;
	f.mtime = INT64_MAX;
	o = (struct ls_options){ .now = NOW, .times = LS_TIMES_DATE };
	check_record(&o, &f, "- 0644          0 2023-11-15 22:13:19 9223372036854775807"
			     " 2023-11-12 22:13:20 /f\n");
	wire_free_entry(&f);
}

static void check_rows(const struct ls_options *o, struct ls_rows *rows, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	ls_rows_print(&b, o, rows, true);
	assert_string_equal(b.data, want);
}

static void add(struct ls_rows *rows, const char *name, wire_entry e)
{
	ls_rows_take(rows, &e, name);
	assert_null(e.path);
}

static void test_long(void **state)
{
	struct ls_options o = { .now = NOW };
	struct ls_rows rows = { NULL, 0, 0 };
	wire_entry e;

	(void)state;
	check_rows(&o, &rows, "total 0\n");
	add(&rows, "zz", entry("/d/zz", 0100640, 12, "longname"));
	add(&rows, ".", entry("/d/.", 0041777, 1024, "joe"));
	e = entry("/d/dev", 0060600, 0, "");
	e.rdev_major = 259;
	e.rdev_minor = 7;
	add(&rows, "dev", e);
	e = entry("/d/link", 0120777, 4, "");
	e.mtime = NOW - 31556952 / 2;
	e.uid = 12345;
	e.nlink = 10;
	set(&e.link, "zz");
	add(&rows, "link", e);
	e = entry("/d/!new", 0106711, 4, "");
	e.mtime = NOW + 1;
	add(&rows, "!new", e);
	check_rows(&o, &rows, "total 8\n"
			      "-rws--s--x  1        7 1000      4 Nov 14  2023 !new\n"
			      "drwxrwxrwt  1 joe      1000   1024 Nov 14 21:13 .\n"
			      "brw-------  1        7 1000 259, 7 Nov 14 21:13 dev\n"
			      "lrwxrwxrwx 10    12345 1000      4 May 16  2023 link -> zz\n"
			      "-rw-r-----  1 longname 1000     12 Nov 14 21:13 zz\n");
	o.numeric = true;
	o.nul = true;
	ls_rows_release(&rows);
	add(&rows, "b", entry("/d/b", 0140644, 12, "longname"));
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	ls_rows_print(&b, &o, &rows, false);
	assert_int_equal(b.len, strlen("srw-r--r-- 1 7 1000 12 Nov 14 21:13 b") + 1);
	assert_string_equal(b.data, "srw-r--r-- 1 7 1000 12 Nov 14 21:13 b");
	ls_rows_release(&rows);
}

static void test_json_entry(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct json j = json_init(&b);
	struct ls_options o = { .checksum = "md5" };
	wire_entry e = entry("/x", 0120777, 4, "joe");

	(void)state;
	set(&e.link, "\xff");
	ls_json_print(&j, &o, &e, e.path);
	assert_string_equal(
		b.data,
		"{\"path\":\"/x\",\"type\":\"symlink\",\"mode\":\"0777\",\"size\":4,\"uid\":7,"
		"\"gid\":1000,\"user\":\"joe\",\"group\":null,"
		"\"atime\":\"2023-11-14T22:13:10.000000000Z\","
		"\"mtime\":\"2023-11-14T21:13:20.000000005Z\","
		"\"ctime\":\"2023-11-12T22:13:20.000000000Z\","
		"\"dev\":\"8:1\",\"ino\":99,\"nlink\":1,\"blocks\":3,"
		"\"target\":\"\xef\xbf\xbd\",\"target_b64\":\"/w==\"}\n");
	wire_free_entry(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_record_times),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_json_entry),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
