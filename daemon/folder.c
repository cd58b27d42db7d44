/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See folder.h. */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/xalloc.h"

#define CHUNK 32768

/* Adds one name, or skips it: . and .. are not the folder's own. */
static void add(struct folder *f, size_t *cap, const struct dirent64 *d)
{
	const char *name = d->d_name;

	if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2])))
		return;
	if (f->n == *cap) {
		*cap = *cap ? *cap * 2 : 64;
		f->names = xreallocarray(f->names, *cap, sizeof(*f->names));
	}
	f->names[f->n++] = (uint32_t)f->text.len;
	buf_addch(&f->text, (char)d->d_type);
	buf_add(&f->text, name, strlen(name) + 1);
}

int folder_read(struct folder *f, int fd, const char *path, struct err *e)
{
	_Alignas(struct dirent64) char chunk[CHUNK];
	size_t cap = 0;
	ssize_t got;

	while ((got = getdents64(fd, chunk, sizeof(chunk))) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(e, "list '%s'", path);
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *d = (const void *)(chunk + at);

			add(f, &cap, d);
			at += d->d_reclen;
		}
		if (f->text.len > FOLDER_NAMES_MAX)
			return err_set(e, EFBIG, "'%s' has too many names, more than %zu", path,
				       f->n);
	}
	return 0;
}

/* By the bytes of the names; text is the folder's. */
static int compare(const void *a, const void *b, void *text)
{
	const char *t = text;

	return strcmp(t + *(const uint32_t *)a + 1, t + *(const uint32_t *)b + 1);
}

void folder_sort(struct folder *f)
{
	if (f->n > 1)
		qsort_r(f->names, f->n, sizeof(*f->names), compare, f->text.data);
}

void folder_release(struct folder *f)
{
	buf_release(&f->text);
	free(f->names);
	*f = (struct folder)FOLDER_INIT;
}
