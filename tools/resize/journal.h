/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of one file that can be finished, or taken back, whenever it was interrupted.
 *
 * The change is known as a whole before it begins. The journal has, for each stretch of the file that
 * becomes another one, the old bytes and the new ones, and the file's size before and after. Only when
 * it is on the disk is the file touched; and both ways are the same again when they are gone twice.
 */
#ifndef RESIZE_JOURNAL_H
#define RESIZE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/* Bytes of the file that become others. */
struct journal_change {
	uint64_t at, n;
	bool zero;     /* they become zeroes; else those of another file: */
	uint64_t from; /* from here on */
};

/* A file that changes. */
struct journal_file {
	int fd;		  /* open for reading and writing */
	const char *name; /* for messages */
	bool device;	  /* a block device: it keeps its size */
	uint64_t size;	  /* now, bytes */
};

enum journal_state {
	JOURNAL_NONE,	  /* there is no such file */
	JOURNAL_UNSEALED, /* it was being written: the file it is for is as it was */
	JOURNAL_SEALED,	  /* the change may have begun */
	JOURNAL_DONE,	  /* it is complete */
};

/* Opens a journal's file that must not be there yet. A descriptor, or -1 with *e. */
int journal_create(const char *path, struct err *e);

/* What is at path? -1 with *e where that is no journal, or cannot be read. */
int journal_look(const char *path, enum journal_state *ret, struct err *e);

/*
 * Writes a whole journal, of changes whose new bytes are in the file new_fd, and seals it. new_size:
 * of the file, in the end. Bytes that stay as they are, are left out.
 */
int journal_write(int journal, const struct journal_file *f, const struct journal_change *v, size_t n,
		  int new_fd, uint64_t new_size, struct err *e);

/*
 * Makes the file what a sealed journal says it becomes, or what it was. It is read against its checksum
 * first, and the file against it: bytes that are neither the old nor the new ones are somebody
 * else's, and nothing is done (EUCLEAN). progress may be NULL.
 */
int journal_apply(const char *path, const struct journal_file *f, void (*progress)(void *ctx, uint64_t at, uint64_t of),
		  void *ctx, struct err *e);
int journal_undo(const char *path, const struct journal_file *f, struct err *e);

#endif
