/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UTF-16 of little endian, as Windows and the UEFI specification have it. */
#ifndef DAEMON_UTF16_H
#define DAEMON_UTF16_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"

/* Appends n UTF-16 characters at p as UTF-8; what cannot be in XML becomes U+FFFD. */
void utf16_add(struct buf *b, const uint8_t *p, size_t n);
/* Appends one character. */
void utf8_add(struct buf *b, uint32_t c);

#endif
