/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard output, without stdio: what is small gathers in a buffer, what is
 * large goes straight through, holes stay holes in a file, and the errno of the
 * write that failed is there to be told.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

struct out {
	int fd;
	struct buf b;  /* not yet written; what is appended here comes out in its turn */
	int no;        /* errno of the write that failed, 0: none did */
	bool hole_end; /* the file ends in a hole that its size does not cover yet */
};

static inline struct out out_init(int fd)
{
	return (struct out){ .fd = fd, .b = BUF_INIT };
}

/* All return 0, or -1 with *e ("write error: ..."), and -1 again once one has failed. */
int out_flush(struct out *o, struct err *e);
/* Writes the buffer if it is large enough to be worth it. */
int out_spill(struct out *o, struct err *e);
int out_write(struct out *o, const void *p, size_t n, struct err *e);
/* n zeroes: skipped at the end of a regular file, else written. */
int out_hole(struct out *o, uint64_t n, struct err *e);
/* Writes what is left and closes fd, where a late error may show; frees the buffer. */
int out_close(struct out *o, struct err *e);

#endif
