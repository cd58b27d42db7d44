/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is somebody else's qemu at work on a file? */
#ifndef VM_IMAGE_LOCK_H
#define VM_IMAGE_LOCK_H

#include <stdbool.h>

#include "util/err.h"
#include "vm/image_file.h"

/* Does a qemu write to this file right now? False too where locks cannot be asked for. */
bool image_lock_is_written(const struct image_file *f);

/* May we write? -1 with *e, which names the holder if it can be found, where a qemu
 * writes to the file, or counts on nobody else doing so. */
int image_lock_check_write(const struct image_file *f, struct err *e);

/*
 * The same, and from now on no other tool of ours may, until all who have the open file have closed it:
 * this process and a qemu that it was given to.
 */
int image_lock_take(const struct image_file *f, struct err *e);

/*
 * Says what qemu would say that writes to it, until the file is closed: no other one opens it for writing.
 * -1 with *e where one has done so in the meantime.
 */
int image_lock_hold(int fd, const char *shown, struct err *e);

#endif
