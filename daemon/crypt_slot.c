/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A slot of LUKS opened with what the tool has made of a key. Theory of operation:
 *
 *   passphrase --(salt, costs: in the tool)--> key of the slot --(decrypts its area)-->
 *   stripes --(merged)--> volume key --(its digest is right)--> mapping
 *
 * The first step is made to be slow, and is slow beyond use on an emulated processor; the
 * others are not. libcryptsetup has no function that begins behind it, so the two after it
 * are here; header and digest are the library's.
 */
#include "crypt.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "af.h"
#include "crypt_lib.h"
#include "dm.h"
#include "util/io.h"
#include "util/xalloc.h"

#define JSON_LIBRARY "libjson-c.so.5"
#define MAPPING "guestd-slot"
#define SECTOR 512
#define KEY_BYTES_MAX 512 /* of a volume key or a slot's key; the formats have 64 */
#define SALT_MAX 256

/* The header of LUKS1: where things are. */
#define LUKS1_BYTES 592
#define LUKS1_HASH 72
#define LUKS1_SLOTS 208
#define LUKS1_SLOT_BYTES 48
#define LUKS1_SALT 8

/* Of a slot what the library does not tell. */
struct slot_facts {
	char hash[32]; /* of its stripes */
	uint8_t salt[SALT_MAX];
	size_t n_salt;
};

static int unsupported(const struct opening *o, struct err *e)
{
	return err_set(e, ENOTSUP, "'%s' (%s) is to be opened by the key itself", o->d->user,
		       o->kind->words);
}

static bool is_luks1(const struct opening *o)
{
	return !strcmp(o->lib->get_type(o->cd), CRYPT_LUKS1);
}

static bool read_luks1(const struct opening *o, uint32_t n, struct slot_facts *ret)
{
	CLEANUP(fd_close) int fd = open(o->d->node, O_RDONLY | O_CLOEXEC);
	char head[LUKS1_BYTES];

	if (n >= 8 || fd < 0 || pread_full(fd, head, sizeof(head), 0) != sizeof(head))
		return false;
	snprintf(ret->hash, sizeof(ret->hash), "%.31s", head + LUKS1_HASH);
	ret->n_salt = 32;
	memcpy(ret->salt, head + LUKS1_SLOTS + n * LUKS1_SLOT_BYTES + LUKS1_SALT, 32);
	return true;
}

/* The part of json-c that is used; libcryptsetup has loaded it already. */
struct json_lib {
	__typeof__(json_tokener_parse) *parse;
	__typeof__(json_object_object_get_ex) *get;
	__typeof__(json_object_get_string) *string;
	__typeof__(json_object_put) *put;
};

static bool load_json(struct json_lib *ret)
{
	void *so = dlopen(JSON_LIBRARY, RTLD_LAZY | RTLD_LOCAL);

	return so && (*(void **)&ret->parse = dlsym(so, "json_tokener_parse")) &&
	       (*(void **)&ret->get = dlsym(so, "json_object_object_get_ex")) &&
	       (*(void **)&ret->string = dlsym(so, "json_object_get_string")) &&
	       (*(void **)&ret->put = dlsym(so, "json_object_put"));
}

/* slot.group.name as a string; "" where there is none. Valid while the object is. */
static const char *field(const struct json_lib *j, json_object *slot, const char *group,
			 const char *name)
{
	json_object *in, *v;
	const char *s = NULL;

	if (j->get(slot, group, &in) && j->get(in, name, &v))
		s = j->string(v);
	return s ? s : "";
}

static bool decode_salt(const char *text, struct slot_facts *ret)
{
	struct base64_decode_ctx ctx;
	size_t n = strlen(text);

	if (!n || BASE64_DECODE_LENGTH(n) > sizeof(ret->salt))
		return false;
	base64_decode_init(&ctx);
	return base64_decode_update(&ctx, &ret->n_salt, ret->salt, n, text) &&
	       base64_decode_final(&ctx);
}

/* The text is the library's, which has found it sound. */
static bool read_luks2(const struct opening *o, uint32_t n, struct slot_facts *ret)
{
	struct json_lib j;
	json_object *top, *slots, *slot;
	const char *text;
	char number[16];
	bool ok;

	snprintf(number, sizeof(number), "%u", n);
	if (!load_json(&j) || o->lib->dump_json(o->cd, &text, 0) < 0 || !(top = j.parse(text)))
		return false;
	ok = j.get(top, "keyslots", &slots) && j.get(slots, number, &slot) &&
	     decode_salt(field(&j, slot, "kdf", "salt"), ret);
	if (ok)
		snprintf(ret->hash, sizeof(ret->hash), "%.31s", field(&j, slot, "af", "hash"));
	j.put(top);
	return ok;
}

/* False where there is no way but the library's. */
static bool read_slot(const struct opening *o, uint32_t n, struct slot_facts *ret)
{
	return (is_luks1(o) ? read_luks1(o, n, ret) : read_luks2(o, n, ret)) && af_knows(ret->hash);
}

/* Adds a slot to the list; false where there is no way but the library's. */
static bool add_slot(const struct opening *o, uint32_t n, wire_key_slots *ret)
{
	struct crypt_pbkdf_type how = { 0 };
	struct slot_facts s = { .n_salt = 0 };
	size_t size = 0;

	if (!read_slot(o, n, &s) || o->lib->keyslot_get_pbkdf(o->cd, (int)n, &how) < 0 ||
	    !o->lib->keyslot_get_encryption(o->cd, (int)n, &size) || !size || size > KEY_BYTES_MAX)
		return false;
	ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
	ret->v[ret->n++] = (wire_key_slot){
		.slot = n,
		.kdf = xstrdup(how.type ? how.type : ""),
		.hash = xstrdup(how.hash ? how.hash : ""),
		.salt = { (uint32_t)s.n_salt, (uint8_t *)xmemdup0(s.salt, s.n_salt) },
		.time = how.iterations,
		.memory = how.max_memory_kb,
		.parallel = how.parallel_threads,
		.size = (uint32_t)size,
	};
	return true;
}

