/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checksums of files, by the names that users give them. */
#ifndef DAEMON_CHECKSUM_H
#define DAEMON_CHECKSUM_H

#include "guestd.h"
#include "util/cleanup.h"

#define CHECKSUM_HEX_MAX 129 /* of sha512, with its NUL */

struct checksum;

/* The type of that name, upper or lower case; the caller's. NULL with *e (EINVAL) for others. */
struct checksum *checksum_new(const char *name, struct err *e);
/* The sum of what fd has from its start, as text. Uses g's ring buffer. path is for messages. */
int checksum_file(struct checksum *c, struct guestd *g, int fd, const char *path,
		  char ret_text[CHECKSUM_HEX_MAX], struct err *e);
void checksum_free(struct checksum *c);
DEFINE_CLEANUP(struct checksum *, checksum_free);

#endif
