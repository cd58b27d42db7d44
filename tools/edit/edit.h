/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of guest-edit share: its options, and one file on its way through them. */
#ifndef EDIT_EDIT_H
#define EDIT_EDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/json.h"
#include "cli/tool.h"
#include "util/buf.h"
#include "util/err.h"
#include "vm/calls.h"

struct edit_options {
	const char *expression; /* -e, or NULL: an editor */
	const char *backup;	/* -b, or NULL */
	const char *checker;	/* --check, or NULL */
	bool diff, dry_run, create, in_place;
	struct expr *parsed; /* the expression, where it is run here; NULL: by perl */
	struct err beyond;   /* why it is for perl */
	struct err unable;   /* no != 0: it cannot be run at all */
};

/* One file. */
struct edit_file {
	const char *name;   /* as the user gave it */
	struct stat_ret place; /* where it is; of several files only */
	char *path;	    /* as the guest has it, once it is replaced without symlinks */
	bool absent;	    /* it is to be made */
	bool changed, written;
	struct buf old, now; /* content */
	struct buf diff;
	char **notices; /* of the guest, about the replacement */
	uint32_t n_notices;
	char *kept; /* what the user has typed lies here, and has not got to the guest; or NULL */
};

/* One run. */
struct edit {
	struct cli *c;
	const struct edit_options *o;
	char *folder; /* of our own, for temporary files; NULL until one is needed */
	struct json *json;
	bool keep; /* something in the folder is all that there is of a user's work */
};

/* ---- same.c */

/*
 * Refuses a file that is given twice, by whatever names; and fills v[].place. *ret_at is which one
 * it failed at.
 */
int same_check(struct edit *x, struct edit_file *v, size_t n, size_t *ret_at, struct err *e);

/* ---- copies.c: content as files of this host, in a folder that nobody else can look into */

/* Writes a file of that content; its name ends like the guest's. Its path, to be freed; or NULL. */
char *copies_make(struct edit *x, const char *like, const char *tag, const struct buf *content,
		  struct err *e);
/* Reads one back, all of it. */
int copies_read(const char *path, struct buf *ret, struct err *e);
/* Removes one; path is spoilt. */
void copies_remove(char *path);
/* Removes the folder, unless something in it is kept. */
void copies_end(struct edit *x);

/* ---- change.c */

/* Tells whether the expression is one, before anything is opened. EINVAL: it is not. */
int change_parse(struct edit_options *o, struct err *e);
/* Fills f->now: by the expression. */
int change_by_expression(struct edit *x, struct edit_file *f, struct err *e);
/* Or by the user's editor. What he typed is kept where it does not get into the guest: f->kept. */
int change_by_editor(struct edit *x, struct edit_file *f, struct err *e);
/* Fills f->diff. */
int change_diff(struct edit *x, struct edit_file *f, struct err *e);
/* Asks the checker about f->now: -1 with *e where it rejects it. */
int change_check(struct edit *x, struct edit_file *f, struct err *e);

#endif
