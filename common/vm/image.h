/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk images on the host: opened by us, with the caller's rights, layer by layer.
 *
 * qemu is given open descriptors and explicit formats only. It never probes a
 * format and never follows a name that stands in an image's header: that name is
 * read here, judged here, and opened here, or refused with words that say what
 * was found. Headers are hostile: every length and offset in them is checked.
 */
#ifndef VM_IMAGE_H
#define VM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/err.h"
#include "vm/remote.h"

enum image_flags {
	IMAGE_WRITE = 1 << 0,	       /* the top layer is opened O_RDWR, and must not be in use */
	IMAGE_ALLOW_EXTERNAL = 1 << 1, /* names of other files in headers may point anywhere */
};

/* One file of a chain. */
struct image_layer {
	int fd;		    /* open; the image's to close; -1 where it is remote, and not connected */
	struct remote *remote; /* the disk of another machine; the image's to close, or NULL */
	char *path;	    /* as opened, for messages */
	const char *format; /* qemu's driver name, a row of the table in image_header.c */
	uint64_t offset;    /* where raw data starts in the file, bytes: a vmdk's flat extent */
	uint64_t size;	    /* and is this long; 0: to the end of the file */
	int data_fd;	    /* qcow2's external data file (raw), or -1 */
	char *data_path;    /* its name, or NULL */
};

struct image {
	char *name;		    /* as the user gave it */
	struct image_layer *layers; /* [0] is the top, each is backed by the next */
	size_t n_layers;	    /* 1 to IMAGE_LAYERS_MAX */
	uint64_t virtual_size;	    /* bytes the guest sees */
	unsigned blocksize; /* of the disk, logical and physical: 512, 4096, 0: as qemu likes */
	bool writable;	    /* opened with IMAGE_WRITE */
	int overlay;	    /* a qcow2 that takes what is written to the disk; the image's to close, or -1 */
	int journal;	    /* a qcow2 that takes what is written to the top layer's file; the image's to close, or -1 */
	char *warning;	    /* what the user should know (it is in use), or NULL */
};

#define IMAGE_LAYERS_MAX 64

/*
 * Opens the image at path and all layers below it. format is a qemu driver name
 * from the table in image_header.c, or NULL to read it off the header; an unknown one is
 * an error that lists the known ones. "/dev/null" gives a private empty disk of
 * 4096 bytes, each time anew. NULL with *e on failure; the message names path.
 */
struct image *image_open(const char *path, const char *format, unsigned flags, struct err *e);

/* The same of a disk of another machine. */
struct image *image_open_remote(const struct remote_spec *place, const char *format,
				unsigned flags, struct err *e);

/*
 * Which file have the first n_layers layers of an image (1: what is written; IMAGE_LAYERS_MAX: all) in
 * common with any layer of another one? Its path, which is other's, or NULL.
 */
const char *image_shares(const struct image *img, size_t n_layers, const struct image *other);
/* Is an open file, or the block device of one, a part of it? */
bool image_has_file(const struct image *img, int fd);

/*
 * Connects what is remote for one start of qemu, which takes the descriptors over: they are closed
 * here by image_disconnect(). 0, or -1 with *e.
 */
int image_connect(struct image *img, struct err *e);
void image_disconnect(struct image *img);

/* Closes all layers; NULL is fine. */
void image_close(struct image *img);
DEFINE_CLEANUP(struct image *, image_close);

/* Is this a format that --format takes? */
bool image_format_known(const char *format);

#endif
