/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel modules, loaded in process by libkmod: no modprobe. */
#ifndef DAEMON_MODULES_H
#define DAEMON_MODULES_H

#include "fstype.h"
#include "guestd.h"

/*
 * Loads a module by name or alias with all that it needs. One that is loaded
 * already, or built in, is a success; one that there is not is ENOENT.
 */
int module_load(struct guestd *g, const char *name, struct err *e);

/*
 * Loads what a file system type needs, once; t may be NULL, then name goes by the kernel's
 * alias.
 */
int modules_for_fs(struct guestd *g, const struct fstype *t, const char *name, struct err *e);

#endif
