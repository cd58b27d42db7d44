/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of comma-separated values, and sizes for people. */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stdint.h>

#include "cli/safe.h"
#include "util/buf.h"

/* Appends a field; in quotes only if it has a space, a quote, a newline or a comma. */
void csv_add(struct buf *b, const char *field, enum safe_how how);

#define HUMAN_SIZE_MAX 8

/*
 * A size for people: 1023, 1.0K, 750K, 1.1G; powers of 1024, rounded to the
 * nearest (ls rounds up), one digit after the point below 10.
 */
const char *human_size(uint64_t size, char s[HUMAN_SIZE_MAX]);

#endif
