/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on a file of the guest that a library does for us, in a process of its own: a file that
 * makes it crash, loop or eat memory costs the answer, and not the daemon.
 */
#ifndef DAEMON_INSPECT_WIN_CHILD_H
#define DAEMON_INSPECT_WIN_CHILD_H

#include <stdbool.h>

#include "proto/proto.h"
#include "util/buf.h"
#include "util/err.h"

#define CHILD_OUT_MAX (64u << 20) /* bytes that a child may answer with */

/* What a child says: records one after another, sent now and then. */
struct child_out {
	int fd;
	struct buf b;
};

/*
 * In the child: reads the file, whose path it gets, and answers with child_say(). Only
 * memory, the file, and the way to answer are there.
 */
typedef int (*child_fn)(const char *file, struct child_out *out, struct err *e);

/* Adds a record to the answer. */
int child_say(struct child_out *out, bool (*xdr)(XDR *, void *), const void *v, struct err *e);

/*
 * Runs fn on the open file fd; its answer is appended to *ret, as much of it as there was
 * before a failure. -1 with *e where fn failed, crashed, or took too much time or memory;
 * name is for the message.
 */
int child_run(int fd, const char *name, child_fn fn, struct buf *ret, struct err *e);

/* What a child may use up. */
struct child_limits {
	uint64_t address_space; /* bytes */
	uint64_t heap;		/* bytes; 0: as much */
	bool renewable;		/* child_more_time() is heard */
};

/*
 * The same for answers of any length: fn gets a descriptor, and ctx as it was before the fork;
 * take gets the answer as it comes, and ends all with -1 and *e. *ret_taken: was it take that
 * failed?
 */
int child_stream(int fd, const char *name, const struct child_limits *l,
		 int (*fn)(int fd, void *ctx, struct child_out *out, struct err *e),
		 int (*take)(void *ctx, const void *p, size_t n, struct err *e), void *ctx,
		 bool *ret_taken, struct err *e);

/* In the child, now and then (n counts): it gets on, and may have its time once more. */
void child_more_time(uint64_t n);

#endif
