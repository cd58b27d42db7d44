/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names that a guest's own passwd and group files give to numbers. */
#ifndef DAEMON_NAMES_H
#define DAEMON_NAMES_H

#include "guestd.h"

/* One file's rows, sorted by number; the first row of a number counts. */
struct name_table {
	struct buf text; /* the file, names NUL-terminated in it */
	struct name_row {
		uint32_t id;
		uint32_t name; /* offset in text */
	} *rows;
	size_t n;
};

struct names {
	struct name_table users, groups;
};

#define NAMES_INIT { { BUF_INIT, NULL, 0 }, { BUF_INIT, NULL, 0 } }

/* Reads both files below g's root. What is absent, unreadable or nonsense gives no names. */
void names_load(const struct guestd *g, struct names *n);
/* The name of an id, or ""; borrowed. */
const char *names_find(const struct name_table *t, uint32_t id);
void names_release(struct names *n);

static inline void names_release_p(struct names *n)
{
	names_release(n);
}

#endif
