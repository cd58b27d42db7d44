/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The expressions of guest-edit -e that it runs itself: the part of Perl that people write every
 * day, with exactly Perl's meaning. What is more than that is refused as ENOTSUP, never guessed:
 * perl.h is for it.
 *
 *   s/RE/TEXT/gimsx   tr/A/B/cds   y/A/B/cds   $_ = TEXT   $_ .= TEXT        with any delimiters
 *   STATEMENT if CONDITION;  STATEMENT unless CONDITION;  if (CONDITION) { ... } else { ... }
 *   /RE/imsx   $_ =~ /RE/   $_ !~ /RE/   $lineno == N   ! not && and || or   ( )
 */
#ifndef EDIT_EXPR_H
#define EDIT_EXPR_H

#include <stddef.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/err.h"

struct expr;

/*
 * Compiles. NULL with e->no ENOTSUP where it is or may be Perl, but more than is understood
 * here (e->msg says what); EINVAL where perl would refuse it, too.
 */
struct expr *expr_parse(const char *text, struct err *e);

/*
 * Runs it over each line of in (any bytes; NULL for none), and appends what becomes of them to out.
 * -1 with *e where a regular expression takes more steps than are sensible, and ENOTSUP where a
 * line is so long that Perl's own limits would tell; out is of no use then.
 */
int expr_apply(struct expr *x, const void *in, size_t n, struct buf *out, struct err *e);

/* NULL is fine. */
void expr_free(struct expr *x);
DEFINE_CLEANUP(struct expr *, expr_free);

#endif
