/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Headers of disk images: what a file says about itself, checked, not believed.
 *
 * Nothing here opens a file: the names that a header holds are handed back as
 * they stand there, for image.c to judge.
 */
#ifndef VM_IMAGE_HEADER_H
#define VM_IMAGE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/err.h"

/* The file whose header is read. */
struct image_source {
	int fd;           /* borrowed; not looked at where there is read() */
	uint64_t size;    /* bytes in it */
	const char *name; /* for messages: fit for a terminal, see image_name_shown() */
	/* Reads n bytes at off, within the size; 0, or -1 with errno. NULL: it is a file. */
	int (*read)(const void *ctx, void *p, size_t n, uint64_t off);
	const void *ctx;
};

/* A header's content. All names are as found: hostile, without a NUL inside. */
struct image_header {
	const char *format;    /* qemu's driver name */
	uint64_t virtual_size; /* bytes the guest sees; a multiple of 512, not 0 */
	char *backing;         /* name of the file below, or NULL */
	char *backing_format;  /* the format recorded for it, or NULL */
	bool data_external;    /* the data is in another file */
	char *data_file;       /* its name, or NULL where none is recorded */
	char *extent;          /* vmdk: the flat file that this descriptor is about, or NULL */
	uint64_t extent_offset; /* where in it the disk starts, bytes; its length is virtual_size */
	const char *no_write;  /* why this image can only be read, or NULL */
};

/*
 * Reads the header of *src as the given format, or as what it is found to be where
 * format is NULL: raw if nothing else. 0, or -1 with *e, which names the file.
 */
int image_header_read(const struct image_source *src, const char *format,
		      struct image_header *ret_h, struct err *e);
void image_header_release(struct image_header *h);

static inline void image_header_release_p(struct image_header *h)
{
	image_header_release(h);
}

/*
 * Does a file look like a disk: the header of a format, a partition table, a file
 * system or a volume known by its signature, or nothing written where those would
 * be? Key files, password files and other texts do not.
 */
bool image_header_is_disk(const struct image_source *src);

/* The table row's own name of a format, or NULL for one that is not known. */
const char *image_format_name(const char *format);
/* The names of all formats, with ", " between them. */
char *image_format_list(void);

#define IMAGE_NAME_SHOWN_MAX 300

/* Copies a name for a message: control characters become '?', a long one loses its start. */
const char *image_name_shown(const char *name, char shown[IMAGE_NAME_SHOWN_MAX]);

#endif
