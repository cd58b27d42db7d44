/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes into the file system: a folder, which tar packs, or a tar archive, which gzip or one of
 * its kin may have to unpack. Either is a stream of tar, which can be had more than once.
 */
#ifndef MAKE_FS_INPUT_H
#define MAKE_FS_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "util/buf.h"
#include "util/err.h"

struct input {
	const char *name;		/* as the user gave it; borrowed */
	int fd;				/* the folder, or the file */
	bool folder;
	const struct packing *packing; /* what unpacks it, or NULL */
	pid_t pid;			/* a child at work, or 0 */
	int out;			/* where the stream comes from, or -1 */
	int words;			/* what the child says */
};

#define INPUT_INIT { .fd = -1, .out = -1, .words = -1 }

/* Opens it, and finds out what it is. */
int input_open(struct input *s, const char *name, struct err *e);
/* Begins the stream, from its beginning. */
int input_start(struct input *s, struct err *e);
/*
 * Its next bytes, up to n; 0 at its end, if it is a good one: *warnings then gets what the child
 * had to say, a line each. -1 with *e.
 */
ssize_t input_read(struct input *s, void *p, size_t n, struct buf *warnings, struct err *e);
/* Ends the stream, wherever it is. */
void input_stop(struct input *s);
void input_release(struct input *s);

static inline void input_release_p(struct input *s)
{
	input_release(s);
}

#endif
