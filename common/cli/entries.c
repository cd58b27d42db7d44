/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See entries.h. */
#include "cli/entries.h"

#include <errno.h>

#include "proto/frame.h"
#include "util/buf.h"
#include "vm/calls.h"

/* More than any entry takes: seven strings of at most WIRE_STR_MAX, and numbers. */
#define ENTRY_MAX (8 * WIRE_STR_MAX)

struct entries {
	struct buf b; /* the start of an entry whose end has not come yet */
	entry_fn fn;
	void *ctx;
	uint64_t count;
};

static bool entry_xdr(XDR *x, void *v)
{
	return wire_xdr_entry(x, v);
}

/* Hands on the entries that are whole in n bytes at p. Returns the bytes used, or -1. */
static ssize_t take(struct entries *en, const char *p, size_t n, struct err *e)
{
	size_t done = 0;

	for (;;) {
		wire_entry entry = { 0 };
		size_t used = frame_decode_some(p + done, n - done, entry_xdr, &entry,
						sizeof(entry));
		int r;

		if (!used)
			break;
		done += used;
		en->count++;
		r = en->fn(en->ctx, &entry, e);
		wire_free_entry(&entry);
		if (r < 0)
			return -1;
	}
	if (n - done > ENTRY_MAX)
		return err_set(e, EPROTO, "malformed entry in a listing");
	return (ssize_t)done;
}

/* A stream's data function. Entries may be cut anywhere between two pieces. */
static int data(void *ctx, const void *p, size_t n, struct err *e)
{
	struct entries *en = ctx;
	ssize_t used;

	if (!en->b.len) {
		used = take(en, p, n, e);
		if (used < 0)
			return -1;
		buf_add(&en->b, (const char *)p + used, n - (size_t)used);
		return 0;
	}
	buf_add(&en->b, p, n);
	used = take(en, en->b.data, en->b.len, e);
	if (used < 0)
		return -1;
	buf_drop(&en->b, (size_t)used);
	return 0;
}

int entries_walk(struct session *s, const struct walk_args *a, entry_fn fn, void *ctx,
		 struct err *e)
{
	struct entries en = { .b = BUF_INIT, .fn = fn, .ctx = ctx };
	const struct stream io = { .data = data, .ctx = &en };
	CLEANUP(walk_ret_release) struct walk_ret r = { 0 };
	int rc = call_walk(s, a, &r, &io, e);

	if (rc == 0 && (en.b.len || r.count != en.count))
		rc = err_set(e, EPROTO, "the listing ends in the middle");
	buf_release(&en.b);
	return rc;
}
