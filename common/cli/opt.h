/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Option rows: from one row each come getopt's tables, --help, the lists that
 * shell completion asks for, and what the tests hold the manuals against.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stdbool.h>

#include "util/buf.h"
#include "util/err.h"

enum opt_flags {
	OPT_OPTIONAL = 1 << 0, /* the argument may be left out: --name or --name=ARG only */
	OPT_HIDDEN = 1 << 1,   /* an alias: taken and completed, but not in --help */
	OPT_SECRET = 1 << 2,   /* for programs: not listed anywhere */
};

/* One option. A row has a letter, a name, or both. */
struct opt {
	char letter;         /* 0: none */
	const char *name;    /* of the long form, NULL: none */
	const char *metavar; /* what its argument is called, NULL: takes none */
	const char *help;    /* one line */
	int id;              /* what opt_fn gets; 0: the letter */
	unsigned flags;      /* enum opt_flags */
};

#define OPT_END { 0, NULL, NULL, NULL, 0, 0 }
/* Ids of options without a letter: the shared ones, then each tool's own. */
#define OPT_ID_SHARED 256
#define OPT_ID_TOOL 512

/*
 * Called for each option in the order of the command line; arg is NULL where none
 * was given. 0, or -1 with *e to stop; a positive value stops too.
 */
typedef int (*opt_fn)(void *ctx, int id, const char *arg, struct err *e);

/* One command line, as it is parsed. */
struct opt_parser {
	const struct opt *rows;
	opt_fn fn;
	void *ctx;
	bool long_only; /* "-name" is as good as "--name" */
	int first; /* afterwards: the operands are argv[first] and on */
};

/*
 * Parses argv as GNU getopt_long does: options and operands may be mixed, long
 * names may be cut short, "--" ends the options. 0, -1 with *e, or what fn
 * returned to stop.
 */
int opt_parse(struct opt_parser *p, int argc, char **argv, struct err *e);

/* Appends the lines of --help about the rows. */
void opt_help(const struct opt *rows, struct buf *b);
/* Append one "-x" a line, one "--name" a line: for completion. */
void opt_list_short(const struct opt *rows, struct buf *b);
void opt_list_long(const struct opt *rows, struct buf *b);
/* Appends one row a line, with tabs between: -x, --name, none|required|optional, metavar, help. */
void opt_dump(const struct opt *rows, struct buf *b);

#endif
