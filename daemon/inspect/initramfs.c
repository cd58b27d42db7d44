/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See initramfs.h. */
#include "initramfs.h"

#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define IN_SIZE	   ((size_t)128 << 10)
#define IN_AFTER_GAP ((size_t)4 << 10) /* the next gap may come soon */
#define OUT_SIZE   ((size_t)128 << 10)
#define MAGIC_MAX  6
#define LZ4_BLOCK  (8 << 20)	      /* what a block of "lz4 -l" holds, at most */
#define XZ_MEMORY  ((uint64_t)96 << 20) /* xz -9 takes 65 MiB */
#define ZSTD_WINDOW 26			      /* 64 MiB, as a power of two; zstd -19 takes 8 */

/* What a piece of bytes has led to. */
enum step { STEP_ON, STEP_ENOUGH, STEP_BAD };

/* A reading in progress. */
struct scan {
	int fd;
	uint64_t at, end; /* of the file: what was not read yet */
	char *in;
	size_t pos, have; /* of in: what was not taken yet */
	size_t chunk;	  /* bytes to read next */
	char *out;
	uint64_t *work;
	newc_fn *fn;
	void *ctx;
	bool enough;
	struct newc cpio;
};

/* Is there a byte to take? Reads the next ones where need be. */
static bool more(struct scan *s)
{
	const uint64_t left = s->end - s->at;

	if (s->pos < s->have)
		return true;
	if (!left)
		return false;
	const ssize_t n = pread_full(s->fd, s->in, left < s->chunk ? (size_t)left : s->chunk,
				     (off_t)s->at);
	if (n <= 0) {
		s->end = s->at;
		return false;
	}
	s->chunk = IN_SIZE;
	s->pos = 0;
	s->have = (size_t)n;
	s->at += (uint64_t)n;
	return true;
}

/* Takes n bytes; false where there are not that many. */
static bool take(struct scan *s, void *to, size_t n)
{
	for (size_t got = 0; got < n;) {
		if (!more(s))
			return false;
		const size_t part = n - got < s->have - s->pos ? n - got : s->have - s->pos;
		memcpy((char *)to + got, s->in + s->pos, part);
		s->pos += part;
		got += part;
	}
	return true;
}

/* Leaves n bytes out, which may not even have been read. */
static void leave_out(struct scan *s, uint64_t n)
{
	const uint64_t here = s->have - s->pos;

	if (n <= here) {
		s->pos += (size_t)n;
		return;
	}
	s->pos = s->have;
	n -= here;
	s->chunk = IN_AFTER_GAP;
	s->at = n < s->end - s->at ? s->at + n : s->end;
}

/* fn, and remembers that it has had enough. */
static bool tell(void *ctx, const char *name)
{
	struct scan *s = ctx;

	s->enough = !s->fn(s->ctx, name);
	return !s->enough;
}

/* n bytes of archives come next; between two of them there may be zeroes. */
static enum step feed(struct scan *s, const char *p, size_t n)
{
	while (n) {
		if (s->cpio.state == NEWC_AT_END && !*p) {
			p++;
			n--;
			continue;
		}
		if (s->cpio.state == NEWC_AT_END)
			s->cpio.state = NEWC_AT_HEADER;
		const size_t used = newc_feed(&s->cpio, p, n, tell, s);
		if (s->enough)
			return STEP_ENOUGH;
		if (s->cpio.state == NEWC_BAD)
			return STEP_BAD;
		p += used;
		n -= used;
	}
	return STEP_ON;
}

/* n bytes were work, cost for each KiB of them. Is there work left to be done? */
static bool worked(struct scan *s, size_t n, unsigned cost)
{
	const uint64_t work = (n / 1024 + 1) * cost;

	*s->work = work < *s->work ? *s->work - work : 0;
	return *s->work;
}

/* The same as feed for n bytes that were unpacked into out. */
static enum step feed_out(struct scan *s, size_t n, unsigned cost)
{
	return worked(s, n, cost) ? feed(s, s->out, n) : STEP_BAD;
}

/* An archive as it is: its contents are not even read. */
static enum step run_plain(struct scan *s)
{
	while (more(s) && s->cpio.state != NEWC_AT_END) {
		const size_t used =
			newc_feed(&s->cpio, s->in + s->pos, s->have - s->pos, tell, s);
		s->pos += used;
		if (s->enough)
			return STEP_ENOUGH;
		if (s->cpio.state == NEWC_BAD || !worked(s, used, 1))
			return STEP_BAD;
		if (s->cpio.state == NEWC_AT_DATA && s->cpio.skip) {
			leave_out(s, s->cpio.skip);
			s->cpio.skip = 0;
		}
	}
	return s->cpio.state == NEWC_AT_END ? STEP_ON : STEP_BAD;
}

static enum step run_zstd(struct scan *s)
{
	ZSTD_DCtx *z = ZSTD_createDCtx();
	enum step step = STEP_ON;
	bool full = false; /* there may be more to come without more input */
	size_t rc = 1;

	ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, ZSTD_WINDOW);
	while (step == STEP_ON && rc && (more(s) || full)) {
		ZSTD_inBuffer in = { s->in + s->pos, s->have - s->pos, 0 };
		ZSTD_outBuffer out = { s->out, OUT_SIZE, 0 };

		rc = ZSTD_decompressStream(z, &out, &in);
		if (ZSTD_isError(rc))
			step = STEP_BAD;
		else
			step = feed_out(s, out.pos, 1);
		full = out.pos == OUT_SIZE;
		s->pos += in.pos;
	}
	ZSTD_freeDCtx(z);
	return step == STEP_ON && rc ? STEP_BAD : step;
}

