/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An expression of guest-edit, up to the first NUL byte, over the lines behind it. */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tools/edit/expr.h"
#include "util/xalloc.h"

#define LINES_MAX 2000 /* bytes: a match is bounded, and there are as many as lines */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const uint8_t *nul = memchr(data, 0, n);
	size_t len = nul ? (size_t)(nul - data) : n, rest = nul ? n - len - 1 : 0;
	CLEANUP(free) char *text = xmemdup0(data, len);
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	CLEANUP(expr_free) struct expr *x = expr_parse(text, &e);

	/* Each refusal has its reason. */
	if (!x && ((e.no != ENOTSUP && e.no != EINVAL) || !e.msg[0]))
		__builtin_trap();
	if (x && rest && rest <= LINES_MAX)
		(void)!expr_apply(x, nul + 1, rest, &out, &e);
	return 0;
}
