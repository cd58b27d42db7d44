/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See apps.h. */
#include "apps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "util/xalloc.h"

/* More than any application takes: its strings of at most WIRE_STR_MAX, and a number. */
#define APP_MAX (16 * WIRE_STR_MAX)

static bool app_xdr(XDR *x, void *v)
{
	return wire_xdr_application(x, v);
}

static void add(struct apps *a, const wire_application *app)
{
	if (a->n == a->cap) {
		a->cap = a->cap ? a->cap * 2 : 256;
		a->v = xreallocarray(a->v, a->cap, sizeof(*a->v));
	}
	a->v[a->n++] = *app;
}

/* Takes the records that are whole in n bytes at p. Returns the bytes used. */
static size_t take(struct apps *a, const char *p, size_t n)
{
	size_t done = 0, used;

	do {
		wire_application app = { 0 };

		used = frame_decode_some(p + done, n - done, app_xdr, &app, sizeof(app));
		if (used)
			add(a, &app);
		done += used;
	} while (used);
	return done;
}

int apps_data(void *ctx, const void *p, size_t n, struct err *e)
{
	struct apps *a = ctx;

	a->bytes += n;
	if (a->bytes > APPS_BYTES_MAX)
		return err_set(e, EFBIG, "the list of applications is larger than %u MiB",
			       APPS_BYTES_MAX >> 20);
	if (!a->rest.len) {
		size_t used = take(a, p, n);

		buf_add(&a->rest, (const char *)p + used, n - used);
	} else {
		buf_add(&a->rest, p, n);
		buf_drop(&a->rest, take(a, a->rest.data, a->rest.len));
	}
	if (a->rest.len > APP_MAX)
		return err_set(e, EPROTO, "malformed record in the list of applications");
	return 0;
}

int apps_check(const struct apps *a, uint64_t count, struct err *e)
{
	if (!a->rest.len && a->n == count)
		return 0;
	return err_set(e, EPROTO, "the list of applications ends in the middle");
}

/* By name; records are never moved apart from their place in time, which is their address. */
static int by_name(const void *a, const void *b)
{
	const wire_application *x = *(const wire_application *const *)a;
	const wire_application *y = *(const wire_application *const *)b;
	int r = strcmp(x->name, y->name);

	return r ? r : x < y ? -1 : x > y;
}

void apps_sort(struct apps *a)
{
	const wire_application **order;
	wire_application *v;

	if (a->n < 2)
		return;
	order = xreallocarray(NULL, a->n, sizeof(*order));
	v = xreallocarray(NULL, a->n, sizeof(*v));
	for (size_t i = 0; i < a->n; i++)
		order[i] = &a->v[i];
	qsort(order, a->n, sizeof(*order), by_name);
	for (size_t i = 0; i < a->n; i++)
		v[i] = *order[i];
	free(order);
	free(a->v);
	a->v = v;
	a->cap = a->n;
}

void apps_release(struct apps *a)
{
	for (size_t i = 0; i < a->n; i++)
		wire_free_application(&a->v[i]);
	free(a->v);
	buf_release(&a->rest);
	*a = (struct apps){ .rest = BUF_INIT };
}

size_t apps_count(const struct apps *a, struct apps_kind kinds[APPS_KINDS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++) {
		size_t k = 0;

		while (k < n && strcmp(kinds[k].kind, a->v[i].kind) != 0)
			k++;
		if (k == APPS_KINDS_MAX)
			continue;
		if (k == n)
			kinds[n++] = (struct apps_kind){ a->v[i].kind, 0 };
		kinds[k].n++;
	}
	return n;
}
