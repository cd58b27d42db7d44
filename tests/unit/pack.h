/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes an initramfs for tests: cpio archives, packed in each way that there is. */
#ifndef TESTS_PACK_H
#define TESTS_PACK_H

#include <stdint.h>

#include "util/buf.h"

/* Adds a file to a cpio archive. */
void cpio_add(struct buf *b, const char *name, const void *data, size_t n);
/* Adds the header of one of size bytes, whose content is the caller's to add. */
void cpio_header(struct buf *b, const char *name, uint32_t size);
/* Ends the archive, and fills it up to 512 bytes with zeroes. */
void cpio_end(struct buf *b);

enum packing { PACK_PLAIN, PACK_GZIP, PACK_XZ, PACK_LZMA, PACK_ZSTD, PACK_LZ4, PACK_N };
/* Adds to *to the n bytes at p, packed. */
void pack(struct buf *to, enum packing how, const void *p, size_t n);

#endif
