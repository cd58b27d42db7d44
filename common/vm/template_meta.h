/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is written down about a template, to know it again: sizes, hashes, and
 * which blocks of its memory are not zero. XXH3 with a seed of its own: fast
 * enough to read it all in every run; it finds damage. The seed is not among the
 * files that qemu may open.
 */
#ifndef VM_TEMPLATE_META_H
#define VM_TEMPLATE_META_H

#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "vm/qemu_args.h"

#define TEMPLATE_FORMAT 1
#define META_BLOCK	(64u << 10)
#define META_BLOCKS	(((uint64_t)MACHINE_MEMORY << 20) / META_BLOCK)

struct template_meta {
	int64_t made;
	uint64_t seed;
	uint64_t state_size;
	uint64_t ram_hash, state_hash;
	uint8_t used[META_BLOCKS / 8]; /* bit i: block i of the memory is not all zeroes */
};

/* Reads all of both files and fills in what is found. */
int template_meta_compute(struct template_meta *m, int ram, int state, struct err *e);
/* Are the files what they were? */
bool template_meta_matches(const struct template_meta *m, int ram, int state);
uint64_t template_meta_ram_bytes(const struct template_meta *m);

/* meta.json in the folder dirfd; the result of reading is the caller's to free. */
int template_meta_write(const struct template_meta *m, int dirfd, struct err *e);
struct template_meta *template_meta_read(int dirfd, struct err *e);

#endif
