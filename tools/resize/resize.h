/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of guest-resize share: its options, and one run of it. */
#ifndef RESIZE_RESIZE_H
#define RESIZE_RESIZE_H

#include "cli/say.h"
#include "cli/tool.h"
#include "describe.h"
#include "plan.h"

struct resize_options {
	struct plan_options plan; /* wishes are owned, their names borrowed from argv */
	struct plan_wish *wishes;
	const char *format, *output_format; /* or NULL */
	const char *size;		    /* --size, or NULL */
	const char *journal, *undo, *resume; /* of --in-place; or NULL */
	const char *machine;		    /* --machine-readable's argument, or NULL */
	bool machine_readable;
	bool in_place;
	bool dry_run, quiet;
	bool no_boot_loader, no_sparse, force_ntfs;
};

/* A layer that has been grown: bytes. */
struct grown {
	const struct plan_grow *what;
	uint64_t before, after;
};

struct resize {
	struct cli *c;
	const struct resize_options *o;
	struct say say;
	struct drive_arg *drives; /* IN and OUT, or the one disk */
	const char *in, *out;	  /* their names */
	uint64_t before, target;  /* bytes of the disk that is, and of the one that is to be */
	struct description was;
	struct plan plan;
	struct grown *grown; /* as many as plan.n_grows */
	size_t n_grown;
};

/* ---- resize_copy.c, resize_in_place.c: the two ways. 0, or -1 with *e. */

int resize_copy(struct resize *r, struct err *e);
int resize_in_place(struct resize *r, struct err *e);

/* ---- resize_target.c: what both do to the disk that changes */

/* Does the plan need to know where the guest has its file systems? */
bool resize_needs_mountpoints(const struct resize_options *o);
/* Refuses what could be told beforehand not to grow. The session has the disk as it was. */
int resize_check(struct resize *r, struct err *e);
/*
 * The table, all growth, and whether it came out as planned. The session has the disk, opened for
 * writing; it is still open afterwards.
 */
int resize_apply(struct resize *r, struct err *e);
/* Makes the i-th disk the one that guest_launch() takes, for writing or not. */
void resize_use(struct resize *r, size_t i, bool write);
/* Ends c's session, so that another one can begin. */
void resize_session_end(struct resize *r);

/* ---- summary.c */

/* What is going to be done, in words and, where nothing else will be, as a table. */
void summary_print(struct resize *r);
/* What has been done: old and new sizes of what has grown. */
void summary_done(struct resize *r);
/* The plan as JSON, to stdout. done: it was carried out. */
void summary_json(struct resize *r, bool done);
/* The same for --undo and --continue, where there is no plan. */
void summary_json_journal(struct resize *r);

/* "The filesystem ext4 on /dev/sda2" */
void summary_subject(const struct plan_grow *g, char *ret, size_t n);

#endif
