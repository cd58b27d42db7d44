/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See pack.h. */
#include "pack.h"

#include <assert.h>
#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define LZ4_BLOCK (8 << 20)

/* Zeroes up to a multiple. */
static void fill_up(struct buf *b, size_t to)
{
	while (b->len % to)
		buf_addch(b, '\0');
}

void cpio_header(struct buf *b, const char *name, uint32_t size)
{
	const uint32_t fields[] = { 1, 0100644, 0, 0, 1, 0, size, 0, 0, 0, 0,
				    (uint32_t)strlen(name) + 1, 0 };

	buf_addstr(b, "070701");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		buf_addf(b, "%08X", fields[i]);
	buf_add(b, name, strlen(name) + 1);
	fill_up(b, 4);
}

void cpio_add(struct buf *b, const char *name, const void *data, size_t n)
{
	cpio_header(b, name, (uint32_t)n);
	buf_add(b, data, n);
	fill_up(b, 4);
}

void cpio_end(struct buf *b)
{
	cpio_header(b, "TRAILER!!!", 0);
	fill_up(b, 512);
}

static void pack_gzip(struct buf *to, const void *p, size_t n)
{
	const size_t max = n + n / 100 + 1024;
	z_stream z = { .next_in = (Bytef *)p, .avail_in = (uInt)n };

	assert(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, 0) == Z_OK);
	z.next_out = (Bytef *)buf_room(to, max);
	z.avail_out = (uInt)max;
	assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
	to->len += z.total_out;
	deflateEnd(&z);
}

static void pack_xz(struct buf *to, const void *p, size_t n)
{
	const size_t max = lzma_stream_buffer_bound(n);
	size_t used = 0;

	assert(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, p, n,
				       (uint8_t *)buf_room(to, max), &used, max) == LZMA_OK);
	to->len += used;
}

static void pack_lzma(struct buf *to, const void *p, size_t n)
{
	const size_t max = n + n / 10 + 1024;
	lzma_options_lzma options;
	lzma_stream z = LZMA_STREAM_INIT;

	lzma_lzma_preset(&options, 1);
	assert(lzma_alone_encoder(&z, &options) == LZMA_OK);
	z.next_in = p;
	z.avail_in = n;
	z.next_out = (uint8_t *)buf_room(to, max);
	z.avail_out = max;
	assert(lzma_code(&z, LZMA_FINISH) == LZMA_STREAM_END);
	to->len += z.total_out;
	lzma_end(&z);
}

static void pack_zstd(struct buf *to, const void *p, size_t n)
{
	const size_t max = ZSTD_compressBound(n);
	const size_t used = ZSTD_compress(buf_room(to, max), max, p, n, 1);

	assert(!ZSTD_isError(used));
	to->len += used;
}

/* As "lz4 -l" has it. */
static void pack_lz4(struct buf *to, const void *p, size_t n)
{
	buf_add(to, "\x02\x21\x4c\x18", 4);
	for (size_t at = 0; at < n;) {
		const int part = n - at < LZ4_BLOCK ? (int)(n - at) : LZ4_BLOCK;
		const int max = LZ4_compressBound(part);
		char *room = buf_room(to, (size_t)max + 4);
		const int used = LZ4_compress_default((const char *)p + at, room + 4, part, max);

		assert(used > 0);
		for (int i = 0; i < 4; i++)
			room[i] = (char)(used >> 8 * i);
		to->len += (size_t)used + 4;
		at += (size_t)part;
	}
}

void pack(struct buf *to, enum packing how, const void *p, size_t n)
{
	static void (*const packers[PACK_N])(struct buf *, const void *, size_t) = {
		[PACK_PLAIN] = buf_add,	 [PACK_GZIP] = pack_gzip, [PACK_XZ] = pack_xz,
		[PACK_LZMA] = pack_lzma, [PACK_ZSTD] = pack_zstd, [PACK_LZ4] = pack_lz4,
	};

	packers[how](to, p, n);
}
