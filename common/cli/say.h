/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tools that work on a disk for a while say meanwhile, on stdout, and in the form that programs
 * know from virt-resize and virt-sparsify:
 *
 *   [   1.2] Copying /dev/sda1
 *   guest-resize: /dev/sda1: This partition will be left alone.
 *
 * With --machine-readable each of these comes as a line of JSON first, on the channel that was asked
 * for: {"message":TEXT,"timestamp":TIME,"type":"message|info|warning|error"}.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/out.h"
#include "cli/report.h"
#include "util/err.h"

struct say {
	const char *tool;
	struct out *out;       /* borrowed, as the next */
	struct report *report;
	bool quiet;	       /* nothing but warnings */
	bool machine;	       /* --machine-readable */
	int fd;		       /* where to, with that; -1: stdout */
	bool own_fd;	       /* it is ours to close */
	uint64_t told;	       /* of the last progress: its hundredth */
	int64_t start;	       /* now_ns() */
};

void say_init(struct say *s, const char *tool, struct out *out, struct report *report);
/* The argument of --machine-readable: NULL, "fd:N", "file:NAME", "stream:stdout", "stream:stderr"; or -1. */
int say_machine_check(const char *arg, struct err *e);
/* Opens what such an argument says. */
int say_machine(struct say *s, const char *arg, struct err *e);
void say_release(struct say *s);

/* "[ time] text" */
void say_message(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "tool: text", and an empty line */
void say_info(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As it is, for people only. */
void say_plain(struct say *s, const char *text);
/* A warning, on stderr. */
void say_warning(struct say *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* An error, for programs; for people the tool reports it. */
void say_error(struct say *s, const struct err *e);
/* How far it is: "POSITION/TOTAL" for programs, on stdout wherever the JSON goes, else the bar. */
void say_progress(struct say *s, uint64_t position, uint64_t total);

#endif
