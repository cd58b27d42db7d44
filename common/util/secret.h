/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes that nobody else shall see: a password, a key.
 *
 * They lie in pages of their own, which are not swapped out as far as the limit on locked
 * memory allows, are in no core file, are zeroes in a child, and are wiped before they are
 * given back. From the first one on the process leaves no core file at all, and other
 * processes of the same user cannot look into it.
 */
#ifndef UTIL_SECRET_H
#define UTIL_SECRET_H

#include <stddef.h>
#include <stdint.h>

struct secret {
	uint8_t *data; /* len bytes, or NULL */
	size_t len;
	size_t cap;
};

#define SECRET_INIT { NULL, 0, 0 }

/* Room for n more bytes at the end, as a pointer to them; len is the caller's to move. */
uint8_t *secret_room(struct secret *s, size_t n) __attribute__((returns_nonnull));
void secret_add(struct secret *s, const void *p, size_t n);
/* Wipes the bytes, and empties it. */
void secret_release(struct secret *s);

static inline void secret_release_p(struct secret *s)
{
	secret_release(s);
}

#endif
