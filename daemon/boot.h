/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guestd as the first process: what a machine needs before and after serve(). */
#ifndef DAEMON_BOOT_H
#define DAEMON_BOOT_H

#include "guestd.h"

/* Mounts what must be writable, opens the port, learns of the disks. /dev, /proc and /sys are there. */
int boot(struct guestd *g, struct err *e);

/* Ends the machine, with one line on the console where why is not NULL. */
void boot_end(const char *why) __attribute__((noreturn));

#endif
