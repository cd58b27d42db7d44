/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new image: without a name while it is made, so that nothing is left behind however we end,
 * and under its own once it is whole.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>

#include "util/err.h"
#include "vm/create.h"
#include "vm/image.h"

struct output {
	char *path;	 /* where it will be: at the end of symbolic links */
	char *folder;	 /* that this is in */
	char *temporary; /* its name for now, where the file system cannot do without, or NULL */
	int fd;		 /* of the file; of a block device only until an image is made on it */
	bool block;	 /* a block device, which is written over from the start */
};

#define OUTPUT_INIT { .fd = -1 }

/*
 * Opens a file that will be called that. What is there under the name is left alone for now, and
 * refused if it is no file, cannot be written to, or is in use. A block device may be there only with
 * may_block.
 */
int output_open(struct output *o, const char *name, bool may_block, struct err *e);
/* Makes an empty image in it, whose path is for messages, and opens that for writing; NULL with *e. */
struct image *output_image(struct output *o, const struct image_new *n, struct err *e);
/* Gives it its name, and takes that from what had it. */
int output_finish(struct output *o, struct err *e);
void output_release(struct output *o);

static inline void output_release_p(struct output *o)
{
	output_release(o);
}

#endif
