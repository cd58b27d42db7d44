/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of other files in an image's header: which may be followed, and where to. */
#ifndef VM_IMAGE_REF_H
#define VM_IMAGE_REF_H

#include "util/err.h"
#include "vm/image_file.h"

enum image_ref_role { IMAGE_REF_BACKING, IMAGE_REF_DATA, IMAGE_REF_EXTENT };

/* One such name. All strings are borrowed. */
struct image_ref {
	enum image_ref_role role;
	const struct image_file *from; /* the file whose header it is */
	const char *name;	       /* as it stands there */
	unsigned flags;		       /* enum image_flags */
};

/*
 * What to open for it: a path, to be freed, and where the name tells one, a format,
 * to be freed, else NULL. -1 with *e where the name must not be followed.
 */
int image_ref_resolve(const struct image_ref *ref, char **ret_path, char **ret_format,
		      struct err *e);

/*
 * Opens what a remote image names: another one beside it, by a plain name, where the protocol has
 * folders. -1 with *e for all others.
 */
int image_ref_open_remote(const struct image_ref *ref, bool write, struct image_file *ret_f,
			  struct err *e);

/* Opens the path that was resolved, for writing if write says so. */
int image_ref_open(const struct image_ref *ref, const char *path, bool write,
		   struct image_file *ret_f, struct err *e);

/* May the content of *f, opened for it, be shown to a guest? -1 with *e if not. */
int image_ref_check(const struct image_ref *ref, const struct image_file *f, struct err *e);

/* Puts "backing file of 'x': " before the message in *e. Returns -1. */
int image_ref_ctx(const struct image_ref *ref, struct err *e);

#endif
