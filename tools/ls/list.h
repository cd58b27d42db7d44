/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-ls: the modes, one function each. */
#ifndef LS_LIST_H
#define LS_LIST_H

#include "cli/out.h"
#include "ls.h"

/* One folder to be listed. */
struct list {
	const struct ls_options *o;
	struct session *session;
	struct out *out;
	struct json *json; /* for list_json */
	char *dir;         /* as the user gave it, or on a Windows as it is there */
};

/* Lists l->dir: 0, or -1 with *e, which says that it cannot be listed, or that the write failed. */
typedef int list_fn(struct list *l, struct err *e);

list_fn list_names;   /* no option: the names in it, in order */
list_fn list_tree;    /* -R: the paths below it, in order */
list_fn list_long;    /* -l: a line for each name in it */
list_fn list_records; /* -lR: a line for it and each file below it */
list_fn list_json;    /* --json, with the files of the mode otherwise chosen */

#endif
