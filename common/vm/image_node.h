/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image as qemu and its kin take it: one JSON text of nodes in nodes, which names descriptors and
 * formats only. qemu's documentation calls that BlockdevOptions (qapi/block-core.json).
 */
#ifndef VM_IMAGE_NODE_H
#define VM_IMAGE_NODE_H

#include "util/buf.h"
#include "vm/image.h"

/* How it is to be opened; all zero: read-only, as it is. */
struct image_how {
	const char *fds; /* what a descriptor's number is put after: "/dev/fdset/", "/dev/fd/" */
	const char *name; /* node-name of the top, or NULL */
	/*
	 * Layers below the top are nodes of their own, NAME-1 and on, by image_node_below(): qemu insists on
	 * reading the name in a header where a layer on NBD is told of any other way.
	 */
	bool apart;
	bool writable;
	bool discard;     /* what the guest discards is given back to the host */
	bool overlaid;    /* overlay is a qcow2 that takes all writes; nothing of it is to survive */
	bool journaled;   /* journal is a qcow2 that takes all writes to the file of the top layer */
	int overlay, journal;
	bool ranged;      /* only length bytes from offset on are the disk */
	uint64_t offset, length;
};

/* Appends the JSON object. */
void image_node(struct buf *b, const struct image *img, const struct image_how *how);

/* With apart: layer i, from 1 on; the last one comes first. */
void image_node_below(struct buf *b, const struct image *img, const struct image_how *how, size_t i);

/* The file of an image's top layer as its journal has it, as raw bytes. */
void image_node_journaled(struct buf *b, const struct image *img, const struct image_how *how);

/* The same of one open file by itself, as raw bytes. */
void file_node(struct buf *b, int fd, const struct image_how *how);

#endif
