/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-inspect --xpath: what is found, how it is printed, and what is no expression. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "facts.h"
#include "tools/inspect/xpath.h"
#include "util/io.h"

static const char document[] =
	"<?xml version=\"1.0\"?>\n<a>\n  <b dev=\"\xc3\xa9\">t\xc3\xa9&amp;</b>\n  <b><c>1</c></b>\n</a>\n";

static void test_xpath(void **state)
{
	static const char *const rows[][2] = {
		{ "//c", "<c>1</c>\n" },
		{ "/a/b", "<b dev=\"&#xE9;\">t&#xE9;&amp;</b>\n<b>\n  <c>1</c>\n</b>\n" },
		{ "//@dev", " dev=\"&#xE9;\"\n" },
		{ "//none", "" },
		{ "string(/a/b)", "t\xc3\xa9&\n" },
		{ "string(//none)", "" },
		{ "'x\n'", "x\n" },
		{ "count(//b)", "2\n" },
		{ "1 = 1", "true\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		CLEANUP(fd_close) int fd = facts_file(document);
		struct err e = ERR_INIT;

		assert_int_equal(xpath_query(fd, rows[i][0], &b, &e), 0);
		assert_string_equal(b.len ? b.data : "", rows[i][1]);
	}
}

static void test_xpath_bad(void **state)
{
	static const struct {
		const char *xml, *query, *words;
	} rows[] = {
		{ document, "///[", "unable to evaluate XPath expression: Invalid expression" },
		{ document, "foo()", "unable to evaluate XPath expression: " },
		{ "<a", "/", "unable to parse XML from stdin: line 1: " },
		{ "", "/", "unable to parse XML from stdin: " },
		{ "<a>\x01</a>", "/", "unable to parse XML from stdin: line 1: " },
		{ "<!DOCTYPE a [ <!ENTITY x \"y\"> ]><a>&x;</a>", "string(/)",
		  "unable to parse XML from stdin: it declares entities" },
		{ "<!DOCTYPE a [ <!ENTITY x SYSTEM \"file:///etc/passwd\"> ]><a>&x;</a>", "/",
		  "unable to parse XML from stdin: it declares entities" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		CLEANUP(fd_close) int fd = facts_file(rows[i].xml);
		struct err e = ERR_INIT;

		assert_int_equal(xpath_query(fd, rows[i].query, &b, &e), -1);
		assert_memory_equal(e.msg, rows[i].words, strlen(rows[i].words));
		assert_int_equal(b.len, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xpath),
		cmocka_unit_test(test_xpath_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
