/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * expr [--perl] EXPR: runs an expression of guest-edit over stdin, by guest-edit itself or by
 * perl. Status 3: it is left to perl, 1: it is wrong; words on stderr.
 *
 * expr --compare FILE...: runs those on stdin, one a line, by both over each file. Status 1 at
 * the first that is wrong or has another result.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/edit/expr.h"
#include "../../tools/edit/perl.h"
#include "util/cleanup.h"
#include "util/io.h"

/* 0, or -1 with *e. */
static int apply(const char *text, bool perl, const struct buf *in, struct buf *out, struct err *e)
{
	CLEANUP(expr_free) struct expr *x = NULL;

	if (perl)
		return perl_apply(text, in->data, in->len, out, e);
	x = expr_parse(text, e);
	return x ? expr_apply(x, in->data, in->len, out, e) : -1;
}

static int compare_one(const char *text, const char *file, struct err *e)
{
	CLEANUP(buf_release) struct buf in = BUF_INIT, ours = BUF_INIT, perls = BUF_INIT;
	CLEANUP(fd_close) int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, errno, "'%s': cannot open", file);
	if (fd_read_all(fd, file, 1u << 30, &in, e) < 0 || apply(text, false, &in, &ours, e) < 0 ||
	    apply(text, true, &in, &perls, e) < 0)
		return -1;
	if (ours.len != perls.len || (ours.len && memcmp(ours.data, perls.data, ours.len) != 0))
		return err_set(e, EINVAL, "another result than perl's");
	return 0;
}

static int compare(char **files, struct err *e)
{
	CLEANUP(free) char *line = NULL;
	size_t size = 0, i;
	ssize_t n;

	while ((n = getline(&line, &size, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		for (i = 0; files[i]; i++)
			if (compare_one(line, files[i], e) < 0) {
				fprintf(stderr, "expr: %s, %s: %s\n", line, files[i], e->msg);
				return -1;
			}
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool perl = argc == 3 && !strcmp(argv[1], "--perl");
	CLEANUP(buf_release) struct buf in = BUF_INIT, out = BUF_INIT;
	struct err e = ERR_INIT;

	if (argc > 2 && !strcmp(argv[1], "--compare"))
		return compare(argv + 2, &e) < 0 ? 1 : 0;
	if (argc != 2 + perl || fd_read_all(STDIN_FILENO, "stdin", 1u << 30, &in, &e) < 0)
		return 2;
	if (apply(argv[argc - 1], perl, &in, &out, &e) < 0) {
		fprintf(stderr, "expr: %s\n", e.msg);
		return e.no == ENOTSUP ? 3 : 1;
	}
	return out.len && write_full(STDOUT_FILENO, out.data, out.len) < 0 ? 2 : 0;
}
