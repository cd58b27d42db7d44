/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See log_places.h. */
#include "daemon/inspect/log_places.h"

#include <errno.h>
#include <stdlib.h>

#include "util/xalloc.h"

#define PLACES_MAX (16u << 20)

int log_places_add(struct log_places *p, uint64_t at, struct err *e)
{
	const uint64_t most = p->a->lines;

	if (p->n == p->cap && (!most || p->cap < most)) {
		if (p->cap >= PLACES_MAX)
			return err_set(e, E2BIG, "it has too many lines to be turned round");
		p->cap = p->cap ? p->cap * 2 : 1024;
		if (most && p->cap > most)
			p->cap = (size_t)most;
		p->v = xreallocarray(p->v, p->cap, sizeof(*p->v));
	}
	if (p->n < p->cap)
		p->n++;
	p->v[p->seen++ % p->cap] = at;
	return 0;
}

uint64_t log_places_at(const struct log_places *p, size_t i)
{
	const size_t k = p->a->reverse ? p->n - 1 - i : i;

	return p->v[(p->seen - p->n + k) % p->cap];
}

void log_places_release(struct log_places *p)
{
	free(p->v);
}
