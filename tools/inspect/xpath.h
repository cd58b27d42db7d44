/* SPDX-License-Identifier: GPL-2.0-or-later */
/* XPath over a document that comes on a descriptor. */
#ifndef INSPECT_XPATH_H
#define INSPECT_XPATH_H

#include "util/buf.h"
#include "util/err.h"

/*
 * Reads XML from fd to its end, and appends what the query selects: each node as XML, a line
 * each, without a declaration; or a string, number or truth. 0, or -1 with *e. Neither the
 * network nor any other file is looked at, whatever the document says.
 */
int xpath_query(int fd, const char *query, struct buf *b, struct err *e)
	__attribute__((warn_unused_result));

#endif
