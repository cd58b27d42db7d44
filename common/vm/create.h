/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New disk images. raw is made here; the other formats by qemu-img, a child that is confined to
 * the one file, which we have opened: it gets the descriptor, not a name.
 */
#ifndef VM_CREATE_H
#define VM_CREATE_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"

/* What is to be made. Strings are borrowed. */
struct image_new {
	const char *path;
	const char *format;  /* qemu's driver name, a row of the table in image_header.c */
	uint64_t size;	     /* bytes that the guest will see, not 0; rounded up to whole sectors */
	const char *options; /* as "qemu-img create -o" takes them, or NULL */
	bool replace;	     /* over a file or a block device that is there, too: what is in it is lost */
};

/*
 * Can that be made here: is the format one of ours, is there a qemu-img if it takes one? 0, or -1
 * with *e. Touches no file.
 */
int image_create_check(const struct image_new *n, struct err *e);

/*
 * Makes it. 0; or -1 with *e, which names the path, and a file that was not there before is not
 * there then either. EEXIST: a file of that name is there, and replace is not set. EBUSY: and it
 * is in use.
 */
int image_create(const struct image_new *n, struct err *e);

/* The same in an open file (O_RDWR), whose old content is lost; path is for messages only. */
int image_create_in(int fd, const struct image_new *n, struct err *e);

#endif
