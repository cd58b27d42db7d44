/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-log: its options, lines of syslog, and how entries are printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/inspect/log_line.h"
#include "tools/log/log.h"
#include "util/cleanup.h"

#define NOW 1614834367 /* 2021-03-04 05:06:07 UTC, a Thursday */

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{ "2021-03-04 05:06:07", NOW },
		{ "2021-03-04T05:06:07", NOW },
		{ "2021-03-04 05:06", NOW - 7 },
		{ "2021-03-04", NOW - 5 * 3600 - 6 * 60 - 7 },
		{ "05:06", NOW - 7 },
		{ "now", NOW },
		{ "today", NOW - 18367 },
		{ "yesterday", NOW - 18367 - 86400 },
		{ "tomorrow", NOW - 18367 + 86400 },
		{ "-1h", NOW - 3600 },
		{ "-1h 30min", NOW - 5400 },
		{ "-1h30min", NOW - 5400 },
		{ "+2d", NOW + 172800 },
		{ "-5", NOW - 5 },
		{ "2 hours ago", NOW - 7200 },
		{ "1 week 2 days ago", NOW - 9 * 86400 },
		{ "90 ago", NOW - 90 },
		{ "@0", 0 },
		{ "@1614834367", NOW },
	};
	static const char *const bad[] = {
		"", " ", "never", "2021", "2021-13-01", "2021-00-01", "2021-03-32", "2024-02-30", "2023-02-29",
		"2021-04-31 05:06", "24:00",
		"05:60", "05:06:61", "5", "1h", "-", "+", "-h", "-1x", "ago", "-1h ago ago", "@",
		"@-1", "@1x", "@99999999999999999999", "2021-03-04 ", "2021-03-04 05:06:07 x",
		"-999999999y", "--1h",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		int64_t usec = -1;

		if (log_time_parse(rows[i].text, NOW, &usec, &e) || usec != rows[i].seconds * 1000000)
			fail_msg("'%s': %lld %s", rows[i].text, (long long)usec, e.msg);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;
		int64_t usec;

		if (!log_time_parse(bad[i], NOW, &usec, &e))
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(e.no, EINVAL);
	}
}

static void test_priorities(void **state)
{
	static const struct {
		const char *text;
		unsigned bits;
	} rows[] = {
		{ "err", 0x0f }, { "3", 0x0f },	      { "emerg", 1 },	      { "debug", 0xff },
		{ "7", 0xff },	 { "err..info", 0x78 }, { "info..err", 0x78 }, { "4..4", 0x10 },
	};
	static const char *const bad[] = { "", "8", "-1", "loud", "err..", "..err", "err...info", "33" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		unsigned bits = 0;

		assert_int_equal(log_priorities_parse(rows[i].text, &bits, &e), 0);
		assert_int_equal(bits, rows[i].bits);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err e = ERR_INIT;
		unsigned bits;

		if (!log_priorities_parse(bad[i], &bits, &e))
			fail_msg("'%s' was taken", bad[i]);
	}
}

static void test_boots(void **state)
{
	static const char id[] = "0123456789abcdef0123456789abcdef";
	static const struct {
		const char *text, *id;
		int64_t offset;
	} rows[] = {
		{ "", "", 0 },
		{ "0", "", 0 },
		{ "-1", "", -1 },
		{ "12", "", 12 },
		{ "+3", "", 3 },
		{ id, id, 0 },
		{ "01234567-89ab-cdef-0123-456789abcdef", id, 0 },
		{ "0123456789abcdef0123456789abcdef-2", id, -2 },
		{ "0123456789abcdef0123456789abcdef+1", id, 1 },
	};
	static const char *const bad[] = { "x", "-", "1x", "0123456789abcdef0123456789abcdef_",
					   "99999999999999999999", "-99999999999", "abc" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct log_options o = { 0 };
		struct err e = ERR_INIT;

		if (log_boot_parse(rows[i].text, &o, &e) || strcmp(o.boot, rows[i].id) != 0 ||
		    o.boot_offset != rows[i].offset || !o.one_boot)
			fail_msg("'%s': '%s' %lld", rows[i].text, o.boot, (long long)o.boot_offset);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct log_options o = { 0 };
		struct err e = ERR_INIT;

		if (!log_boot_parse(bad[i], &o, &e))
			fail_msg("'%s' was taken", bad[i]);
	}
}

/* ---- lines */

static bool is(struct span s, const char *text)
{
	return s.n == strlen(text) && !memcmp(s.s, text, s.n);
}

