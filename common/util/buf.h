/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing byte buffer. */
#ifndef UTIL_BUF_H
#define UTIL_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* len bytes, then a NUL that does not count; NULL while empty */
	size_t len;
	size_t cap;
	bool secret; /* what is given back to the heap is wiped before */
};

#define BUF_INIT                                                                                   \
	{                                                                                          \
		NULL, 0, 0, false                                                                  \
	}

void buf_add(struct buf *b, const void *data, size_t n);
void buf_addstr(struct buf *b, const char *s);
void buf_addch(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for n more bytes at the end, as a pointer to them; len is the caller's to move. */
char *buf_room(struct buf *b, size_t n) __attribute__((returns_nonnull));
/* Drops the first n bytes. */
void buf_drop(struct buf *b, size_t n);
/* Keeps only the last n bytes. */
void buf_keep_tail(struct buf *b, size_t n);
/* The content as a string of its own (never NULL), leaving the buffer empty. */
char *buf_take(struct buf *b) __attribute__((returns_nonnull));
void buf_release(struct buf *b);

static inline void buf_release_p(struct buf *b)
{
	buf_release(b);
}

#endif
