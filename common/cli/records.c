/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See records.h. */
#include "cli/records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* Frees what the filter has allocated. */
static void record_free(const struct records *r, void *v)
{
	XDR x = { .x_op = XDR_FREE };

	r->xdr(&x, v);
}

/* Hands on the records that are whole in n bytes at p. Returns the bytes used, or -1. */
static ssize_t take(struct records *r, const char *p, size_t n, struct err *e)
{
	CLEANUP(free) void *record = xcalloc(1, r->size);
	size_t done = 0, used;

	while ((used = frame_decode_some(p + done, n - done, r->xdr, record, r->size))) {
		int rc = r->fn(r->ctx, record, e);

		record_free(r, record);
		memset(record, 0, r->size);
		done += used;
		r->count++;
		if (rc < 0)
			return -1;
	}
	if (n - done > r->max)
		return err_set(e, EPROTO, "malformed record in a listing");
	return (ssize_t)done;
}

/* The stream's data function. Records may be cut anywhere between two pieces. */
static int data(void *ctx, const void *p, size_t n, struct err *e)
{
	struct records *r = ctx;
	ssize_t used;

	if (!r->rest.len) {
		used = take(r, p, n, e);
		if (used < 0)
			return -1;
		buf_add(&r->rest, (const char *)p + used, n - (size_t)used);
		return 0;
	}
	buf_add(&r->rest, p, n);
	used = take(r, r->rest.data, r->rest.len, e);
	if (used < 0)
		return -1;
	buf_drop(&r->rest, (size_t)used);
	return 0;
}

struct stream records_stream(struct records *r)
{
	return (struct stream){ .data = data, .ctx = r };
}

void records_release(struct records *r)
{
	buf_release(&r->rest);
}
