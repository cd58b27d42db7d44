/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tar.h. */
#include "tar.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

#define BLOCK 512

void tar_header(struct buf *b, const char *name, char type, const char *size, size_t size_len)
{
	uint8_t h[BLOCK] = { 0 };
	unsigned sum = 0;

	memcpy(h, name, strlen(name));
	memcpy(h + 100, "0000644", 7);
	memcpy(h + 124, size, size_len);
	h[156] = (uint8_t)type;
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	buf_add(b, h, sizeof(h));
}

void tar_data(struct buf *b, const char *p, size_t n)
{
	static const char zeroes[BLOCK];

	buf_add(b, p, n);
	buf_add(b, zeroes, (BLOCK - n % BLOCK) % BLOCK);
}

void tar_zeroes(struct buf *b, size_t n)
{
	memset(buf_room(b, n), 0, n);
	b->len += n;
}

void tar_file(struct buf *b, const char *name, char type, size_t n)
{
	CLEANUP(free) char *size = xasprintf("%011zo", n);

	tar_header(b, name, type, size, strlen(size));
	tar_zeroes(b, (n + BLOCK - 1) / BLOCK * BLOCK);
}

void tar_pax(struct buf *b, const char *records)
{
	CLEANUP(free) char *size = xasprintf("%011zo", strlen(records));

	tar_header(b, "pax", 'x', size, strlen(size));
	tar_data(b, records, strlen(records));
}
