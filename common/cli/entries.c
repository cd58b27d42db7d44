/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See entries.h. */
#include "cli/entries.h"

#include <errno.h>

#include "cli/records.h"
#include "vm/calls.h"

/* More than any entry takes: seven strings of at most WIRE_STR_MAX, and numbers. */
#define ENTRY_MAX (8 * WIRE_STR_MAX)

struct entries {
	entry_fn fn;
	void *ctx;
};

static bool entry_xdr(XDR *x, void *v)
{
	return wire_xdr_entry(x, v);
}

static int take(void *ctx, void *entry, struct err *e)
{
	struct entries *en = ctx;

	return en->fn(en->ctx, entry, e);
}

int entries_walk(struct session *s, const struct walk_args *a, entry_fn fn, void *ctx,
		 struct err *e)
{
	struct entries en = { fn, ctx };
	struct records records = { .xdr = entry_xdr, .size = sizeof(wire_entry), .max = ENTRY_MAX,
				   .fn = take, .ctx = &en, .rest = BUF_INIT };
	const struct stream io = records_stream(&records);
	CLEANUP(walk_ret_release) struct walk_ret r = { 0 };
	int rc = call_walk(s, a, &r, &io, e);

	if (rc == 0 && (records.rest.len || r.count != records.count))
		rc = err_set(e, EPROTO, "the listing ends in the middle");
	records_release(&records);
	return rc;
}
