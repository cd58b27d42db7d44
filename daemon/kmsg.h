/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's log: why a mount failed is said there and nowhere else. */
#ifndef DAEMON_KMSG_H
#define DAEMON_KMSG_H

#include <stdbool.h>

#include "util/buf.h"

/* Appends the last line about the device to *ret, with user in place of the kernel's name of it. */
bool kmsg_about(const char *node, const char *user, struct buf *ret);

#endif
