/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stream that comes in, into a file. */
#ifndef DAEMON_RECEIVE_H
#define DAEMON_RECEIVE_H

#include "guestd.h"

/*
 * Writes the call's stream from the file's start on; what the stream says is zero stays a hole. fd
 * is open for writing, empty, and O_NONBLOCK or without flags; path is for messages.
 */
int receive_file(struct guestd *g, int fd, const char *path, uint64_t *ret_size, struct err *e);

#endif
