/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a program and takes what it says. */
#ifndef DOCTOR_CAPTURE_H
#define DOCTOR_CAPTURE_H

#include "util/buf.h"
#include "util/err.h"

/*
 * Runs argv[0], a path, with no input, and appends to *ret_words what it says on
 * stdout and stderr (its beginning, where that is much). -1 with *e where it cannot
 * be run, does not end within some seconds, or ends with another status than 0;
 * its words are there even then.
 */
int capture(const char *const argv[], struct buf *ret_words, struct err *e)
	__attribute__((warn_unused_result));

#endif
