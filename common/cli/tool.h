/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frame of every tool: options, operands, help, the end of the process.
 *
 * A tool is a row of option rows and two or three functions; its main is
 *
 *   return tool_main(&tool, argc, argv, &own_options);
 *
 * Exit status: 0 done, 1 failed, 2 bad usage, unless the tool's row says otherwise. Killed by
 * SIGINT, SIGTERM or SIGHUP it cancels what it does and dies of that signal.
 */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/image_opts.h"
#include "cli/opt.h"
#include "cli/out.h"
#include "cli/report.h"
#include "vm/session.h"

struct cli;

enum tool_flags {
	TOOL_IMAGES = 1 << 0,   /* wants at least one disk image */
	TOOL_OPERANDS = 1 << 1, /* wants at least one operand, else takes none; see below */
	TOOL_WRITES = 1 << 2,   /* opens its images for writing */
	TOOL_MAY_IDLE = 1 << 3, /* with TOOL_IMAGES: check() judges whether none will do */
	TOOL_DISKS = 1 << 4,    /* with TOOL_IMAGES: operands are disks as if each had an -a */
	TOOL_NAMED_DISKS = 1 << 6, /* with TOOL_IMAGES: no operand is a disk; for what erases them */
	TOOL_LONG_ONLY = 1 << 5, /* a long option may have one dash, as with the peer of that job */
};
/* Without -a, the operands of TOOL_IMAGES are disks, but with TOOL_NAMED_DISKS; with TOOL_OPERANDS, too, all but the last. */

struct tool {
	const char *name;    /* "guest-cat" */
	const char *usage;   /* what follows the name in --help */
	const char *summary; /* one line: what it does */
	const char *operand; /* what an operand is called in "missing FILE" */
	const struct opt *rows;
	const char *statuses; /* of --help; NULL: "0 done, 1 failed, 2 bad usage" */
	int usage_status;     /* of bad usage; 0: 2 */
	unsigned flags;
	opt_fn option; /* the tool's own options, with own as ctx; NULL: it has none */
	/* Asked before the shared options are: 1 where it takes that one, 0 where not. May be NULL. */
	opt_fn early;
	/* Judges options and operands together; -1 with *e is a usage error. May be NULL. */
	int (*check)(struct cli *c, struct err *e);
	/* The job. 0; -1 with *e for what ended it; 1 for what ended it and was reported. */
	int (*run)(struct cli *c, struct err *e);
};

/* One run of one tool. */
struct cli {
	const struct tool *tool;
	void *own; /* the tool's own options */
	struct image_opts images;
	char **operands; /* n_operands, borrowed from argv */
	size_t n_operands;
	struct report report;
	struct out out; /* stdout */
	struct session *session; /* NULL until guest_open() */
	int status;		 /* of a run without failures */
	bool windows;            /* the guest that guest_open() has mounted is a Windows */
};

/* Runs a tool from its first option to its exit status. */
int tool_main(const struct tool *t, int argc, char **argv, void *own);

/*
 * Puts "cannot VERB 'PATH': " before the message, without saying twice what a
 * plain failed open says. Returns -1.
 */
int guest_path_err(const char *verb, const char *path, struct err *e);
/* Is it of no use to go on: interrupted, stdout gone, appliance dead? */
bool tool_must_stop(const struct cli *c);

#endif
