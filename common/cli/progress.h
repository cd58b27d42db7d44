/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a job is: a bar on the terminal for what takes over a second, lines of
 * JSON for a program, nothing else.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_mode {
	PROGRESS_AUTO, /* a bar after a second, if stderr is a terminal and stdout is none */
	PROGRESS_BAR,  /* a bar at once */
	PROGRESS_JSON, /* {"schema":"guestutils.progress.v1",...} on stderr, one a line */
	PROGRESS_NONE,
};

struct progress {
	const char *tool; /* borrowed */
	enum progress_mode mode;
	bool tty;         /* stderr is a terminal */
	bool bar;         /* a bar may be drawn while the job prints */
	bool drawn;       /* there is one on the terminal now */
	bool bytes;       /* positions are bytes: the bar shows how many a second */
	int64_t start;    /* of the job, now_ns() */
	int64_t last;     /* time of the last drawing */
};

void progress_init(struct progress *p, const char *tool, enum progress_mode mode);
/* A new job starts: time runs from now. */
void progress_start(struct progress *p);
/* How far it is; total 0: unknown. */
void progress_update(struct progress *p, uint64_t position, uint64_t total);
/* What is being done, where no position is known; nothing is on stdout yet. */
void progress_text(struct progress *p, const char *text);
/* Takes the bar off the terminal; to be called before anything else is written there. */
void progress_hide(struct progress *p);

#endif
