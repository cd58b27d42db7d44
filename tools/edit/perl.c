/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See perl.h. The text reaches perl in the environment and is compiled there, once, by eval:
 * it is never part of a program that we put together.
 */
#include "perl.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "cli/child.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define EXPRESSION "GUEST_EDIT_EXPRESSION"

static const char program[] =
	"my $text = delete $ENV{" EXPRESSION "};\n"
	"our $lineno = 0;\n"
	"my $each = eval qq{sub {\\n#line 1 \"expression\"\\n$text\\n}};\n"
	"die $@ unless $each;\n"
	"undef $@;\n"
	"while (<STDIN>) {\n"
	"    $lineno++;\n"
	"    $each->();\n"
	"    print STDOUT $_ or die \"print: $!\";\n"
	"}\n"
	"close STDOUT or die \"close: $!\";\n";

/* A fault of perl's in one line: without its full stop and line end. */
static int perl_failed(int status, struct buf *words, struct err *e)
{
	char ended[64];
	size_t n = words->len;

	while (n && strchr("\n. ", words->data[n - 1]))
		n--;
	if (!n)
		return err_set(e, EINVAL, "the expression ended perl (%s)",
			       child_ended(status, ended));
	return err_set(e, EINVAL, "perl: %.*s", (int)(n < 800 ? n : 800), words->data);
}

int perl_apply(const char *text, const void *in, size_t n, struct buf *out, struct err *e)
{
	static char perl[] = "perl", option[] = "-e", code[sizeof(program)];
	char *argv[] = { perl, option, code, NULL };
	CLEANUP(free) char *env = xasprintf(EXPRESSION "=%s", text);
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	const struct child_io io = { .in = in ? in : "", .n = n, .out = out, .errors = &words };
	int status;

	memcpy(code, program, sizeof(program));
	if (child_run(argv, env, &io, &status, e) < 0) {
		if (e->no == ENOENT)
			return err_hint(e, "this expression needs it: install perl, or use one that "
					   "guest-edit understands itself (see EXPRESSIONS in its "
					   "manual)");
		return -1;
	}
	return status ? perl_failed(status, &words, e) : 0;
}
