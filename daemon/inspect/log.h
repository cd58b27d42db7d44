/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The logs of a guest, entry by entry. Their formats are read in a process of its own
 * (win_child.h), which has the guest's root and a way to answer.
 */
#ifndef DAEMON_INSPECT_LOG_H
#define DAEMON_INSPECT_LOG_H

#include <stdbool.h>

#include "proto/proto.h"
#include "util/err.h"

/* Gets each entry, whose strings it may not keep; -1 with *e ends the reading. */
typedef int (*log_entry_fn)(void *ctx, const wire_log_entry *x, struct err *e);

/* Whom a reader tells. */
struct log_to {
	log_entry_fn fn;
	void *ctx;
};

/*
 * What there is of a log: the files below root (a descriptor) that path names, those entries
 * that a asks for, in its order. Files that cannot be read are records of their own: see
 * log_warn. -1 with *e where nothing more can be read.
 */
int log_journal(int root, const struct log_args *a, const struct log_to *to, struct err *e);
int log_text(int root, const struct log_args *a, const struct log_to *to, struct err *e);
int log_events(int root, const struct log_args *a, const struct log_to *to, struct err *e);

/* Tells a warning, as a record without an origin. */
int log_warn(const struct log_to *to, const char *text, struct err *e);

/* Does an entry have the times, identifiers and priorities that a asks for? */
bool log_wanted(const struct log_args *a, const wire_log_entry *x);

#endif
