/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New disk images. raw is made here; the other formats by qemu-img, a child that is confined to
 * the one file, which we have opened: it gets the descriptor, not a name.
 */
#ifndef VM_CREATE_H
#define VM_CREATE_H

#include <stdint.h>

#include "util/err.h"

/* What is to be made. Strings are borrowed. */
struct image_new {
	const char *path;    /* for messages only */
	const char *format;  /* qemu's driver name, a row of the table in image_header.c */
	uint64_t size;	     /* bytes that the guest will see, not 0; rounded up to whole sectors */
	const char *options; /* as "qemu-img create -o" takes them, or NULL */
};

/*
 * Can that be made here: is the format one of ours, is there a qemu-img if it takes one? 0, or -1
 * with *e. Touches no file.
 */
int image_create_check(const struct image_new *n, struct err *e);

/*
 * Makes it in an open file or block device (O_RDWR), whose old content is lost. 0, or -1 with *e, which
 * names the path.
 */
int image_create(int fd, const struct image_new *n, struct err *e);

#endif
