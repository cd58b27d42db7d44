/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The new file: without a name while it is made, so that nothing is left behind however we end,
 * and under its own once it is whole.
 */
#ifndef MAKE_FS_OUTPUT_H
#define MAKE_FS_OUTPUT_H

#include "util/err.h"

struct output {
	char *path;	 /* where it will be: at the end of symbolic links */
	char *folder;	 /* that this is in */
	char *temporary; /* its name for now, where the file system cannot do without, or NULL */
	int fd;
};

#define OUTPUT_INIT { .fd = -1 }

/*
 * Opens a file that will be called that. What is there under the name is left alone for now, and
 * refused if it is no file, cannot be written to, or is in use.
 */
int output_open(struct output *o, const char *name, struct err *e);
/* Gives it its name, and takes that from what had it. */
int output_finish(struct output *o, struct err *e);
void output_release(struct output *o);

static inline void output_release_p(struct output *o)
{
	output_release(o);
}

#endif
