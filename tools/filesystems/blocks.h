/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-filesystems: which blocks are shown, and how. */
#ifndef FILESYSTEMS_BLOCKS_H
#define FILESYSTEMS_BLOCKS_H

#include "cli/table.h"
#include "proto/proto.h"

/* What is asked for. */
enum show {
	SHOW_FILESYSTEMS = 1 << 0,
	SHOW_EXTRA = 1 << 1, /* and what is no ordinary file system */
	SHOW_LVS = 1 << 2,
	SHOW_VGS = 1 << 3,
	SHOW_PVS = 1 << 4,
	SHOW_PARTITIONS = 1 << 5,
	SHOW_DEVICES = 1 << 6,
	SHOW_MDS = 1 << 7,
	SHOW_CRYPTS = 1 << 8,
	SHOW_UNUSABLE = 1 << 9, /* what has a note */
	SHOW_ALL = SHOW_MDS - 1, /* of virt-filesystems */
	SHOW_ANY = (1 << 10) - 1,
	/* columns */
	SHOW_LONG = 1 << 10,
	SHOW_UUIDS = 1 << 11,
	SHOW_VERSIONS = 1 << 12,
	SHOW_SIGNATURES = 1 << 13, /* set by blocks_columns() */
};

/* Is it encrypted? */
bool blocks_is_locked(const wire_block *b);

/* Does a listing of these show how large file systems are? Then their usage has to be known. */
bool blocks_want_usage(const struct table *t);

/* Sets up t->columns for what t->asked asks for; t->form is set. */
void blocks_columns(struct table *t);

/*
 * Lists what t->asked asks for, each kind after the other. usages tells the sizes of the file
 * systems that can be mounted.
 */
void blocks_list(struct table *t, const wire_blocks *blocks, const wire_usages *usages);

#endif
