/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stream of the call walk, taken apart into entries. */
#ifndef CLI_ENTRIES_H
#define CLI_ENTRIES_H

#include "proto/proto.h"
#include "vm/session.h"

/* Called for each entry, and may TAKE strings out of it; -1 with *e cancels the call. */
typedef int (*entry_fn)(void *ctx, wire_entry *entry, struct err *e);

/* The call walk: fn gets the entries as they come, also where the call fails in the end. */
int entries_walk(struct session *s, const struct walk_args *a, entry_fn fn, void *ctx,
		 struct err *e) __attribute__((warn_unused_result));

#endif
