/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a text that syslog has written: "Mar  4 05:06:07 host ident[pid]: message". */
#ifndef DAEMON_INSPECT_LOG_LINE_H
#define DAEMON_INSPECT_LOG_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/inspect/os_file.h"

struct log_line {
	bool dated;   /* it has a time */
	int64_t time; /* seconds since 1970 UTC */
	uint32_t ns;
	struct span host, ident, message; /* parts of the line; empty where it has none */
	int64_t pid;			  /* -1: none */
};

/*
 * Takes a line apart. Its time is rsyslog's traditional one, of the process's time zone and of
 * the year before latest where it would be a day and more after it, or RFC 3339. Of a line that
 * has none, all is message.
 */
void log_line_parse(struct span line, int64_t latest, struct log_line *ret);

#endif
