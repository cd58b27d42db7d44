/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What went wrong on the way to an answer, as a part of it. */
#ifndef DAEMON_WARNINGS_H
#define DAEMON_WARNINGS_H

#include "proto/proto.h"
#include "util/strvec.h"

/*
 * Moves warnings into an answer, of which so many go in that it still fits its frame; the
 * last one then says how many were left out. v is empty after it.
 */
void warnings_answer(struct strvec *v, wire_strs *ret);

#endif
