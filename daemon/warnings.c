/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See warnings.h. */
#include "warnings.h"

#include <stdlib.h>
#include <string.h>

#include "util/xalloc.h"

#define WARNINGS_MAX 256
#define WARNING_MAX  1024 /* bytes of one */

void warnings_answer(struct strvec *v, wire_strs *ret)
{
	size_t n = v->n < WARNINGS_MAX ? v->n : WARNINGS_MAX;

	ret->v = xcalloc(n + 1, sizeof(*ret->v));
	for (size_t i = 0; i < n; i++)
		ret->v[i] = xmemdup0(v->v[i], strnlen(v->v[i], WARNING_MAX));
	ret->n = (uint32_t)n;
	if (v->n > n)
		ret->v[ret->n++] = xasprintf("%zu more warnings are left out", v->n - n);
	strvec_release(v);
}
