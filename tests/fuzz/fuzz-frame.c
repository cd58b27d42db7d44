/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: frames, and the arguments, results and records in them. The input
 * is what a peer would send: frames one after another. Each body is decoded as
 * what it says it is, and as everything else that it might be taken for.
 *
 * With -DFUZZ_STANDALONE it has a main() that replays files.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "proto/proto.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What was decoded must encode to what decodes to the same again. */
static void try_side(const struct proc_side *side, const struct frame *f)
{
	CLEANUP(free) void *v = xcalloc(1, side->size);
	CLEANUP(free) void *w = xcalloc(1, side->size);
	CLEANUP(buf_release) struct buf one = BUF_INIT, two = BUF_INIT, text = BUF_INIT;
	struct err e = ERR_INIT;

	if (frame_decode(f->body, f->body_len, side->xdr, v, "fuzz", &e)) {
		assert(e.no == EPROTO);
		return;
	}
	side->print(&text, v);
	if (frame_encode(&one, side->xdr, v, &e) ||
	    frame_decode(one.data, one.len, side->xdr, w, "fuzz", &e) ||
	    frame_encode(&two, side->xdr, w, &e))
		abort();
	if (one.len != two.len || (one.len && memcmp(one.data, two.data, one.len)))
		abort();
	proto_free(side, v);
	proto_free(side, w);
}

/* wire_xdr_entry for frame_decode_some. */
static bool xdr_entry(XDR *x, void *v)
{
	return wire_xdr_entry(x, v);
}

/* A body as a stream of records. */
static void try_records(const uint8_t *p, size_t n)
{
	for (size_t used; n; p += used, n -= used) {
		wire_entry x = { .path = NULL };

		used = frame_decode_some(p, n, xdr_entry, &x, sizeof(x));
		assert(used <= n);
		if (!used)
			return;
		wire_free_entry(&x);
	}
}

/* Each record of the message frames. */
static void try_messages(struct frame f)
{
	for (f.kind = 0; f.kind < FRAME_KINDS; f.kind++) {
		union frame_msg m;
		struct err e;

		if (!frame_msg(&f, &m, &e))
			frame_msg_free(&f, &m);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct err e = ERR_INIT;
	struct frame f;

	for (ssize_t used; (used = frame_parse(data, n, &f, &e)) > 0; data += used, n -= used) {
		assert((size_t)used <= n && f.kind < FRAME_KINDS);
		assert(f.body + f.body_len == data + used);
		for (size_t i = 0; i < PROC_COUNT; i++) {
			try_side(&procs[i].args, &f);
			try_side(&procs[i].ret, &f);
		}
		try_messages(f);
		try_records(f.body, f.body_len);
	}
	return 0;
}
