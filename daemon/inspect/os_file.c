/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_file.h. */
#include "daemon/inspect/os_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "util/io.h"
#include "util/xalloc.h"

#define VALUE_MAX 1024 /* bytes of a line or value that are kept */

bool span_line(struct span *text, struct span *ret_line)
{
	if (!text->n)
		return false;
	const char *end = memchr(text->s, '\n', text->n);
	size_t len = end ? (size_t)(end - text->s) : text->n;
	size_t used = end ? len + 1 : len;

	*ret_line = (struct span){ text->s, len };
	text->s += used;
	text->n -= used;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct span span_trim(struct span s)
{
	while (s.n && is_blank(s.s[0])) {
		s.s++;
		s.n--;
	}
	while (s.n && is_blank(s.s[s.n - 1]))
		s.n--;
	return s;
}

bool span_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && !memcmp(s.s, prefix, n);
}

char *span_dup(struct span s)
{
	return xmemdup0(s.s, strnlen(s.s, s.n < VALUE_MAX ? s.n : VALUE_MAX));
}

/* Opens a regular file; one that is not there costs no more than the look. */
static int open_quiet(int root, const char *path, struct stat *ret_st)
{
	CLEANUP(fd_close) int at = below_open(root, path, O_PATH, 0);
	struct err e;

	return at < 0 ? -1 : below_open_file(root, path, O_RDONLY, ret_st, &e);
}

bool small_read(int root, const char *path, struct buf *b)
{
	struct stat st;
	CLEANUP(fd_close) int fd = open_quiet(root, path, &st);
	struct err e;

	if (fd < 0 || st.st_size > (off_t)SMALL_MAX)
		return false;
	return fd_read_all(fd, path, SMALL_MAX, b, &e) == 0;
}

bool head_read(int root, const char *path, struct buf *b)
{
	struct stat st;
	CLEANUP(fd_close) int fd = open_quiet(root, path, &st);

	if (fd < 0)
		return false;
	ssize_t n = read_full(fd, buf_room(b, HEAD_MAX), HEAD_MAX);
	if (n < 0)
		return false;
	b->len += (size_t)n;
	b->data[b->len] = '\0';
	return true;
}

char *head_line(int root, const char *path)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (!head_read(root, path, &b))
		return NULL;
	struct span text = { b.data, b.len }, line = { "", 0 };

	span_line(&text, &line);
	return span_dup(span_trim(line));
}
