/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives of tar made by hand, right or wrong. */
#ifndef UNIT_TAR_H
#define UNIT_TAR_H

#include <stddef.h>

#include "util/buf.h"

/* A header; size is as it stands there: digits, or bytes. */
void tar_header(struct buf *b, const char *name, char type, const char *size, size_t size_len);
/* Content, and what fills its last block. */
void tar_data(struct buf *b, const char *p, size_t n);
void tar_zeroes(struct buf *b, size_t n);
/* A header, and n zeroes. */
void tar_file(struct buf *b, const char *name, char type, size_t n);
/* An extended header of pax about what comes next. */
void tar_pax(struct buf *b, const char *records);

#endif
