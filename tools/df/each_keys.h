/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-df --each: the keys of the run, for processes that would find them wiped. */
#ifndef DF_EACH_KEYS_H
#define DF_EACH_KEYS_H

#include "cli/keys.h"

/* The bytes of all keys that could be read, one after the other, in memory that is shared. */
struct each_keys {
	uint8_t *data; /* NULL: there are none */
	size_t size;
};

/*
 * Reads the keys, once for all images, and copies them. One that cannot be read stays as it is:
 * whoever needs it will say why.
 */
int each_keys_share(struct keys *k, struct each_keys *ret, struct err *e);
/* In a new process: fills k, which is as it was when they were shared, again. */
void each_keys_take(struct keys *k, struct each_keys *shared);
/* Wipes them; for the process that has shared them. */
void each_keys_release(struct each_keys *shared);

#endif
