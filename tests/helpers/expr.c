/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expr [--perl] EXPR: runs an expression of guest-edit over stdin, by guest-edit itself or by
 * perl. Status 3: it is left to perl, 1: it is wrong; words on stderr.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/edit/expr.h"
#include "../../tools/edit/perl.h"
#include "util/io.h"

int main(int argc, char **argv)
{
	bool perl = argc == 3 && !strcmp(argv[1], "--perl");
	CLEANUP(buf_release) struct buf in = BUF_INIT, out = BUF_INIT;
	CLEANUP(expr_free) struct expr *x = NULL;
	struct err e = ERR_INIT;
	int r;

	if (argc != 2 + perl || fd_read_all(STDIN_FILENO, "stdin", 1u << 30, &in, &e) < 0)
		return 2;
	if (perl) {
		r = perl_apply(argv[2], in.data, in.len, &out, &e);
	} else {
		x = expr_parse(argv[1], &e);
		r = x ? expr_apply(x, in.data, in.len, &out, &e) : -1;
	}
	if (r < 0) {
		fprintf(stderr, "expr: %s\n", e.msg);
		return e.no == ENOTSUP ? 3 : 1;
	}
	return out.len && write_full(STDOUT_FILENO, out.data, out.len) < 0 ? 2 : 0;
}
