/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cli: options, image options, and the forms that strings and numbers take. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/csv.h"
#include "cli/image_opts.h"
#include "cli/json.h"
#include "cli/opt.h"
#include "cli/out.h"
#include "cli/safe.h"
#include "util/cleanup.h"
#include "util/io.h"

#define OPT_LEVEL OPT_ID_TOOL

static const struct opt rows[] = {
	{ 'a', "add", "FILE", "add it", 0, 0 },
	{ 'l', "long", NULL, "all of it", 0, 0 },
	{ 'x', NULL, NULL, "trace", 0, 0 },
	{ 0, "level", "N", "level", OPT_LEVEL, OPT_OPTIONAL },
	{ 0, "levels", "N", "", OPT_LEVEL, OPT_OPTIONAL | OPT_HIDDEN },
	{ 0, "long-options", NULL, "", OPT_LONG_OPTIONS, OPT_SECRET },
	OPT_END,
};

/* What options came: "a(x) l level(3) ". */
static int take(void *ctx, int id, const char *arg, struct err *e)
{
	(void)e;
	if (id == OPT_LEVEL)
		buf_addstr(ctx, "level");
	else if (id == OPT_LONG_OPTIONS)
		buf_addstr(ctx, "lists");
	else
		buf_addch(ctx, (char)id);
	if (arg)
		buf_addf(ctx, "(%s)", arg);
	buf_addch(ctx, ' ');
	return id == OPT_LONG_OPTIONS;
}

/* Parses words; want is what take() makes of them, then a bar and the operands, or the error. */
static void check_parse(const char *words, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	char copy[256], *rest = copy, *argv[16] = { (char *)"prog" };
	struct opt_parser p = { .rows = rows, .fn = take, .ctx = &b };
	struct err e = ERR_INIT;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", words);
	while (*copy && rest)
		argv[argc++] = strsep(&rest, " ");
	if (opt_parse(&p, argc, argv, &e) < 0) {
		assert_string_equal(e.msg, want);
		return;
	}
	buf_addch(&b, '|');
	for (int i = p.first; i && i < argc; i++)
		buf_addf(&b, "%s|", argv[i]);
	assert_string_equal(b.data, want);
}

static void test_opt_parse(void **state)
{
	(void)state;
	check_parse("", "|");
	check_parse("-a x y", "a(x) |y|");
	check_parse("y -ax z", "a(x) |y|z|");
	check_parse("-la x --add=z --add w", "l a(x) a(z) a(w) |");
	check_parse("--ad x -- -l", "a(x) |-l|");
	check_parse("--level --level=3 --level=", "level level(3) level() |");
	check_parse("--level 3", "level |3|");
	check_parse("--lon", "option '--lon' is ambiguous; possibilities: '--long'");
	check_parse("--long", "l |");
	check_parse("--long-options -Z", "lists |");
	check_parse("-Z", "invalid option -- 'Z'");
	check_parse("--level=3 -Zl", "invalid option -- 'Z'");
	check_parse("-lZ x", "invalid option -- 'Z'");
	check_parse("--nonsense=1", "unrecognized option '--nonsense=1'");
	check_parse("--l", "option '--l' is ambiguous; possibilities: '--long' '--level'"
			   " '--levels'");
	check_parse("--long=3", "option '--long' doesn't allow an argument");
	check_parse("-a", "option requires an argument -- 'a'");
	check_parse("y -la", "option requires an argument -- 'a'");
	check_parse("--add", "option '--add' requires an argument");
}

static void test_opt_lists(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	(void)state;
	opt_list_short(rows, &b);
	opt_list_long(rows, &b);
	assert_string_equal(b.data, "-a\n-l\n-x\n--add\n--long\n--level\n--levels\n");
	b.len = 0;
	opt_help(rows, &b);
	assert_string_equal(b.data, "  -a, --add=FILE              add it\n"
				    "  -l, --long                  all of it\n"
				    "  -x                          trace\n"
				    "      --level[=N]             level\n");
	b.len = 0;
	opt_dump(rows, &b);
	assert_string_equal(b.data, "-a\t--add\trequired\tFILE\tadd it\n"
				    "-l\t--long\tnone\t\tall of it\n"
				    "-x\t\tnone\t\ttrace\n"
				    "\t--level\toptional\tN\tlevel\n"
				    "\t--levels\toptional\tN\t\n");
}

