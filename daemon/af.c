/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See af.h. Each stripe but the last is added to a sum of the key's length, which is then
 * stirred: each piece of it, as long as a digest, becomes the digest of its number and itself.
 * The last stripe is the sum and the key, exclusive or.
 */
#include "af.h"

#include <nettle/nettle-meta.h>
#include <string.h>

#include "util/cleanup.h"

#define CONTEXT_MAX 1024

/* A row a hash: LUKS's name of it. */
static const struct row {
	const char *name;
	const struct nettle_hash *hash;
} rows[] = {
	{ "sha1", &nettle_sha1 },     { "sha256", &nettle_sha256 },	  { "sha384", &nettle_sha384 },
	{ "sha512", &nettle_sha512 }, { "ripemd160", &nettle_ripemd160 },
};

static const struct nettle_hash *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name) && rows[i].hash->context_size <= CONTEXT_MAX)
			return rows[i].hash;
	return NULL;
}

bool af_knows(const char *hash)
{
	return find(hash) != NULL;
}

static void stir(const struct nettle_hash *h, uint8_t *sum, size_t n)
{
	_Alignas(16) uint8_t context[CONTEXT_MAX];

	for (uint32_t i = 0; i * h->digest_size < n; i++) {
		size_t at = i * h->digest_size;
		size_t len = n - at < h->digest_size ? n - at : h->digest_size;
		const uint8_t number[4] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16),
					    (uint8_t)(i >> 8), (uint8_t)i };

		h->init(context);
		h->update(context, 4, number);
		h->update(context, len, sum + at);
		h->digest(context, len, sum + at);
	}
	explicit_bzero(context, sizeof(context));
}

void af_merge(const char *hash, const uint8_t *stripes, size_t n, uint8_t *ret_key)
{
	const struct nettle_hash *h = find(hash);

	memset(ret_key, 0, n);
	for (size_t i = 0; i < AF_STRIPES; i++) {
		for (size_t k = 0; k < n; k++)
			ret_key[k] ^= stripes[i * n + k];
		if (i + 1 < AF_STRIPES)
			stir(h, ret_key, n);
	}
}
