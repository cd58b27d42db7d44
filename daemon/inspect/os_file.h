/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small texts of a guest. Nothing here fails loudly. */
#ifndef DAEMON_INSPECT_OS_FILE_H
#define DAEMON_INSPECT_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "util/buf.h"

#define SMALL_MAX ((size_t)2 * 1048 * 1024) /* larger configuration files are not read */
#define HEAD_MAX  4096			    /* all that is read of a release file */

/* A line, or a word: n bytes at s, inside a longer text. */
struct span {
	const char *s;
	size_t n;
};

/* Takes the next line off a text, without its end; false at the end. */
bool span_line(struct span *text, struct span *ret_line);
/* Takes blanks, tabs and carriage returns off both ends. */
struct span span_trim(struct span s);
/* Does it start with that? */
bool span_starts(struct span s, const char *prefix);
/* A copy, up to the first NUL and cut at 1 KiB; the caller frees. */
char *span_dup(struct span s);

/* A whole regular file of up to SMALL_MAX bytes, appended to *b; false: it is not there. */
bool small_read(int root, const char *path, struct buf *b);
/* The first HEAD_MAX bytes of a regular file; false as above. */
bool head_read(int root, const char *path, struct buf *b);
/* The first line of a regular file, trimmed; NULL as above. The caller frees. */
char *head_line(int root, const char *path);

#endif