static bool is_of(const struct opening *o, int n, int priority)
{
	crypt_keyslot_info is = o->lib->keyslot_status(o->cd, n);

	return (is == CRYPT_SLOT_ACTIVE || is == CRYPT_SLOT_ACTIVE_LAST) &&
	       (int)o->lib->keyslot_get_priority(o->cd, n) == priority;
}

int crypt_slots(struct guestd *g, const char *name, wire_key_slots *ret, struct err *e)
{
	CLEANUP(opening_end) struct opening o = { .cd = NULL };

	if (opening_begin(g, name, &o, e) < 0)
		return -1;
	if (o.kind->format != CRYPT_LUKS)
		return unsupported(&o, e);
	int max = o.lib->keyslot_max(o.lib->get_type(o.cd));
	for (int priority = CRYPT_SLOT_PRIORITY_PREFER; priority >= CRYPT_SLOT_PRIORITY_NORMAL;
	     priority--)
		for (int n = 0; n < max; n++)
			if (is_of(&o, n, priority) && !add_slot(&o, (uint32_t)n, ret))
				return unsupported(&o, e);
	return ret->n ? 0 : unsupported(&o, e);
}

/* "aes-xts-plain64 KEY 0 254:17 4096": what decrypts the area of a slot. Wiped by the caller. */
static char *decryption(const struct opening *o, const char *cipher, const uint8_t *key, size_t n,
			uint64_t offset)
{
	struct buf b = { .secret = true };
	struct stat st;

	if (stat(o->d->node, &st) < 0)
		return NULL;
	buf_room(&b, 2 * n + 256);
	buf_addf(&b, "%s ", cipher);
	for (size_t i = 0; i < n; i++)
		buf_addf(&b, "%02x", key[i]);
	buf_addf(&b, " 0 %u:%u %llu", major(st.st_rdev), minor(st.st_rdev),
		 (unsigned long long)(offset / SECTOR));
	return buf_take(&b);
}

/* Reads the first n bytes of the area of the slot, decrypted. */
static int read_area(const struct opening *o, uint32_t slot, const uint8_t *key, size_t key_n,
		     uint8_t *ret, size_t n, struct err *e)
{
	struct dm_target t = { .type = "crypt", .length = (n + SECTOR - 1) / SECTOR };
	uint64_t offset, length;
	char node[32];
	unsigned minor_nr;
	size_t size;
	struct err later;
	const char *cipher = o->lib->keyslot_get_encryption(o->cd, (int)slot, &size);

	if (!cipher || size != key_n || strpbrk(cipher, " \n") ||
	    o->lib->keyslot_area(o->cd, (int)slot, &offset, &length) < 0 || length < n)
		return unsupported(o, e);
	t.params = decryption(o, cipher, key, key_n, offset);
	if (!t.params)
		return err_sys(e, "'%s'", o->d->node);
	int rc = dm_create(MAPPING, NULL, &t, 1, true, &minor_nr, e);
	explicit_bzero(t.params, strlen(t.params));
	free(t.params);
	if (rc < 0)
		return -1;
	snprintf(node, sizeof(node), "/dev/dm-%u", minor_nr);
	int fd = open(node, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || pread_full(fd, ret, n, 0) != (ssize_t)n)
		rc = err_sys(e, "cannot read key slot %u of '%s'", slot, o->d->user);
	fd_close(fd);
	return dm_remove(MAPPING, rc == 0 ? e : &later) < 0 ? -1 : rc;
}

/* From the slot's key to the mapping; stripes has room for n times AF_STRIPES. */
static int open_slot(struct opening *o, uint32_t slot, const char *hash, const uint8_t *key,
		     size_t key_n, uint8_t *stripes, size_t n, struct err *e)
{
	uint8_t volume_key[KEY_BYTES_MAX];

	if (read_area(o, slot, key, key_n, stripes, n * AF_STRIPES, e) < 0)
		return -1;
	af_merge(hash, stripes, n, volume_key);
	int r = o->lib->activate_by_volume_key(o->cd, o->name, (const char *)volume_key, n,
					       o->flags);
	explicit_bzero(volume_key, sizeof(volume_key));
	if (r >= 0)
		return 0;
	return r == -EPERM ? opening_refuse(o, e) : opening_failed(o, r, e);
}

int crypt_unlock_slot(struct guestd *g, const char *name, uint32_t slot, const void *key, size_t n,
		      char **ret_name, struct err *e)
{
	CLEANUP(opening_end) struct opening o = { .cd = NULL };
	struct slot_facts s = { .n_salt = 0 };

	if (opening_begin(g, name, &o, e) < 0)
		return -1;
	if (o.kind->format != CRYPT_LUKS || slot > 1024 || !read_slot(&o, slot, &s))
		return unsupported(&o, e);
	int size = o.lib->keyslot_get_key_size(o.cd, (int)slot);
	if (size <= 0 || size > KEY_BYTES_MAX)
		return unsupported(&o, e);
	uint8_t *stripes = xcalloc(AF_STRIPES, (size_t)size);
	int rc = open_slot(&o, slot, s.hash, key, n, stripes, (size_t)size, e);
	explicit_bzero(stripes, AF_STRIPES * (size_t)size);
	free(stripes);
	return rc < 0 ? -1 : opening_join(g, &o, ret_name, e);
}
