/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking a person for a password, or a program for a line. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include <stdbool.h>

#include "util/err.h"
#include "util/secret.h"

/* Opens the terminal of the process; -1 where it has none. To be closed. */
int ask_terminal(void);

/*
 * Asks on the terminal tty: prints the prompt, reads a line, without its newline, that is
 * shown while it is typed only with echo. Its end without a line is an error, as is a
 * signal that interrupts.
 */
int ask_on(int tty, const char *prompt, bool echo, struct secret *ret, struct err *e);

/* Reads a line, without its newline, and not a byte more. */
int ask_line(int fd, struct secret *ret, struct err *e);

#endif
