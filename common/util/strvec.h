/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing vector of strings, always NULL-terminated: fit for exec. */
#ifndef UTIL_STRVEC_H
#define UTIL_STRVEC_H

#include <stddef.h>

#include "util/cleanup.h"

struct strvec {
	char **v; /* n strings, owned, then NULL; NULL while nothing was added */
	size_t n;
	size_t cap;
};

#define STRVEC_INIT                                                                                \
	{                                                                                          \
		NULL, 0, 0                                                                         \
	}

/* Adds a copy of s. */
void strvec_add(struct strvec *v, const char *s);
/* Adds a formatted string. */
void strvec_addf(struct strvec *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Adds s itself, which then belongs to the vector. */
void strvec_give(struct strvec *v, char *s);
/* Is s in it? */
int strvec_has(const struct strvec *v, const char *s);
/* Sorts by byte value. */
void strvec_sort(struct strvec *v);
/* Frees the strings and the array, and leaves an empty vector. */
void strvec_release(struct strvec *v);

static inline void strvec_release_p(struct strvec *v)
{
	strvec_release(v);
}

#endif
