/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that reads hives: what it says, how it may end, and what it has. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "daemon/inspect/win_child.h"
#include "peer.h"
#include "util/io.h"

static bool xdr_strs(XDR *x, void *v)
{
	return wire_xdr_strs(x, v);
}

static int child_fails(const char *file, struct child_out *out, struct err *e)
{
	char *word = peer_str("before");
	const wire_strs said = { 1, &word };

	assert_string_equal(file, "/proc/self/fd/3");
	return child_say(out, xdr_strs, &said, e) < 0 ? -1 : err_set(e, EIO, "words of its own");
}

static int child_crashes(const char *file, struct child_out *out, struct err *e)
{
	(void)file;
	(void)out;
	(void)e;
	signal(SIGSEGV, SIG_DFL); /* a sanitizer would tell of it */
	raise(SIGSEGV);
	return 0;
}

static int child_is_slow(const char *file, struct child_out *out, struct err *e)
{
	(void)file;
	(void)out;
	(void)e;
	raise(SIGXCPU); /* as the limit does */
	return 0;
}

static int child_talks(const char *file, struct child_out *out, struct err *e)
{
	static char text[60000];
	char *word = text;
	const wire_strs said = { 1, &word };

	(void)file;
	memset(text, 'x', sizeof(text) - 1);
	for (;;)
		if (child_say(out, xdr_strs, &said, e) < 0)
			return -1;
}

/* Only what it was given is open. */
static int child_looks(const char *file, struct child_out *out, struct err *e)
{
	(void)file;
	(void)out;
	for (int fd = 5; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return err_set(e, EBADF, "descriptor %d is open", fd);
	return 0;
}

static void test_child(void **state)
{
	static const struct {
		child_fn fn;
		const char *words; /* NULL: it does not fail */
	} rows[] = {
		{ child_fails, "'a file': words of its own" },
		{ child_crashes, "'a file': it is damaged: reading it ended in signal 11" },
		{ child_is_slow, "'a file': reading it took too long" },
		{ child_talks, "'a file': it has too much in it" },
		{ child_looks, NULL },
	};
	CLEANUP(fd_close) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		struct err e = ERR_INIT;
		int rc = child_run(fd, "a file", rows[i].fn, &b, &e);

		assert_int_equal(rc, rows[i].words ? -1 : 0);
		assert_string_equal(e.msg, rows[i].words ? rows[i].words : "");
		assert_true(rows[i].fn == child_talks || b.len == (i ? 0u : 16u));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
