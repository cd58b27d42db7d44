/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See bmp_png.h. A bitmap's lines begin at multiples of four bytes, mostly with the lowest one. */
#include "bmp_png.h"

#include <string.h>
#include <zlib.h>

#include "util/buf.h"
#include "util/bytes.h"
#include "util/cleanup.h"

#define HEAD_SIZE 40 /* of BITMAPINFOHEADER; later ones are longer */
#define HEAD_MAX  124
#define PNG_RGB	  2 /* kinds of dots */
#define PNG_RGBA  6
#define LINE_SIZE (1 + 4 * (size_t)ICON_SIDE_MAX)

/* What a dot's fourth byte is: nothing, or opacity, which the colours may be multiplied with. */
enum alpha { ALPHA_NONE, ALPHA_PLAIN, ALPHA_MULTIPLIED };

/* A bitmap; lines and palette lie within its bytes. */
struct bitmap {
	uint32_t width, height;
	unsigned bits; /* a dot */
	const uint8_t *palette, *lines;
	uint32_t colours; /* in the palette */
	size_t stride;	  /* bytes of a line */
	bool top_first;
	enum alpha alpha;
};

static const uint8_t *line_of(const struct bitmap *b, uint32_t y, uint32_t height)
{
	return b->lines + b->stride * (b->top_first ? y : height - 1 - y);
}

static enum alpha alpha_of(const struct bitmap *b)
{
	enum alpha ret = ALPHA_MULTIPLIED;
	bool any = false;

	for (uint32_t y = 0; b->bits == 32 && y < b->height; y++) {
		const uint8_t *p = line_of(b, y, b->height);
		for (uint32_t x = 0; x < b->width; x++, p += 4) {
			any |= p[3];
			if (p[0] > p[3] || p[1] > p[3] || p[2] > p[3])
				ret = ALPHA_PLAIN;
		}
	}
	return any ? ret : ALPHA_NONE;
}

/* Sets the palette and the lines, which come after a header of that size. */
static bool find_lines(struct bitmap *b, const uint8_t *data, size_t n, size_t head)
{
	const uint32_t used = get_le32(data + 32);
	size_t at = head;

	b->palette = data + head;
	if (b->bits <= 8)
		b->colours = used ? used : 1u << b->bits;
	/* Others may have one too, as a hint. */
	if ((b->bits <= 8 && b->colours > 1u << b->bits) || used > 256)
		return false;
	at += (size_t)4 * (b->bits <= 8 ? b->colours : used);
	b->stride = ((size_t)b->width * b->bits + 31) / 32 * 4;
	if (at > n || b->stride * b->height > n - at)
		return false;
	b->lines = data + at;
	return true;
}

static bool parse(const uint8_t *data, size_t n, struct bitmap *b)
{
	const size_t head = n >= HEAD_SIZE ? get_le32(data) : 0;

	if (head < HEAD_SIZE || head > HEAD_MAX || head > n)
		return false;
	const uint32_t height = get_le32(data + 8);
	*b = (struct bitmap){ .width = get_le32(data + 4), .bits = get_le16(data + 14) };
	b->top_first = height & 0x80000000u;
	b->height = b->top_first ? -height : height;
	if (get_le16(data + 12) != 1 || get_le32(data + 16) != 0)
		return false; /* layers, or compressed */
	if (b->bits != 4 && b->bits != 8 && b->bits != 24 && b->bits != 32)
		return false;
	if (!icon_side_fits(b->width) || !icon_side_fits(b->height) ||
	    !find_lines(b, data, n, head))
		return false;
	b->alpha = alpha_of(b);
	return true;
}

/* The dot's blue, green and red; black where the palette does not have it. */
static const uint8_t *dot_of(const struct bitmap *b, const uint8_t *line, uint32_t x)
{
	static const uint8_t black[4];
	unsigned i;

	if (b->bits >= 24)
		return line + (size_t)x * (b->bits / 8);
	i = b->bits == 8 ? line[x] : x % 2 ? line[x / 2] & 15 : line[x / 2] >> 4;
	return i < b->colours ? b->palette + (size_t)4 * i : black;
}

/* Writes a line of a PNG, its filter first; returns its bytes. */
static size_t convert_line(const struct bitmap *b, const uint8_t *line, uint8_t *to)
{
	uint8_t *const start = to;

	*to++ = 0;
	for (uint32_t x = 0; x < b->width; x++) {
		const uint8_t *dot = dot_of(b, line, x);
		for (int i = 2; i >= 0; i--) {
			const bool divide = b->alpha == ALPHA_MULTIPLIED && dot[3];
			*to++ = divide ? (uint8_t)((dot[i] * 255u + dot[3] / 2) / dot[3]) : dot[i];
		}
		if (b->alpha != ALPHA_NONE)
			*to++ = dot[3];
	}
	return (size_t)(to - start);
}

/* All lines, deflated; false where zlib will not. */
static bool pack(const struct bitmap *b, uint32_t bitmap_height, struct buf *out)
{
	uint8_t line[LINE_SIZE];
	z_stream z = { 0 };
	int rc = Z_OK;

	if (deflateInit(&z, Z_DEFAULT_COMPRESSION) != Z_OK)
		return false;
	const size_t room = deflateBound(&z, b->height * (1 + (size_t)4 * b->width));
	z.next_out = (uint8_t *)buf_room(out, room);
	z.avail_out = (unsigned)room;
	for (uint32_t y = 0; rc == Z_OK && y < b->height; y++) {
		z.next_in = line;
		z.avail_in = (unsigned)convert_line(b, line_of(b, y, bitmap_height), line);
		rc = deflate(&z, y + 1 < b->height ? Z_NO_FLUSH : Z_FINISH);
	}
	out->len += room - z.avail_out;
	deflateEnd(&z);
	return rc == Z_STREAM_END;
}

static void add_be32(struct buf *b, uint32_t v)
{
	const uint32_t bytes = htobe32(v);

	buf_add(b, &bytes, sizeof(bytes));
}

/* A chunk of a PNG: its length, name, bytes, and a sum of the last two. */
static void add_chunk(struct buf *png, const char *name, const void *data, size_t n)
{
	const size_t at = png->len + 4;

	add_be32(png, (uint32_t)n);
	buf_add(png, name, 4);
	buf_add(png, data, n);
	add_be32(png, (uint32_t)crc32(0, (uint8_t *)png->data + at, (unsigned)n + 4));
}

uint8_t *bmp_to_png(const uint8_t *data, size_t n, unsigned pictures, size_t *ret_n)
{
	CLEANUP(buf_release) struct buf head = BUF_INIT;
	CLEANUP(buf_release) struct buf body = BUF_INIT;
	CLEANUP(buf_release) struct buf png = BUF_INIT;
	struct bitmap b;

	if (!parse(data, n, &b))
		return NULL;
	const uint32_t bitmap_height = b.height;
	b.height /= pictures;
	if (!icon_side_fits(b.height) || !pack(&b, bitmap_height, &body))
		return NULL;
	const uint8_t kind[] = { 8, b.alpha == ALPHA_NONE ? PNG_RGB : PNG_RGBA, 0, 0, 0 };
	add_be32(&head, b.width);
	add_be32(&head, b.height);
	buf_add(&head, kind, sizeof(kind));
	buf_add(&png, "\x89PNG\r\n\x1a\n", 8);
	add_chunk(&png, "IHDR", head.data, head.len);
	add_chunk(&png, "IDAT", body.data, body.len);
	add_chunk(&png, "IEND", "", 0);
	*ret_n = png.len;
	return (uint8_t *)buf_take(&png);
}
