/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stream of records, taken apart as it comes. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "proto/wire.h"
#include "util/buf.h"
#include "util/err.h"
#include "vm/session.h"

/* What a stream is made of, and who gets it. */
struct records {
	bool (*xdr)(XDR *x, void *v);
	size_t size; /* of the record's struct */
	size_t max;  /* bytes that no record takes */
	/* Gets each record, and may TAKE out of it; -1 with *e cancels the call. */
	int (*fn)(void *ctx, void *record, struct err *e);
	void *ctx;
	struct buf rest; /* the start of a record whose end has not come yet */
	uint64_t count;
};

/* The call's stream, which ends in *r; r is released by the caller. */
struct stream records_stream(struct records *r);
void records_release(struct records *r);

#endif
