/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-df: the parts of it. */
#ifndef DF_DF_H
#define DF_DF_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/table.h"
#include "cli/tool.h"
#include "proto/proto.h"

struct df_options {
	bool human;
	bool inodes;
	bool csv;
	bool each;      /* every image is a guest of its own */
	bool uuid;      /* domains by their UUIDs */
	unsigned procs; /* -P: how many at a time; 0: as many as there are processors */
};

/* Sets up the columns that the options ask for; t->form is set. */
void df_columns(struct table *t, const struct df_options *o);

/*
 * What a guest with these drives is called: the file name of the first, or the domain's name or with
 * uuid its UUID, with a "+" for each other one. To be freed.
 */
char *df_name(const struct drive_arg *drives, size_t n, bool uuid);

/* Adds a row for each file system of a guest that is called name. */
void df_list(struct table *t, const char *name, const struct drive_arg *drives, size_t n,
	     const wire_usages *usages);

/*
 * --each: looks into every image by itself, procs at a time, and lists them in their order.
 * One that fails is reported, and the others are listed all the same. -1 with *e only where
 * it is of no use to go on.
 */
int df_each(struct cli *c, struct table *t, struct err *e);

#endif
