/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-log's parts. */
#ifndef TOOLS_LOG_LOG_H
#define TOOLS_LOG_LOG_H

#include "cli/json.h"
#include "cli/out.h"
#include "cli/safe.h"
#include "proto/proto.h"
#include "util/strvec.h"

enum log_form {
	LOG_SHORT,     /* "Mar 04 05:06:07 ident[pid] level: message" */
	LOG_SHORT_ISO, /* the same with the year, the zone and the host */
	LOG_CAT,       /* the message alone */
	LOG_XML,       /* of Windows: the events as XML */
};

/* What was asked for. */
struct log_options {
	int64_t since, until; /* microseconds; INT64_MIN, INT64_MAX: not asked for */
	uint64_t lines;	      /* 0: all */
	bool reverse;
	struct strvec units, identifiers;
	unsigned priorities; /* a bit each; 0: all */
	bool one_boot;
	char boot[33];	     /* its id without dashes, or "" */
	int64_t boot_offset;
	enum log_form form;
	bool formed; /* it was said */
	const char *channel; /* of Windows; "": System */
};

/* Someone who prints entries. */
struct log_printer {
	enum log_form form;
	enum safe_how how;
	bool whole_lines; /* a message is all that there is to print */
	struct out *out;
	struct json *json; /* NULL: text */
	int64_t second;	   /* for which date is right */
	char date[64];
};

/* Prints an entry. */
int log_print(struct log_printer *p, const wire_log_entry *x, struct err *e);

/*
 * A moment as journalctl(1) takes it, of the local time zone: "2021-03-04 05:06:07", a part of
 * that, "yesterday", "2 hours ago", "-1h", "@1614834367". now is in seconds.
 */
int log_time_parse(const char *s, int64_t now, int64_t *ret_usec, struct err *e);
/* A priority or a range of them, by name or number: as bits. */
int log_priorities_parse(const char *s, unsigned *ret, struct err *e);
/* ID, ID-1, -1, 2: a boot. */
int log_boot_parse(const char *s, struct log_options *o, struct err *e);

#endif
