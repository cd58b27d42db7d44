/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See checksum.h. The hashes are nettle's; cksum's CRC is POSIX's. */
#include "checksum.h"

#include <errno.h>
#include <nettle/nettle-meta.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util/xalloc.h"

#define CHUNK	       (256u << 10)
#define CRC_POLYNOMIAL 0x04c11db7u

struct checksum {
	const struct nettle_hash *hash; /* NULL: crc */
	void *ctx;
	bool reversed;
	uint32_t crc;
	uint32_t crc_table[256];
};

/* gost is what gostsum prints, last byte first; gost12 is gost12sum's, of 256 bits. */
static const struct {
	const char *name;
	const struct nettle_hash *hash;
	bool reversed;
} types[] = {
	{ "crc", NULL, false },
	{ "md5", &nettle_md5, false },
	{ "sha1", &nettle_sha1, false },
	{ "sha224", &nettle_sha224, false },
	{ "sha256", &nettle_sha256, false },
	{ "sha384", &nettle_sha384, false },
	{ "sha512", &nettle_sha512, false },
	{ "gost", &nettle_gosthash94cp, true },
	{ "gost12", &nettle_streebog256, false },
};

struct checksum *checksum_new(const char *name, struct err *e)
{
	struct checksum *c;
	size_t i = 0;

	while (i < ARRAY_SIZE(types) && strcasecmp(types[i].name, name))
		i++;
	if (i == ARRAY_SIZE(types)) {
		err_set(e, EINVAL,
			"unknown checksum type, expecting "
			"crc|md5|sha1|sha224|sha256|sha384|sha512|gost|gost12");
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->hash = types[i].hash;
	c->reversed = types[i].reversed;
	c->ctx = xcalloc(1, c->hash ? c->hash->context_size : 1);
	for (uint32_t n = 0; n < 256; n++) {
		uint32_t v = n << 24;

		for (int bit = 0; bit < 8; bit++)
			v = v << 1 ^ (v >> 31 ? CRC_POLYNOMIAL : 0);
		c->crc_table[n] = v;
	}
	return c;
}

/* One byte more for the CRC. */
static void crc_byte(struct checksum *c, uint8_t byte)
{
	c->crc = c->crc << 8 ^ c->crc_table[c->crc >> 24 ^ byte];
}

/* The bytes that come next. */
static void update(struct checksum *c, const uint8_t *p, size_t n)
{
	if (c->hash) {
		c->hash->update(c->ctx, n, p);
		return;
	}
	for (size_t i = 0; i < n; i++)
		crc_byte(c, p[i]);
}

/* The result as text: hexadecimal, but cksum's is a decimal number over content and length. */
static void finish(struct checksum *c, uint64_t size, char text[CHECKSUM_HEX_MAX])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t digest[(CHECKSUM_HEX_MAX - 1) / 2];

	if (!c->hash) {
		for (; size; size >>= 8)
			crc_byte(c, (uint8_t)size);
		snprintf(text, CHECKSUM_HEX_MAX, "%u", ~c->crc);
		return;
	}
	c->hash->digest(c->ctx, c->hash->digest_size, digest);
	for (size_t i = 0, n = c->hash->digest_size; i < n; i++) {
		uint8_t byte = digest[c->reversed ? n - 1 - i : i];

		*text++ = hex[byte >> 4];
		*text++ = hex[byte & 15];
	}
	*text = '\0';
}

int checksum_file(struct checksum *c, struct guestd *g, int fd, const char *path,
		  char ret_text[CHECKSUM_HEX_MAX], struct err *e)
{
	uint64_t pos = 0;

	c->crc = 0;
	if (c->hash)
		c->hash->init(c->ctx);
	for (;;) {
		ssize_t r = pread(fd, g->ring_buf, CHUNK, (off_t)pos);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return err_sys(e, "read '%s' at byte %llu", path, (unsigned long long)pos);
		if (r == 0)
			break;
		update(c, g->ring_buf, (size_t)r);
		pos += (size_t)r;
		if (check_cancel(g, e))
			return -1;
	}
	finish(c, pos, ret_text);
	return 0;
}

void checksum_free(struct checksum *c)
{
	if (c)
		free(c->ctx);
	free(c);
}
