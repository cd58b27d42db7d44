/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See derive.h. It is done here, and not in the appliance, because its cost is chosen for a real
 * processor: emulated, two seconds are minutes. Nothing of an image is interpreted for it but a
 * few numbers and the salt.
 */
#include "cli/derive.h"

#include <argon2.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/pbkdf2.h>
#include <stdio.h>
#include <string.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/io.h"

#define ARGON2_LIBRARY "libargon2.so.1"
#define SIZE_MAX_BYTES 512	     /* of a slot's key */
#define ITERATIONS_MAX 100000000u    /* of PBKDF2: about a minute */
#define WORK_MAX ((uint64_t)64 << 20) /* of Argon2, KiB times passes: the same */
#define PARALLEL_MAX 64
#define MEMORY_MAX (4u << 20) /* of Argon2, KiB: the most that LUKS2 allows */

typedef void pbkdf2_fn(size_t key_length, const uint8_t *key, unsigned iterations,
		       size_t salt_length, const uint8_t *salt, size_t length, uint8_t *dst);

static const struct hash {
	const char *name;
	pbkdf2_fn *pbkdf2;
} hashes[] = {
	{ "sha1", pbkdf2_hmac_sha1 },
	{ "sha256", pbkdf2_hmac_sha256 },
	{ "sha384", pbkdf2_hmac_sha384 },
	{ "sha512", pbkdf2_hmac_sha512 },
};

static const struct argon {
	const char *name;
	argon2_type type;
} argons[] = {
	{ "argon2i", Argon2_i },
	{ "argon2id", Argon2_id },
};

static int unsupported(const wire_key_slot *s, const char *why, struct err *e)
{
	return err_set(e, ENOTSUP, "key slot %u: %s", s->slot, why);
}

static int derive_pbkdf2(const wire_key_slot *s, const uint8_t *key, size_t n, uint8_t *ret,
			 struct err *e)
{
	if (!s->time || s->time > ITERATIONS_MAX)
		return unsupported(s, "too many iterations", e);
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++)
		if (!strcmp(hashes[i].name, s->hash)) {
			hashes[i].pbkdf2(n, key, s->time, s->salt.len, s->salt.data, s->size, ret);
			return 0;
		}
	return unsupported(s, "a hash that is not known", e);
}

/* Memory that can be had without swapping, KiB. */
static uint64_t memory_free(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	unsigned long long kib = 0;
	struct err e;

	if (file_read(AT_FDCWD, "/proc/meminfo", 65536, &text, &e) < 0)
		return 0;
	const char *s = strstr(text.data ? text.data : "", "MemAvailable:");
	return s && sscanf(s, "MemAvailable: %llu", &kib) == 1 ? kib : 0;
}

static int derive_argon2(const wire_key_slot *s, argon2_type type, const uint8_t *key, size_t n,
			 uint8_t *ret, struct err *e)
{
	argon2_context ctx = {
		.out = ret,
		.outlen = s->size,
		.pwd = (uint8_t *)(uintptr_t)key, /* only read, without ARGON2_FLAG_CLEAR_PASSWORD */
		.pwdlen = (uint32_t)n,
		.salt = s->salt.data,
		.saltlen = s->salt.len,
		.t_cost = s->time,
		.m_cost = s->memory,
		.lanes = s->parallel,
		.threads = s->parallel,
		.version = ARGON2_VERSION_13,
		.flags = ARGON2_DEFAULT_FLAGS,
	};
	__typeof__(argon2_ctx) *fn;
	void *so;

	if (!s->time || (uint64_t)s->time * s->memory > WORK_MAX || s->parallel > PARALLEL_MAX)
		return unsupported(s, "costs beyond reason", e);
	if (s->memory > MEMORY_MAX || s->memory > memory_free() / 4 * 3)
		return unsupported(s, "more memory than this machine has to spare", e);
	so = dlopen(ARGON2_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	fn = so ? dlsym(so, "argon2_ctx") : NULL;
	if (!fn || fn(&ctx, type) != ARGON2_OK)
		return unsupported(s, "Argon2 does not work here", e);
	return 0;
}

int derive(const wire_key_slot *s, const uint8_t *key, size_t n, struct secret *ret, struct err *e)
{
	int rc = -1;

	if (!s->size || s->size > SIZE_MAX_BYTES)
		return unsupported(s, "a key of no such size", e);
	uint8_t *to = secret_room(ret, s->size);
	if (!strcmp(s->kdf, "pbkdf2"))
		rc = derive_pbkdf2(s, key, n, to, e);
	else
		unsupported(s, "a function that is not known", e);
	for (size_t i = 0; i < ARRAY_SIZE(argons); i++)
		if (!strcmp(argons[i].name, s->kdf))
			rc = derive_argon2(s, argons[i].type, key, n, to, e);
	if (rc == 0)
		ret->len += s->size;
	return rc;
}
