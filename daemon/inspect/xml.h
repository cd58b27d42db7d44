/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XML of a guest, element by element. Entities of its own are refused, and size and depth bounded. */
#ifndef DAEMON_INSPECT_XML_H
#define DAEMON_INSPECT_XML_H

#include <stdbool.h>

#include "util/err.h"

/* path: "a/b/c", from the top. Strings are lent for the time of the call. */
struct xml_events {
	/* An element begins; its attributes are names and values in turn, then NULL. May be NULL. */
	void (*begin)(void *ctx, const char *path, const char *const *attributes);
	/* It ends; text is all that stands in it itself, not in elements within. False: enough. */
	bool (*end)(void *ctx, const char *path, char *text);
};

/* Reads a file; *e as below_open_file's, or that it is not XML. */
int xml_read(int root, const char *path, const struct xml_events *ev, void *ctx, struct err *e);

#endif
