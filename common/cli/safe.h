/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings from a guest, made harmless for a terminal.
 *
 * What could move the cursor, hide text or turn it round is shown as an escape
 * that stands for nothing else: \a \b \t \n \v \f \r, \\ for a backslash, and
 * \xNN for each byte of a control character (C0, DEL, C1), of a bidirectional or
 * line separating one, and of what is not UTF-8. Other UTF-8 is left as it is.
 * printf '%b' turns the result into the original bytes again.
 */
#ifndef CLI_SAFE_H
#define CLI_SAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

enum safe_how {
	SAFE_RAW,     /* the bytes as they are: into a pipe or a file */
	SAFE_NAME,    /* escaped, backslashes too: no two names look the same */
	SAFE_MESSAGE, /* escaped, but backslashes are left alone: for prose */
};

/*
 * Decodes the UTF-8 character at the front of n bytes (n > 0). Returns its
 * length, 0 where there is none: overlong forms and surrogates are none.
 */
size_t utf8_char(const char *s, size_t n, uint32_t *ret_c);
/* Is the whole string UTF-8? */
bool utf8_valid(const char *s);
/* Would this character harm a terminal's line? */
bool utf8_unsafe(uint32_t c);

/* Appends s. */
void safe_add(struct buf *b, const char *s, enum safe_how how);
/* SAFE_NAME if fd is a terminal, else SAFE_RAW. */
enum safe_how safe_for(int fd);

#endif