static void test_lines(void **state)
{
	static const struct {
		const char *line;
		int64_t time, pid; /* time -1: not dated */
		uint32_t ns;
		const char *host, *ident, *message;
	} rows[] = {
		{ "Mar  4 05:06:07 h id[12]: text: more", NOW, 12, 0, "h", "id", "text: more" },
		{ "Mar  4 05:06:07 h id: text", NOW, -1, 0, "h", "id", "text" },
		{ "Mar  4 05:06:07 h no ident here", NOW, -1, 0, "h", "", "no ident here" },
		{ "Mar  4 05:06:07 h", NOW, -1, 0, "h", "", "" },
		{ "Mar  4 05:06:07 h a/b[x]: text", NOW, -1, 0, "h", "a/b[x]", "text" },
		{ "Mar  4 05:06:07 h [1]: text", NOW, -1, 0, "h", "[1]", "text" },
		{ "Mar  4 05:06:07 h id[1234567890]: t", NOW, -1, 0, "h", "id[1234567890]", "t" },
		{ "Mar 04 05:06:07 h id: t", NOW, -1, 0, "h", "id", "t" },
		{ "Mar  5 05:06:07 h id: t", NOW + 86400, -1, 0, "h", "id", "t" },
		{ "Mar  6 05:06:07 h id: t", NOW + 2 * 86400 - 365 * 86400, -1, 0, "h", "id", "t" },
		{ "Dec 31 23:59:59 h id: t", 1609459199, -1, 0, "h", "id", "t" },
		{ "2021-03-04T05:06:07Z h id: t", NOW, -1, 0, "h", "id", "t" },
		{ "2021-03-04T06:06:07.5+01:00 h id[1]: t", NOW, 1, 500000000, "h", "id", "t" },
		{ "2021-03-04T00:06:07.123456789123-05:00 h id: t", NOW, -1, 123456789, "h", "id", "t" },
		{ "Mär  4 05:06:07 h id: t", -1, -1, 0, "", "", "Mär  4 05:06:07 h id: t" },
		{ "Mar 40 05:06:07 h id: t", -1, -1, 0, "", "", "Mar 40 05:06:07 h id: t" },
		{ "Mar  4 25:06:07 h id: t", -1, -1, 0, "", "", "Mar  4 25:06:07 h id: t" },
		{ "2021-03-04 05:06:07 h id: t", -1, -1, 0, "", "", "2021-03-04 05:06:07 h id: t" },
		{ "2021-03-04T05:06:07 h id: t", -1, -1, 0, "", "", "2021-03-04T05:06:07 h id: t" },
		{ "Mar", -1, -1, 0, "", "", "Mar" },
		{ "", -1, -1, 0, "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct span line = { rows[i].line, strlen(rows[i].line) };
		struct log_line l;

		log_line_parse(line, NOW, &l);
		if (l.dated != (rows[i].time != -1) || (l.dated && l.time != rows[i].time) ||
		    l.pid != rows[i].pid || (l.dated && l.ns != rows[i].ns) ||
		    !is(l.host, rows[i].host) || !is(l.ident, rows[i].ident) ||
		    !is(l.message, rows[i].message))
			fail_msg("'%s': %lld.%u %lld '%.*s' '%.*s'", rows[i].line, (long long)l.time,
				 l.ns, (long long)l.pid, (int)l.ident.n, l.ident.s,
				 (int)l.message.n, l.message.s);
	}
}

/* Around New Year the year of a line is that of the file, or the one before or after. */
static void test_year(void **state)
{
	static const struct span eve = { "Dec 31 23:59:59 h id: t", 23 };
	static const struct span day = { "Jan  1 00:00:01 h id: t", 23 };
	struct log_line l;

	(void)state;
	log_line_parse(eve, 1609459200, &l); /* the file: 2021-01-01 00:00:00 */
	assert_int_equal(l.time, 1609459199);
	log_line_parse(day, 1609459199, &l); /* the file: 2020-12-31 23:59:59 */
	assert_int_equal(l.time, 1609459201);
	log_line_parse(day, 1609459201, &l);
	assert_int_equal(l.time, 1609459201);
}

/* ---- printing */

static char *printed(const wire_log_entry *x, enum log_form form, enum safe_how how)
{
	struct out out = { .fd = -1, .b = BUF_INIT };
	struct log_printer p = { .form = form, .how = how, .out = &out };
	struct err e;

	assert_int_equal(log_print(&p, x, &e), 0);
	return buf_take(&out.b);
}

#define S(text) ((char[]){ text })

static void test_print(void **state)
{
	wire_log_entry x = { .origin = S("journal"), .time = NOW, .host = S("h"), .ident = S("id"),
			     .pid = 7, .priority = 3, .message = S("a\n\tb\33[1m\\"), .level = S(""),
			     .user = S(""), .xml = S("") };
	CLEANUP(free) char *raw = printed(&x, LOG_SHORT, SAFE_RAW);
	CLEANUP(free) char *safe = printed(&x, LOG_SHORT_ISO, SAFE_NAME);
	CLEANUP(free) char *cat = printed(&x, LOG_CAT, SAFE_RAW);

	(void)state;
	assert_string_equal(raw, "Mar 04 05:06:07 id[7] err: a\n\tb\33[1m\\\n");
	assert_string_equal(safe, "2021-03-04T05:06:07+0000 h id[7] err: a\n\tb\\x1b[1m\\\n");
	assert_string_equal(cat, "a\n\tb\33[1m\\\n");
	x.ident = x.message = S("");
	x.pid = x.priority = -1;
	CLEANUP(free) char *bare = printed(&x, LOG_SHORT, SAFE_RAW);
	assert_string_equal(bare, "Mar 04 05:06:07 info: \n");
	x.time = INT64_MAX;
	CLEANUP(free) char *never = printed(&x, LOG_SHORT, SAFE_RAW);
	assert_string_equal(never, "? info: \n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times), cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_boots), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_year),  cmocka_unit_test(test_print),
	};

	setenv("TZ", "UTC0", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
