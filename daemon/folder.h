/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names in one folder, read at once. */
#ifndef DAEMON_FOLDER_H
#define DAEMON_FOLDER_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

/* Bytes that the names of one folder may take: some two million files. */
#define FOLDER_NAMES_MAX (64u << 20)

struct folder {
	struct buf text;   /* each name as its d_type, its bytes, NUL */
	uint32_t *names;   /* n offsets in text */
	size_t n;
};

#define FOLDER_INIT { BUF_INIT, NULL, 0 }

/*
 * Reads the names that fd has, without . and .., in the order in which the file
 * system gives them. On failure *f has those that could be read.
 */
int folder_read(struct folder *f, int fd, const char *path, struct err *e);
/* Into the order of strcmp. */
void folder_sort(struct folder *f);
void folder_release(struct folder *f);

static inline void folder_release_p(struct folder *f)
{
	folder_release(f);
}

/* The i-th name; borrowed. */
static inline const char *folder_name(const struct folder *f, size_t i)
{
	return f->text.data + f->names[i] + 1;
}

/* Its d_type, maybe DT_UNKNOWN. */
static inline unsigned char folder_type(const struct folder *f, size_t i)
{
	return (unsigned char)f->text.data[f->names[i]];
}

#endif