static void check_mount(const char *s, const char *want)
{
	struct mount_arg m;
	struct err e = ERR_INIT;
	char got[256];

	assert_int_equal(mount_arg_split(s, &m, &e), 0);
	snprintf(got, sizeof(got), "%s|%s|%s|%s", m.device, m.mountpoint,
		 m.options ? m.options : "-", m.type ? m.type : "-");
	assert_string_equal(got, want);
	mount_arg_release(&m);
}

static void test_mount_arg(void **state)
{
	struct mount_arg m;
	struct err e = ERR_INIT;

	(void)state;
	check_mount("/dev/sda1", "/dev/sda1|/|-|-");
	check_mount("/dev/sda1:/usr", "/dev/sda1|/usr|-|-");
	check_mount("/dev/sda1:/:noatime", "/dev/sda1|/|noatime|-");
	check_mount("/dev/sda1:::ext4", "/dev/sda1|/|-|ext4");
	check_mount("/dev/vg/lv:/x:ro,acl:xfs:y", "/dev/vg/lv|/x|ro,acl|xfs:y");
	assert_int_equal(mount_arg_split(":/x", &m, &e), -1);
	assert_int_equal(mount_arg_split("", &m, &e), -1);
}

static void test_drive_path(void **state)
{
	static const struct {
		const char *name, *path, *error;
	} rows_[] = {
		{ "disk.img", "disk.img", NULL },
		{ "a:b", "a:b", NULL },
		{ "Nbd://x", "Nbd://x", NULL },
		{ "toolongname://x", "toolongname://x", NULL },
		{ "://x", "://x", NULL },
		{ "file:///a/b%20c", "/a/b c", NULL },
		{ "file://localhost/a", "/a", NULL },
		{ "file://host/a", NULL, "absolute path" },
		{ "file:///a%0", NULL, "hexadecimal" },
		{ "file:///a%00", NULL, "hexadecimal" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows_); i++) {
		struct err e = ERR_INIT;
		CLEANUP(free) char *path = drive_path(rows_[i].name, &e);

		if (rows_[i].path)
			assert_string_equal(path, rows_[i].path);
		else
			assert_non_null(strstr(e.msg, rows_[i].error));
	}
}

static void give(struct image_opts *io, int id, const char *arg)
{
	struct err e = ERR_INIT;

	assert_int_equal(image_opt(io, id, arg, &e), 1);
}

/* --format and --blocksize apply to what comes after them. */
static void test_image_opts(void **state)
{
	struct image_opts io = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	give(&io, 'a', "0");
	give(&io, OPT_FORMAT, "qcow2");
	give(&io, OPT_BLOCKSIZE, "4096");
	assert_int_equal(image_opts_check(&io, &e), -1);
	assert_string_equal(e.msg, "--format parameter must appear before -a parameter");
	give(&io, 'a', "1");
	give(&io, 'a', "2");
	give(&io, OPT_FORMAT, NULL);
	give(&io, 'a', "3");
	give(&io, OPT_BLOCKSIZE, NULL);
	assert_int_equal(image_opts_check(&io, &e), -1);
	assert_string_equal(e.msg, "--blocksize parameter must appear before -a parameter");
	give(&io, 'a', "4");
	assert_int_equal(image_opts_check(&io, &e), 0);
	assert_int_equal(io.n_drives, 5);
	assert_null(io.drives[0].format);
	assert_string_equal(io.drives[1].format, "qcow2");
	assert_string_equal(io.drives[2].format, "qcow2");
	assert_null(io.drives[3].format);
	assert_int_equal(io.drives[0].blocksize, 0);
	assert_int_equal(io.drives[3].blocksize, 4096);
	assert_int_equal(io.drives[4].blocksize, 0);
	assert_int_equal(image_opt(&io, OPT_BLOCKSIZE, "1024", &e), -1);
	assert_int_equal(image_opt(&io, OPT_BLOCKSIZE, "x", &e), -1);
	assert_int_equal(image_opt(&io, OPT_FORMAT, "no such", &e), -1);
	assert_int_equal(image_opt(&io, OPT_ACCEL, "hvf", &e), -1);
	assert_int_equal(image_opt(&io, 'Q', NULL, &e), 0);
	give(&io, OPT_ACCEL, "tcg");
	assert_int_equal(io.session.accel, SESSION_ACCEL_TCG);
	give(&io, OPT_PROGRESS, NULL);
	assert_int_equal(io.progress, PROGRESS_BAR);
	give(&io, 'm', "/dev/sda1");
	image_opts_release(&io);
}

