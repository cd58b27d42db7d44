/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SIGINT, SIGTERM, SIGHUP: the call in progress is cancelled, then the tool dies of it. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

#include "vm/session.h"

/*
 * From now on these signals interrupt s; the second one kills at once. Signals
 * that were ignored stay so (nohup). With NULL they only leave their mark.
 */
void interrupt_watch(struct session *s);
/* Did one come? */
bool interrupt_caught(void);
/* If one came: dies of it, so that whoever started the tool sees why. Else returns. */
void interrupt_die(void);

#endif
