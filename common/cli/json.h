/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON as it is made: appended to a buffer that its owner empties now and then,
 * so that a hundred thousand entries need no memory. Objects are on one line;
 * each element of an array has its own.
 *
 * A string that is UTF-8 is a JSON string. One that is not is given twice: under
 * its key with U+FFFD for each bad byte, and under KEY_b64 in full, in base64.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

#define JSON_DEPTH 16

struct json {
	struct buf *b;           /* borrowed */
	unsigned depth;          /* open objects and arrays */
	bool filled[JSON_DEPTH]; /* has the one at this depth a member? */
	bool array[JSON_DEPTH];  /* is it an array? */
};

static inline struct json json_init(struct buf *b)
{
	return (struct json){ .b = b };
}

/* key is NULL for an element of an array and for the outermost value. */
void json_open_object(struct json *j, const char *key);
void json_open_array(struct json *j, const char *key);
/* Closes what was opened last; a newline follows the outermost. */
void json_close(struct json *j);
/* A string; NULL is null. */
void json_str(struct json *j, const char *key, const char *s);
/* Bytes, in base64. */
void json_base64(struct json *j, const char *key, const uint8_t *p, size_t n);
/* A list of strings, on the line of its object. */
void json_strs(struct json *j, const char *key, char *const *v, size_t n);
void json_u64(struct json *j, const char *key, uint64_t v);
void json_i64(struct json *j, const char *key, int64_t v);
/* With one digit after the point. */
void json_fixed(struct json *j, const char *key, double v);
void json_bool(struct json *j, const char *key, bool v);
/* RFC 3339, UTC, nine digits; seconds outside the years 0 to 9999 are given as a number. */
void json_time(struct json *j, const char *key, int64_t sec, uint32_t nsec);

#endif
