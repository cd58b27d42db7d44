/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words to the user, on stderr, one line each and whole: errors, warnings, and
 * what -v, -x and --timings ask for. Here, and only here, they get their form:
 *
 *   PROG: IMAGE: cannot read '/x': No such file or directory
 *   PROG: IMAGE: warning: /home: no device with UUID=...
 *   {"schema":"guestutils.error.v1","tool":PROG,"image":IMAGE,"path":"/x",
 *    "errno":"ENOENT","message":"cannot read '/x': ..."}
 *
 * Bytes from a guest are escaped in them, wherever stderr leads.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/progress.h"
#include "util/err.h"
#include "vm/session.h"

struct report {
	const char *tool;  /* "guest-cat" */
	const char *image; /* what messages are about, or NULL while they are not about one */
	bool json;         /* errors and warnings as JSON */
	bool verbose;      /* -v */
	bool timings;      /* --timings */
	bool hush;         /* errors and warnings are not told, and do not count */
	bool failed;       /* an error was reported: exit status 1 */
	int64_t start;     /* when the tool started, now_ns() */
	struct progress progress;
};

void report_init(struct report *r, const char *tool);
/* An error that the tool can go on after, or must end with. path: the guest's, or NULL. */
void report_fail(struct report *r, const char *path, const struct err *e);
void report_warn(struct report *r, const char *text);
/* One more line of words after an error: "PROG: TEXT". Not for --json. */
void report_say(struct report *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Bad usage: the message and where help is. */
void report_usage(struct report *r, const struct err *e);
/* For -v and --timings: "PROG: [ 12.3 ms] TEXT". */
void report_step(struct report *r, const char *text);
/* A session_event_fn with a struct report as ctx. */
void report_event(void *ctx, const struct session_event_data *ev);

#endif
