/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One --key ID:TYPE...: what it is for, and where its bytes are. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/proto.h"
#include "util/err.h"
#include "util/secret.h"

/* Bytes of a key, at the most: what one call carries. */
#define KEY_MAX ((size_t)WIRE_BYTES_MAX - 4096)
/* What is tried of one key: the bytes as they are, and without the newline at their end. */
#define KEY_FORMS 2

enum key_type { KEY_STRING, KEY_FILE, KEY_CLEVIS, KEY_FD, KEY_COMMAND };

struct key {
	char *id; /* a device, a UUID, or "all" */
	enum key_type type;
	char *from; /* the path or the command; NULL for the other types */
	int fd;
	bool is_read;
	struct secret bytes; /* once is_read */
};

/*
 * Takes a selector apart:
 *
 *   ID:key:STRING  ID:file:PATH  ID:fd:N  ID:command:COMMAND  ID:clevis
 *
 * where STRING, PATH and COMMAND are the rest, with any colons. A STRING is overwritten in
 * the selector once it was copied, so that it is no longer among the process's arguments.
 * The words of a failure show nothing that could be a secret.
 */
int key_parse(char *selector, struct key *ret, struct err *e);
void key_release(struct key *k);

/* Is it for that device? By its name in any spelling, or by its UUID. */
bool key_is_for(const struct key *k, const wire_crypt *d);

/* Has its bytes read, or its command run, the first time. */
int key_read(struct key *k, struct err *e);
/*
 * The i-th form to be tried, of KEY_FORMS: its length in *ret_len. False where there is no
 * such form.
 */
bool key_form(const struct key *k, size_t i, size_t *ret_len);

/* "ID:file:PATH": for messages, without anything that could be a secret. To be freed. */
char *key_words(const struct key *k);

#endif
