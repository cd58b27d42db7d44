/* SPDX-License-Identifier: GPL-2.0-or-later */
/* os-release(5): shell-like assignments, of which one is wanted. */
#ifndef DAEMON_OSRELEASE_H
#define DAEMON_OSRELEASE_H

#include <stddef.h>

/*
 * The value of key in n bytes of text, unquoted, or NULL where it is not set. The last one
 * counts.
 */
char *osrelease_value(const char *text, size_t n, const char *key);

/* What the system calls itself: PRETTY_NAME, else NAME and VERSION, else ID, else "". */
char *osrelease_name(const char *text, size_t n);

#endif
