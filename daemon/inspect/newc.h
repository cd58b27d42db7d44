/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names in a cpio archive in the "newc" format, of which initramfs are made; a piece at a time. */
#ifndef DAEMON_INSPECT_NEWC_H
#define DAEMON_INSPECT_NEWC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NEWC_HEADER 110
#define NEWC_NAME_MAX 4096 /* with its NUL */

/* Zero it for the start of an archive. */
struct newc {
	enum { NEWC_AT_HEADER, NEWC_AT_NAME, NEWC_AT_DATA, NEWC_AT_END, NEWC_BAD } state;
	uint64_t skip;     /* NEWC_AT_DATA: bytes of content and padding that come next */
	uint32_t name_len; /* with NUL and padding */
	uint32_t size;     /* of the content */
	size_t have;       /* bytes in text */
	char text[NEWC_NAME_MAX + 4];
};

/* Told of each name; false ends the reading. */
typedef bool newc_fn(void *ctx, const char *name);

/*
 * Takes the next n bytes. Returns how many were taken: fewer at the end of the archive
 * (NEWC_AT_END), where it is none (NEWC_BAD), or where fn has had enough.
 */
size_t newc_feed(struct newc *c, const char *p, size_t n, newc_fn *fn, void *ctx);

#endif
