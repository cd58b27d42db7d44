/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of this host that a tool runs: an editor, a checker, diff, perl, what asks libvirt. */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/* Where a child's descriptors lead; NULL: to ours. */
struct child_io {
	const void *in; /* its standard input: n bytes */
	size_t n;
	struct buf *out;    /* gets its standard output, all that comes */
	struct buf *errors; /* gets what it says, the first kilobytes; may be the same as out */
	bool terminal;	    /* it has the terminal: Ctrl-C is its own */
};

/*
 * Runs argv, found in PATH, and waits for its end: *ret_status as waitpid(2) has it. env: one more
 * variable, "NAME=VALUE", or NULL. -1 with *e where it cannot be run (ENOENT: it is not installed).
 */
int child_run(char *const *argv, const char *env, const struct child_io *io, int *ret_status,
	      struct err *e);

/* The same for a command of the shell, with one argument more than it has. */
int child_shell(const char *command, const char *arg, const struct child_io *io, int *ret_status,
		struct err *e);

/* "exit status 1", "killed by signal 9 (Killed)" */
const char *child_ended(int status, char ret[64]);

#endif
