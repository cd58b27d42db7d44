/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copying what is on one image to another one, by qemu-img: it knows which parts of an image are
 * allocated, reads all formats, also compressed ones, and does not write zeroes. It runs confined as
 * qemu does, with open descriptors only.
 */
#ifndef VM_CONVERT_H
#define VM_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "vm/image.h"

struct convert {
	struct image *from; /* open, as the next */
	struct image *to;   /* opened with IMAGE_WRITE */
	int overlay;	    /* a qcow2 whose content lies over from, or -1 */
	bool ranged;	    /* only length bytes, from from_at to to_at; else all */
	uint64_t from_at, to_at, length; /* bytes, multiples of 512 */
	bool to_is_zero; /* all of to, or of its range, reads as zeroes: zeroes are not written */
	bool no_sparse;	 /* zeroes are written as zeroes, and take space */
	bool compress;	 /* not with ranged */
	/* How far it is, in hundredths of a percent; -1 with *e to stop. May be NULL. */
	int (*progress)(void *ctx, unsigned hundredths, struct err *e);
	void *ctx;
};

/* Copies. 0, or -1 with *e: what is on the target then is nobody's. */
int convert_run(const struct convert *c, struct err *e) __attribute__((warn_unused_result));

/*
 * Does all of an image read as zeroes, as far as its allocation tells? 1 or 0, or -1 with *e. That of
 * another machine, or of a block device, is not known to.
 */
int convert_is_zero(struct image *img, struct err *e) __attribute__((warn_unused_result));

/*
 * Makes the disk of an image that has a journal larger, to size bytes: as far as anybody sees who
 * reads it together with that. A raw one only needs to be told.
 */
int convert_resize(struct image *img, uint64_t size, struct err *e) __attribute__((warn_unused_result));

/*
 * Tells each stretch of the top layer's file that the journal of an image has: n bytes at at, which are
 * zeroes, or are in the journal's file from from on.
 */
typedef int (*convert_change_fn)(void *ctx, uint64_t at, uint64_t n, bool zero, uint64_t from, struct err *e);
int convert_changes(struct image *img, convert_change_fn fn, void *ctx, struct err *e)
	__attribute__((warn_unused_result));

#endif
