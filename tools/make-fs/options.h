/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-make-fs: what it can be told. */
#ifndef MAKE_FS_OPTIONS_H
#define MAKE_FS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/opt.h"
#include "util/err.h"

/* Strings are borrowed from argv. */
struct make_fs_options {
	const char *type;
	const char *format;
	const char *label;
	const char *table;  /* "mbr", "gpt", "none" */
	uint64_t size; /* bytes, or more than are needed; 0: none given */
	bool more;
	unsigned blocksize; /* 0: not given */
};

extern const struct opt make_fs_rows[];
/* An opt_fn of these rows, with a struct make_fs_options. */
int make_fs_option(void *ctx, int id, const char *arg, struct err *e);

#endif
