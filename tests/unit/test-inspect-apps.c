/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The applications of a guest, as records on a stream: sorted, bounded, refused where damaged. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "facts.h"
#include "proto/frame.h"
#include "util/xalloc.h"

static bool xdr_app(XDR *x, void *v)
{
	return wire_xdr_application(x, v);
}

/* n records, each named after its number, from the last to the first. */
static void stream_of(struct buf *b, unsigned n)
{
	struct err e = ERR_INIT;

	while (n--) {
		CLEANUP(free) char *name = xasprintf("app-%05u", n / 2);
		CLEANUP(free) char *version = xasprintf("%u", n);
		wire_application a = facts_app(n % 3 ? "deb" : "rpm", name, version);

		assert_int_equal(frame_encode(b, xdr_app, &a, &e), 0);
	}
}

static void test_apps(void **state)
{
	static const size_t pieces[] = { 1, 7, 100, 4096, 1 << 20 };
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;

	(void)state;
	stream_of(&b, 500);
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct apps a = { .rest = BUF_INIT };
		struct apps_kind kinds[APPS_KINDS_MAX];

		for (size_t at_byte = 0; at_byte < b.len; at_byte += pieces[i]) {
			size_t n = b.len - at_byte < pieces[i] ? b.len - at_byte : pieces[i];

			assert_int_equal(apps_data(&a, b.data + at_byte, n, &e), 0);
		}
		assert_int_equal(apps_check(&a, 500, &e), 0);
		assert_int_equal(apps_check(&a, 501, &e), -1);
		apps_sort(&a);
		/* Two have each name; the larger number came first. */
		for (size_t k = 0; k < a.n; k++)
			assert_int_equal(strtoul(a.v[k].version, NULL, 10), k ^ 1);
		assert_int_equal(apps_count(&a, kinds), 2);
		assert_int_equal(kinds[0].n + kinds[1].n, 500);
		apps_release(&a);
	}
}

static void test_apps_bad(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct apps a = { .rest = BUF_INIT };
	struct err e = ERR_INIT;
	int r = 0;

	(void)state;
	stream_of(&b, 3);
	assert_int_equal(apps_data(&a, b.data, b.len - 1, &e), 0);
	assert_int_equal(apps_check(&a, 2, &e), -1);
	assert_int_equal(e.no, EPROTO);
	apps_release(&a);

	/* No record begins with these. */
	memset(buf_room(&b, 65536), 0xff, 65536);
	for (int i = 0; i < 64 && r == 0; i++)
		r = apps_data(&a, b.data + b.len, 65536, &e);
	assert_int_equal(r, -1);
	assert_int_equal(e.no, EPROTO);
	apps_release(&a);

	a.bytes = APPS_BYTES_MAX;
	assert_int_equal(apps_data(&a, "", 1, &e), -1);
	assert_int_equal(e.no, EFBIG);
	apps_release(&a);
}

/* As many as a large system has. */
static void test_apps_many(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct apps a = { .rest = BUF_INIT };
	struct err e = ERR_INIT;
	wire_guest g = facts_guest("/dev/sda");
	struct facts f = { .guest = &g, .has_apps = true };
	const struct inspect_options o = { .output = INSPECT_XML };
	CLEANUP(free) char *s = NULL;

	(void)state;
	stream_of(&b, 10000);
	assert_int_equal(apps_data(&a, b.data, b.len, &e), 0);
	apps_sort(&a);
	assert_string_equal(a.v[9999].name, "app-04999");
	f.apps = a;
	s = facts_print(&o, &f);
	assert_non_null(strstr(s, "<name>app-04999</name>"));
	apps_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apps),
		cmocka_unit_test(test_apps_bad),
		cmocka_unit_test(test_apps_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
