/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vmdk's descriptor: the text that says what the disk is made of. */
#ifndef VM_IMAGE_VMDK_H
#define VM_IMAGE_VMDK_H

#include <stdint.h>

#include "vm/image_parse.h"

/* The first extent of a descriptor, and how many there are. */
struct vmdk_descriptor {
	char type[32];	 /* createType, fit for a terminal; "" where it is not said */
	char *parent;	 /* parentFileNameHint, or NULL */
	bool has_parent; /* parentCID names one */
	unsigned n_extents;
	bool flat;	  /* the first extent is plain data */
	char *file;	  /* its file's name, or NULL */
	uint64_t sectors; /* its length */
	uint64_t first;	  /* sector of the file where it starts */
};

#define VMDK_DESCRIPTOR_MAX (1U << 20)

/* Reads len bytes of descriptor at off. 0, or -1 with *e. */
int vmdk_descriptor_read(const struct image_source *src, uint64_t off, uint64_t len,
			 struct vmdk_descriptor *ret_d, struct err *e);
void vmdk_descriptor_release(struct vmdk_descriptor *d);

static inline void vmdk_descriptor_release_p(struct vmdk_descriptor *d)
{
	vmdk_descriptor_release(d);
}

#endif
