/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's perl, over a file's bytes: for expressions that are more than expr.h understands. */
#ifndef EDIT_PERL_H
#define EDIT_PERL_H

#include <stddef.h>

#include "util/buf.h"
#include "util/err.h"

/*
 * Runs text once for each line of in, which is $_ with its line end and has the number $lineno,
 * and appends what $_ is afterwards to out. -1 with *e where perl cannot be run, does not
 * compile the text, or where it dies: in perl's own words.
 */
int perl_apply(const char *text, const void *in, size_t n, struct buf *out, struct err *e);

#endif
