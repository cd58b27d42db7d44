/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Destructors named at the declaration, and moves of ownership that show. */
#ifndef UTIL_CLEANUP_H
#define UTIL_CLEANUP_H

#include <stdlib.h>

/*
 * CLEANUP(strvec_free) struct strvec *v = NULL;
 * The variable is initialised where it is declared; its destructor runs when it
 * goes out of scope and takes NULL (or -1 for a descriptor) as "nothing to do".
 */
#define CLEANUP(fn) __attribute__((cleanup(fn##_p)))

/* Makes fn usable with CLEANUP; stands under the prototype of fn. */
#define DEFINE_CLEANUP(type, fn)                  \
	static inline void fn##_p(type *p)        \
	{                                         \
		fn(*p);                           \
	}                                         \
	struct cleanup_takes_a_semicolon

/* Moves a pointer out of its variable, which a CLEANUP then finds empty. */
#define TAKE(p)                        \
	({                             \
		__typeof__(p) *p_ = &(p); \
		__typeof__(p) v_ = *p_;   \
		*p_ = NULL;            \
		v_;                    \
	})

/* The same for a file descriptor: leaves -1. */
#define TAKE_FD(fd)          \
	({                   \
		int *p_ = &(fd); \
		int v_ = *p_;    \
		*p_ = -1;    \
		v_;          \
	})

static inline void free_p(void *p)
{
	free(*(void **)p);
}

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
