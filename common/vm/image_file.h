/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening one file that may hold a disk: what else it may be never harms. */
#ifndef VM_IMAGE_FILE_H
#define VM_IMAGE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "util/err.h"
#include "util/io.h"
#include "vm/image_header.h"
#include "vm/remote.h"

struct image_file {
	int fd;				  /* open; the file's to close, or -1 */
	struct remote *remote;		  /* instead of it; the file's to close, or NULL */
	struct remote_spec place;	  /* of that */
	char *path;			  /* as opened */
	char shown[IMAGE_NAME_SHOWN_MAX]; /* the same, for messages */
	uint64_t size;			  /* bytes, not 0 */
	dev_t dev;			  /* which file this is */
	ino_t ino;
};

#define IMAGE_FILE_INIT                                                                            \
	{                                                                                          \
		.fd = -1                                                                           \
	}

enum image_file_flags {
	IMAGE_FILE_WRITE = 1 << 0,    /* O_RDWR; a block device that the host uses is refused */
	IMAGE_FILE_NAMED = 1 << 1,    /* the name is from a header: "/dev/null" is just that */
	IMAGE_FILE_NO_BLOCK = 1 << 2, /* a block device is refused, with ENOTBLK */
	IMAGE_FILE_EMPTY = 1 << 3,    /* may have 0 bytes */
};

/*
 * Opens a regular file or a block device. "/dev/null" gives an anonymous file of
 * 4096 zeros. 0, or -1 with *e, which names the file.
 */
int image_file_open(const char *path, unsigned flags, struct image_file *ret_f, struct err *e);
/* Opens a disk of another machine. */
int image_file_open_remote(const struct remote_spec *place, bool write, struct image_file *ret_f,
			   struct err *e);
/* The file as a source of headers. */
struct image_source image_file_source(const struct image_file *f);
/* Sets size, dev and ino from the open file, which must not be empty. */
int image_file_measure(struct image_file *f, struct err *e);
void image_file_release(struct image_file *f);

static inline void image_file_release_p(struct image_file *f)
{
	image_file_release(f);
}

#endif