static enum step run_gzip(struct scan *s)
{
	z_stream z = { 0 };
	enum step step = STEP_ON;
	int rc = inflateInit2(&z, 16 + MAX_WBITS);
	bool full = false;

	while (step == STEP_ON && rc == Z_OK && (more(s) || full)) {
		z.next_in = (Bytef *)s->in + s->pos;
		z.avail_in = (uInt)(s->have - s->pos);
		z.next_out = (Bytef *)s->out;
		z.avail_out = OUT_SIZE;
		rc = inflate(&z, Z_NO_FLUSH);
		s->pos = s->have - z.avail_in;
		step = feed_out(s, OUT_SIZE - z.avail_out, 2);
		full = !z.avail_out;
	}
	inflateEnd(&z);
	return step == STEP_ON && rc != Z_STREAM_END ? STEP_BAD : step;
}

/* xz, and lzma without a container. */
static enum step run_lzma(struct scan *s, lzma_stream *z, lzma_ret rc)
{
	enum step step = STEP_ON;
	bool full = false;

	while (step == STEP_ON && rc == LZMA_OK && (more(s) || full)) {
		z->next_in = (uint8_t *)s->in + s->pos;
		z->avail_in = s->have - s->pos;
		z->next_out = (uint8_t *)s->out;
		z->avail_out = OUT_SIZE;
		rc = lzma_code(z, LZMA_RUN);
		s->pos = s->have - z->avail_in;
		step = feed_out(s, OUT_SIZE - z->avail_out, 8);
		full = !z->avail_out;
	}
	lzma_end(z);
	return step == STEP_ON && rc != LZMA_STREAM_END ? STEP_BAD : step;
}

static enum step run_xz(struct scan *s)
{
	lzma_stream z = LZMA_STREAM_INIT;

	return run_lzma(s, &z, lzma_stream_decoder(&z, XZ_MEMORY, 0));
}

static enum step run_lzma_alone(struct scan *s)
{
	lzma_stream z = LZMA_STREAM_INIT;

	return run_lzma(s, &z, lzma_alone_decoder(&z, XZ_MEMORY));
}

/* "lz4 -l": a magic number, then blocks, each after its size; zeroes or nothing at the end. */
static enum step run_lz4(struct scan *s)
{
	const uint32_t magic = 0x184c2102, block_max = LZ4_COMPRESSBOUND(LZ4_BLOCK);
	CLEANUP(free) char *block = xmalloc(block_max);
	CLEANUP(free) char *out = xmalloc(LZ4_BLOCK);
	enum step step = STEP_ON;
	unsigned char b[4];

	while (step == STEP_ON && more(s)) {
		if (!take(s, b, sizeof(b)))
			return STEP_BAD;
		const uint32_t n = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
		if (n == magic)
			continue;
		if (!n)
			break;
		if (n > block_max || !take(s, block, n))
			return STEP_BAD;
		const int got = LZ4_decompress_safe(block, out, (int)n, LZ4_BLOCK);
		if (got < 0 || !worked(s, (size_t)got, 1))
			return STEP_BAD;
		step = feed(s, out, (size_t)got);
	}
	return step;
}

/* What an archive can begin with. bzip2 and lzo, which kernels take too, are not unpacked. */
static const struct {
	const char *magic;
	size_t len;
	enum step (*run)(struct scan *s);
} formats[] = {
	{ "070701", 6, run_plain },
	{ "070702", 6, run_plain },
	{ "\x28\xb5\x2f\xfd", 4, run_zstd },
	{ "\x1f\x8b", 2, run_gzip },
	{ "\xfd\x37zXZ", 6, run_xz },
	{ "\x02\x21\x4c\x18", 4, run_lz4 },
	{ "\x5d\x00\x00", 3, run_lzma_alone },
};

/* The next archive, of what begins at the byte that is next. */
static enum step next_archive(struct scan *s)
{
	char magic[MAGIC_MAX] = { 0 };
	const size_t pos = s->pos, here = s->have - pos;

	if (here < sizeof(magic)) { /* at the end of what was read: read again from there */
		s->at -= here;
		s->pos = s->have = 0;
		if (!more(s))
			return STEP_BAD;
	}
	memcpy(magic, s->in + s->pos,
	       s->have - s->pos < sizeof(magic) ? s->have - s->pos : sizeof(magic));
	s->cpio.state = NEWC_AT_HEADER;
	s->cpio.have = 0;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (!memcmp(magic, formats[i].magic, formats[i].len))
			return formats[i].run(s);
	return STEP_BAD;
}

enum initramfs_end initramfs_names(int fd, uint64_t at, uint64_t end, uint64_t *work, newc_fn *fn,
				   void *ctx)
{
	CLEANUP(free) char *in = xmalloc(IN_SIZE);
	CLEANUP(free) char *out = xmalloc(OUT_SIZE);
	struct scan s = { .fd = fd, .at = at, .end = end, .in = in, .out = out, .work = work,
			  .fn = fn, .ctx = ctx, .chunk = IN_SIZE };
	enum step step = STEP_ON;
	bool any = false;

	while (step == STEP_ON && more(&s)) {
		if (!s.in[s.pos]) { /* zeroes fill up to the next archive */
			s.pos++;
			continue;
		}
		any = true;
		step = next_archive(&s);
	}
	if (step == STEP_ENOUGH)
		return INITRAMFS_ENOUGH;
	return step == STEP_ON && any ? INITRAMFS_ALL : INITRAMFS_UNKNOWN;
}
