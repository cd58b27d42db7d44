/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-tail's parts. */
#ifndef TOOLS_TAIL_TAIL_H
#define TOOLS_TAIL_TAIL_H

#include "cli/tool.h"

/* What was asked for. */
struct tail_options {
	uint64_t lines;	  /* to begin with */
	unsigned seconds; /* between two looks */
	bool once;
	bool quiet; /* no line tells which file it is */
};

/* A file that is followed. */
struct followed {
	const char *name; /* as it was given; borrowed */
	bool there;
	bool told;	  /* that it is not there */
	uint64_t ino;
	uint32_t dev_major, dev_minor;
	uint64_t pos;	  /* what lies before it was printed */
	struct buf line;  /* with --json: a line whose end has not come yet */
};

/* All of them. */
struct follow {
	struct cli *cli;
	const struct tail_options *o;
	struct followed *files;
	size_t n;
	const struct followed *last; /* that was printed of */
	bool begun;		     /* there was a look before */
};

/* Prints what is new in all files, in the session that is open. -1 with *e: look again later. */
int follow_look(struct follow *f, struct err *e);
/* Prints what is left of lines without an end. */
int follow_end(struct follow *f, struct err *e);
/* Is none of the files there any more? */
bool follow_all_gone(const struct follow *f);

#endif
