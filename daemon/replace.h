/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file made beside another one, and put in its place in one step. */
#ifndef DAEMON_REPLACE_H
#define DAEMON_REPLACE_H

#include "util/err.h"

/* A file that has no name yet, or one that nobody can guess. */
struct fresh {
	int folder; /* borrowed: where it is, and is to be */
	int fd;
	char name[32]; /* "": it has none, and is gone when fd is closed */
};

#define FRESH_INIT { -1, -1, "" }

/* Makes one in a folder, empty, for its owner only. path is what it is for, in messages. */
int fresh_open(struct fresh *f, int folder, const char *path, struct err *e);
/* Puts it where no such name is; EEXIST where there is one. */
int fresh_place_new(struct fresh *f, const char *name, const char *path, struct err *e);
/* Puts it in the place of a file. */
int fresh_place(struct fresh *f, const char *name, const char *path, struct err *e);
/* The same, and the old file is then called backup, in place of what had that name. */
int fresh_place_backup(struct fresh *f, const char *name, const char *backup, const char *path,
		       struct err *e);
/* Closes it, and removes it unless it was placed. */
void fresh_release(struct fresh *f);
static inline void fresh_release_p(struct fresh *f)
{
	fresh_release(f);
}

/* Makes the names of a folder last. */
int folder_sync(int folder, const char *path, struct err *e);

#endif
