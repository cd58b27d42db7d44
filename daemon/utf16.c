/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See utf16.h. */
#include "utf16.h"

#include "util/bytes.h"

void utf8_add(struct buf *b, uint32_t c)
{
	if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0xd800 && c < 0xe000) ||
	    c == 0xfffe || c == 0xffff)
		c = 0xfffd;
	if (c < 0x80) {
		buf_addch(b, (char)c);
	} else if (c < 0x800) {
		buf_addch(b, (char)(0xc0 | c >> 6));
		buf_addch(b, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		buf_addch(b, (char)(0xe0 | c >> 12));
		buf_addch(b, (char)(0x80 | (c >> 6 & 63)));
		buf_addch(b, (char)(0x80 | (c & 63)));
	} else {
		buf_addch(b, (char)(0xf0 | c >> 18));
		buf_addch(b, (char)(0x80 | (c >> 12 & 63)));
		buf_addch(b, (char)(0x80 | (c >> 6 & 63)));
		buf_addch(b, (char)(0x80 | (c & 63)));
	}
}

void utf16_add(struct buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t c = get_le16(p + 2 * i);
		uint32_t low = c >= 0xd800 && c < 0xdc00 && i + 1 < n ? get_le16(p + 2 * i + 2) : 0;

		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
			i++;
		}
		utf8_add(b, c);
	}
}