static void check_safe(const char *s, enum safe_how how, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	safe_add(&b, s, how);
	assert_string_equal(b.data, want);
}

static void test_safe(void **state)
{
	(void)state;
	check_safe("a\x1b[31m\n\\", SAFE_RAW, "a\x1b[31m\n\\");
	check_safe("a\x1b[31m\n\\", SAFE_NAME, "a\\x1b[31m\\n\\\\");
	check_safe("a\x1b[31m\n\\", SAFE_MESSAGE, "a\\x1b[31m\\n\\");
	check_safe("\a\b\t\v\f\r\x7f", SAFE_NAME, "\\a\\b\\t\\v\\f\\r\\x7f");
	check_safe("\xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80", SAFE_NAME,
		   "\xc3\xa9t\xc3\xa9 \xf0\x9f\x98\x80");
	check_safe("\xc2\x9b" "1m", SAFE_NAME, "\\xc2\\x9b1m");              /* C1 */
	check_safe("\xe2\x80\xae" "x", SAFE_NAME, "\\xe2\\x80\\xaex");       /* right-to-left */
	check_safe("\xe2\x80\xa8", SAFE_MESSAGE, "\\xe2\\x80\\xa8");         /* a line */
	check_safe("\xff\xc3", SAFE_NAME, "\\xff\\xc3");                     /* cut short */
	check_safe("\xc0\xaf", SAFE_NAME, "\\xc0\\xaf");                     /* overlong */
	check_safe("\xe0\x80\xaf", SAFE_NAME, "\\xe0\\x80\\xaf");            /* overlong */
	check_safe("\xed\xa0\x80", SAFE_NAME, "\\xed\\xa0\\x80");            /* surrogate */
	check_safe("\xf4\x90\x80\x80", SAFE_NAME, "\\xf4\\x90\\x80\\x80");   /* too large */
}

static void test_json(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct json j = json_init(&b);

	(void)state;
	json_open_object(&j, NULL);
	json_str(&j, "a", "q\"b\\n\nt\tc\x01" "e\xc3\xa9");
	json_str(&j, "none", NULL);
	json_u64(&j, "zero", 0);
	json_u64(&j, "max", UINT64_MAX);
	json_i64(&j, "min", INT64_MIN);
	json_bool(&j, "yes", true);
	json_open_array(&j, "list");
	json_open_object(&j, NULL);
	json_close(&j);
	json_str(&j, NULL, "x");
	json_close(&j);
	json_open_array(&j, "empty");
	json_close(&j);
	json_close(&j);
	assert_string_equal(b.data, "{\"a\":\"q\\\"b\\\\n\\nt\\tc\\u0001e\xc3\xa9\",\"none\":null,"
				    "\"zero\":0,\"max\":18446744073709551615,"
				    "\"min\":-9223372036854775808,\"yes\":true,"
				    "\"list\":[\n{},\n\"x\"\n],\"empty\":[]}\n");
}

static void check_json(const char *s, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct json j = json_init(&b);

	json_open_object(&j, NULL);
	json_str(&j, "k", s);
	json_close(&j);
	assert_string_equal(b.data, want);
}

/* Bytes that are not UTF-8 are shown, and given in full. */
static void test_json_bytes(void **state)
{
	(void)state;
	check_json("a\xff", "{\"k\":\"a\xef\xbf\xbd\",\"k_b64\":\"Yf8=\"}\n");
	check_json("\xff", "{\"k\":\"\xef\xbf\xbd\",\"k_b64\":\"/w==\"}\n");
	check_json("ab\xc3", "{\"k\":\"ab\xef\xbf\xbd\",\"k_b64\":\"YWLD\"}\n");
	check_json("\x7f\xc2\x80\xe2\x80\xae", "{\"k\":\"\\u007f\\u0080\\u202e\"}\n");
	check_json("\xf3\xa0\x80\x81", "{\"k\":\"\\udb40\\udc01\"}\n");
}

