/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu's monitor (QMP), as far as a launch needs it: commands as JSON texts,
 * sent ahead of their answers, which come in order.
 */
#ifndef VM_QMP_H
#define VM_QMP_H

#include "util/buf.h"
#include "util/err.h"

struct qmp {
	int fd; /* our end of the monitor's socket; owned by struct qemu */
	struct buf in;
	unsigned pending; /* answers that are still to come */
};

/* Sends a command without waiting; pass_fd (or -1) goes with it (for getfd). */
int qmp_send(struct qmp *q, const char *json, int pass_fd, struct err *e);

/* Reads until all answers are there; the first error among them is *e. timeout_ms bounds each wait.
 */
int qmp_settle(struct qmp *q, int timeout_ms, struct err *e);

/* Sends, settles, and returns the last answer's "return" as a JSON text (freed by the caller), or
 * NULL. */
char *qmp_ask(struct qmp *q, const char *json, int timeout_ms, struct err *e);

/* Sends that a migration leaves memory that lies in a file where it is; both ends want it. */
int qmp_send_ignore_shared(struct qmp *q, struct err *e);

void qmp_release(struct qmp *q);

#endif
