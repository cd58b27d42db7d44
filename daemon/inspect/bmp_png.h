/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures of Windows as PNG. */
#ifndef DAEMON_INSPECT_BMP_PNG_H
#define DAEMON_INSPECT_BMP_PNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ICON_SIDE_MIN 16 /* dots, of a logo's width and height */
#define ICON_SIDE_MAX 1024

static inline bool icon_side_fits(uint32_t dots)
{
	return dots >= ICON_SIDE_MIN && dots <= ICON_SIDE_MAX;
}

/*
 * Makes a PNG of a bitmap, n bytes from its BITMAPINFOHEADER on, which may be hostile: of 4, 8,
 * 24 or 32 bits a dot and not compressed. A bitmap may hold several pictures of the same size, one
 * below the other: the first one of them is taken. NULL: it is no such bitmap, or none of a
 * logo's size. The caller frees the *ret_n bytes.
 */
uint8_t *bmp_to_png(const uint8_t *data, size_t n, unsigned pictures, size_t *ret_n);

#endif
