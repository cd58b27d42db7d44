/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the disks: the calls for it, with keys for what is encrypted. */
#ifndef CLI_STORAGE_H
#define CLI_STORAGE_H

#include "cli/tool.h"
#include "vm/calls.h"

/*
 * The calls of these names, once more each time that a key opens something. Without a key
 * option nobody is asked for one. What stays locked is a warning, as are the calls' own; a key
 * that does not fit is reported as a failure, and the rest is there all the same.
 */
int storage_list(struct cli *c, struct storage_ret *r, struct err *e);
/* The same for who is going to write: a key that does not fit is an error. */
int storage_list_strict(struct cli *c, struct storage_ret *r, struct err *e);
int storage_usage(struct cli *c, struct usage_ret *r, struct err *e);

#endif