static void test_json_time(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct json j = json_init(&b);

	(void)state;
	json_open_array(&j, NULL);
	json_time(&j, NULL, 0, 1);
	json_time(&j, NULL, -1, 999999999);
	json_time(&j, NULL, INT64_C(253402300799), 0);
	json_time(&j, NULL, INT64_C(253402300800), 0);
	json_time(&j, NULL, INT64_MIN, 0);
	json_close(&j);
	assert_string_equal(b.data, "[\n\"1970-01-01T00:00:00.000000001Z\","
				    "\n\"1969-12-31T23:59:59.999999999Z\","
				    "\n\"9999-12-31T23:59:59.000000000Z\","
				    "\n253402300800,\n-9223372036854775808\n]\n");
}

static void check_csv(const char *s, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	csv_add(&b, s, SAFE_RAW);
	assert_string_equal(b.data, want);
}

static void test_csv(void **state)
{
	(void)state;
	check_csv("plain", "plain");
	check_csv("tab\tcr\r", "tab\tcr\r");
	check_csv("a b", "\"a b\"");
	check_csv("a,b", "\"a,b\"");
	check_csv("a\nb", "\"a\nb\"");
	check_csv("\"", "\"\"\"\"");
	check_csv("\"\"x\"", "\"\"\"\"\"x\"\"\"");
}

static void test_human_size(void **state)
{
	static const struct {
		uint64_t size;
		const char *want;
	} sizes[] = {
		{ 0, "0" },
		{ 1023, "1023" },
		{ 1024, "1.0K" },
		{ 1025, "1.0K" },
		{ 1075, "1.0K" }, /* 1.0498 */
		{ 1076, "1.1K" }, /* 1.0508 */
		{ 1280, "1.2K" }, /* 1.25: to the even one */
		{ 4096, "4.0K" },
		{ 10188, "9.9K" },
		{ 10189, "10K" },
		{ 10240, "10K" },
		{ 10752, "10K" }, /* 10.5: to the even one */
		{ 11776, "12K" }, /* 11.5 */
		{ 768000, "750K" },
		{ 1047552, "1023K" },
		{ 1048063, "1023K" },
		{ 1048064, "1.0M" }, /* 1023.5 */
		{ 1048575, "1.0M" },
		{ 1500000, "1.4M" },
		{ 5368709120, "5.0G" },
		{ UINT64_MAX, "16E" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char s[HUMAN_SIZE_MAX];

		assert_string_equal(human_size(sizes[i].size, s), sizes[i].want);
	}
}

/* Holes: skipped at the end of a file, written everywhere else. */
static void test_out(void **state)
{
	char name[] = "/tmp/test-cli.XXXXXX", got[16] = "";
	CLEANUP(fd_close) int fd = mkstemp(name);
	struct out o = out_init(dup(fd));
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(write_full(fd, "old old", 7), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	buf_addstr(&o.b, "a");
	assert_int_equal(out_hole(&o, 2, &e), 0);
	assert_int_equal(out_write(&o, "bcdef", 5, &e), 0);
	assert_int_equal(out_hole(&o, 1 << 20, &e), 0);
	assert_int_equal(out_close(&o, &e), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 8 + (1 << 20));
	assert_true(st.st_blocks * 512 < 1 << 20);
	assert_int_equal(pread(fd, got, 9, 0), 9);
	assert_memory_equal(got, "a\0\0bcdef", 9);
}

static void test_out_full(void **state)
{
	struct out o = out_init(open("/dev/full", O_WRONLY | O_CLOEXEC));
	struct err e = ERR_INIT;

	(void)state;
	buf_addstr(&o.b, "x");
	assert_int_equal(out_spill(&o, &e), 0);
	assert_int_equal(out_flush(&o, &e), -1);
	assert_string_equal(e.msg, "write error: No space left on device");
	assert_int_equal(out_write(&o, "x", 1, &e), -1);
	assert_int_equal(out_close(&o, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opt_parse),  cmocka_unit_test(test_opt_lists),
		cmocka_unit_test(test_mount_arg),  cmocka_unit_test(test_drive_path),
		cmocka_unit_test(test_image_opts), cmocka_unit_test(test_safe),
		cmocka_unit_test(test_json),       cmocka_unit_test(test_json_bytes),
		cmocka_unit_test(test_json_time),  cmocka_unit_test(test_csv),
		cmocka_unit_test(test_human_size), cmocka_unit_test(test_out),
		cmocka_unit_test(test_out_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
