/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of the appliance: no shell, standard input empty unless given, what they say bounded. */
#ifndef DAEMON_RUN_H
#define DAEMON_RUN_H

#include "util/buf.h"
#include "util/err.h"

/* Bytes of standard output that a program may write; more is EFBIG, and kills it. */
#define RUN_OUT_MAX (8u << 20)

/*
 * Runs argv (NULL at its end; argv[0] is looked up in PATH) and waits for it.
 * Its standard output is appended to *out, or dropped where out is NULL. An exit
 * status other than 0, or death by a signal, is a failure: *e then has what the
 * program wrote to standard error, with EIO.
 */
int run(const char *const argv[], struct buf *out, struct err *e);

/* The same for a program that reads its standard input, which is n bytes. */
int run_filter(const char *const argv[], const void *in, size_t n, struct buf *out, struct err *e);

/*
 * The same for programs whose exit status is an answer: 0 with *ret_status where
 * the program ended by itself. ret_words, unless NULL, gets its standard error.
 */
int run_status(const char *const argv[], struct buf *out, struct buf *ret_words, int *ret_status,
	       struct err *e);

#endif
