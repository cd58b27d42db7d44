/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_file.h. */
#include "daemon/inspect/os_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "util/io.h"
#include "util/xalloc.h"

#define VALUE_MAX   1024  /* bytes of a line or value that are kept */
#define ENTRIES_MAX 65536 /* names of a folder that are looked at */

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

/* The name in a folder that equals that one but for case, or NULL. */
static char *nocase_name(int dir, const char *want, size_t n)
{
	CLEANUP(fd_close) int fd = below_open(dir, ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	char *found = NULL;

	if (!d)
		return NULL;
	(void)TAKE_FD(fd);
	for (int left = ENTRIES_MAX; !found && left > 0; left--) {
		const struct dirent *x = readdir(d);

		if (!x)
			break;
		if (strlen(x->d_name) == n && !strncasecmp(x->d_name, want, n))
			found = xstrdup(x->d_name);
	}
	closedir(d);
	return found;
}

char *nocase_path(int root, const char *path)
{
	CLEANUP(fd_close) int at = below_open(root, path, O_PATH | O_NOFOLLOW, 0);
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (at >= 0)
		return xstrdup(path);
	while (*path == '/')
		path++;
	while (*path) {
		CLEANUP(fd_close) int dir =
			below_open(root, b.len ? b.data : ".", O_PATH | O_DIRECTORY, 0);
		size_t n = strcspn(path, "/");
		CLEANUP(free) char *name = dir < 0 ? NULL : nocase_name(dir, path, n);

		if (!name)
			return NULL;
		buf_addf(&b, "%s%s", b.len ? "/" : "", name);
		path += n;
		while (*path == '/')
			path++;
	}
	return buf_take(&b);
}

bool nocase_is(int root, const char *path, mode_t kind)
{
	CLEANUP(free) char *real = nocase_path(root, path);

	return real && below_is(root, real, kind);
}
