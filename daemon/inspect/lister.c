/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lister.h. */
#include "lister.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "daemon/below.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define FILE_MAX   (64u << 20) /* of a text in stanzas: 40,000 packages */
#define STANZA_MAX (16u << 20) /* apk's have a package's files in them, and some have 50,000 */
#define CHUNK	   (256u << 10) /* read at once */

bool lister_give(struct lister *l, wire_application *a)
{
	struct err e;

	if (!l->ended && l->fn(l->ctx, a, &e)) {
		l->ended = true;
		l->troubles = 1;
		l->first = e;
	}
	return !l->ended;
}

void lister_trouble(struct lister *l, const struct err *e)
{
	if (!l->ended && !l->troubles++)
		l->first = *e;
}

int lister_end(const struct lister *l, struct err *e)
{
	if (!l->troubles)
		return 0;
	*e = l->first;
	return l->troubles > 1 ? err_hint(e, "and %u more", l->troubles - 1) : -1;
}

/* ---- text */

/* Where a stanza's end lies in n bytes: the offset after its empty line, or 0; not before from. */
static size_t stanza_end(const char *p, size_t n, size_t from)
{
	const char *at = p + from, *end = p + n;

	while ((at = memchr(at, '\n', (size_t)(end - at))) && ++at < end)
		if (*at == '\n')
			return (size_t)(at + 1 - p);
	return 0;
}

/*
 * Hands on the stanzas that are whole in *b, or all that is in it at the file's end. In its
 * first seen bytes no stanza ends.
 */
static void stanzas_take(struct lister *l, struct buf *b, size_t seen, bool last,
			 void (*fn)(struct lister *l, char *text, void *own), void *own)
{
	size_t done = 0, from = seen ? seen - 1 : 0, n;

	while (!l->ended && (n = stanza_end(b->data + done, b->len - done, from))) {
		from = 0;
		b->data[done + n - 1] = '\0';
		fn(l, b->data + done, own);
		done += n;
	}
	if (last && !l->ended && done < b->len) {
		fn(l, b->data + done, own);
		done = b->len;
	}
	buf_drop(b, done);
}

/* lister_stanzas, with the file open. */
static void stanzas_read(struct lister *l, int fd, const char *path,
			 void (*fn)(struct lister *l, char *text, void *own), void *own)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	size_t total = 0;
	struct err e;

	while (lister_give(l, NULL)) {
		ssize_t n = read(fd, buf_room(&b, CHUNK), CHUNK);
		size_t seen = b.len;

		if (n < 0) {
			err_sys(&e, "read '%s'", path);
			lister_trouble(l, &e);
			n = 0;
		}
		b.len += (size_t)n;
		b.data[b.len] = '\0';
		stanzas_take(l, &b, seen, n == 0, fn, own);
		total += (size_t)n;
		if (n == 0)
			return;
		if (b.len <= STANZA_MAX && total <= FILE_MAX)
			continue;
		err_set(&e, EFBIG, "'%s' is not read to its end: %s", path,
			total > FILE_MAX ? "it is too large" : "it has a part without an end");
		lister_trouble(l, &e);
		return;
	}
}

/* Was it only that there is no such file? */
static bool is_absent(const struct err *e)
{
	return e->no == ENOENT || e->no == ENOTDIR;
}

void lister_stanzas(struct lister *l, const char *path,
		    void (*fn)(struct lister *l, char *text, void *own), void *own)
{
	CLEANUP(fd_close) int fd = -1;
	struct err e;

	if (l->ended)
		return;
	fd = below_open_file(l->root, path, O_RDONLY, NULL, &e);
	if (fd >= 0)
		stanzas_read(l, fd, path, fn, own);
	else if (!is_absent(&e))
		lister_trouble(l, &e);
}

char *line_next(char **text)
{
	char *line = *text, *end;

	if (!*line)
		return NULL;
	end = strchrnul(line, '\n');
	*text = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/* ---- files */

void lister_folder(struct lister *l, const char *path, struct folder *ret)
{
	CLEANUP(fd_close) int fd = -1;
	struct err e;

	if (l->ended)
		return;
	fd = below_open(l->root, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0) {
		err_sys(&e, "open '%s'", path);
		if (!is_absent(&e))
			lister_trouble(l, &e);
		return;
	}
	if (folder_read(ret, fd, path, &e))
		lister_trouble(l, &e);
	folder_sort(ret);
}

bool lister_read(struct lister *l, const char *path, size_t max, struct buf *b)
{
	struct err e;

	b->len = 0;
	if (l->ended)
		return false;
	if (!below_read(l->root, path, max, b, &e)) {
		buf_room(b, 0)[0] = '\0';
		return true;
	}
	if (!is_absent(&e))
		lister_trouble(l, &e);
	return false;
}

bool lister_seen(const struct lister *l, const char *path, struct files_seen *seen)
{
	CLEANUP(fd_close) int fd = below_open(l->root, path, O_PATH, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return false;
	for (size_t i = 0; i < seen->n; i++)
		if (seen->file[i].dev == st.st_dev && seen->file[i].ino == st.st_ino)
			return true;
	if (seen->n < ARRAY_SIZE(seen->file)) {
		seen->file[seen->n].dev = st.st_dev;
		seen->file[seen->n++].ino = st.st_ino;
	}
	return false;
}
