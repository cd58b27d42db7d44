/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See template_meta.h. */
#include "vm/template_meta.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <xxhash.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/cache.h"

#define STATE_MAX (64u << 20)

static bool bit(const uint8_t *map, uint64_t i)
{
	return map[i / 8] >> (i % 8) & 1;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && !memcmp(p, p + 1, n - 1);
}

/*
 * Walks the memory's blocks that hold data. With learn, fills in m->used and the
 * hash; without, says whether both are as they were.
 */
static bool walk_ram(struct template_meta *m, int ram, bool learn, uint64_t *ret_hash)
{
	CLEANUP(free) uint8_t *p = xmalloc(META_BLOCK);
	XXH3_state_t *x = XXH3_createState();
	off_t data = 0;
	bool ok = true;

	XXH3_64bits_reset_withSeed(x, m->seed);
	for (uint64_t i = 0; ok && i < META_BLOCKS; i++) {
		off_t off = (off_t)i * META_BLOCK;
		bool used = bit(m->used, i);

		/* Blocks that were zero are holes, mostly: step over them. */
		if (!used && data <= off) {
			data = lseek(ram, off, SEEK_DATA);
			if (data < 0)
				data = (off_t)META_BLOCKS * META_BLOCK;
		}
		if (!used && data >= off + (off_t)META_BLOCK)
			continue;
		if (pread_full(ram, p, META_BLOCK, off) != META_BLOCK) {
			ok = false;
		} else if (all_zero(p, META_BLOCK)) {
			ok = !used;
		} else if (learn || used) {
			m->used[i / 8] |= 1 << (i % 8);
			XXH3_64bits_update(x, p, META_BLOCK);
		} else {
			ok = false;
		}
	}
	*ret_hash = XXH3_64bits_digest(x);
	XXH3_freeState(x);
	return ok;
}

static bool hash_state(const struct template_meta *m, int state, uint64_t *ret_hash)
{
	CLEANUP(free) uint8_t *p = xmalloc(m->state_size);

	if (pread_full(state, p, m->state_size, 0) != (ssize_t)m->state_size)
		return false;
	*ret_hash = XXH3_64bits_withSeed(p, m->state_size, m->seed);
	return true;
}

int template_meta_compute(struct template_meta *m, int ram, int state, struct err *e)
{
	struct stat st;

	memset(m, 0, sizeof(*m));
	m->made = time(NULL);
	if (getrandom(&m->seed, sizeof(m->seed), 0) != sizeof(m->seed) || fstat(state, &st) < 0)
		return err_sys(e, "template");
	if (st.st_size <= 0 || st.st_size > STATE_MAX)
		return err_set(e, EINVAL, "qemu's device state has %lld bytes",
			       (long long)st.st_size);
	m->state_size = st.st_size;
	if (!walk_ram(m, ram, true, &m->ram_hash) || !hash_state(m, state, &m->state_hash))
		return err_set(e, EIO, "the template cannot be read back");
	return 0;
}

bool template_meta_matches(const struct template_meta *m, int ram, int state)
{
	struct template_meta copy = *m;
	uint64_t h;

	return hash_state(m, state, &h) && h == m->state_hash && walk_ram(&copy, ram, false, &h) &&
	       h == m->ram_hash;
}

uint64_t template_meta_ram_bytes(const struct template_meta *m)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < META_BLOCKS; i++)
		n += bit(m->used, i);
	return n * META_BLOCK;
}

static json_t *hex64(uint64_t v)
{
	char s[17];

	snprintf(s, sizeof(s), "%016" PRIx64, v);
	return json_string(s);
}

int template_meta_write(const struct template_meta *m, int dirfd, struct err *e)
{
	char used[2 * sizeof(m->used) + 1];
	json_t *j;
	char *text;
	int rc;

	for (size_t i = 0; i < sizeof(m->used); i++)
		snprintf(used + 2 * i, 3, "%02x", m->used[i]);
	j = json_pack("{s:i, s:I, s:o, s:I, s:o, s:o, s:s}", "format", TEMPLATE_FORMAT, "made",
		      (json_int_t)m->made, "seed", hex64(m->seed), "state_size",
		      (json_int_t)m->state_size, "ram_hash", hex64(m->ram_hash), "state_hash",
		      hex64(m->state_hash), "used", used);
	text = json_dumps(j, JSON_INDENT(1));
	rc = cache_write(dirfd, "meta.json", text, strlen(text), e);
	free(text);
	json_decref(j);
	return rc;
}

static bool get_hex64(json_t *j, const char *key, uint64_t *ret)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s && strlen(s) == 16 && sscanf(s, "%16" SCNx64, ret) == 1;
}

static bool get_used(json_t *j, uint8_t *used, size_t n)
{
	const char *s = json_string_value(json_object_get(j, "used"));
	unsigned byte;

	if (!s || strlen(s) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sscanf(s + 2 * i, "%2x", &byte) != 1)
			return false;
		used[i] = byte;
	}
	return true;
}

struct template_meta *template_meta_read(int dirfd, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(free) struct template_meta *m = xcalloc(1, sizeof(*m));
	json_t *j;
	bool ok;

	if (file_read(dirfd, "meta.json", 1 << 20, &b, e) < 0) {
		e->no = EINVAL;
		return NULL;
	}
	j = json_loadb(b.data, b.len, 0, NULL);
	m->made = json_integer_value(json_object_get(j, "made"));
	m->state_size = json_integer_value(json_object_get(j, "state_size"));
	ok = json_integer_value(json_object_get(j, "format")) == TEMPLATE_FORMAT &&
	     get_hex64(j, "seed", &m->seed) && get_hex64(j, "ram_hash", &m->ram_hash) &&
	     get_hex64(j, "state_hash", &m->state_hash) && get_used(j, m->used, sizeof(m->used)) &&
	     m->state_size && m->state_size <= STATE_MAX;
	json_decref(j);
	if (!ok) {
		err_set(e, EINVAL, "the template's meta.json cannot be read");
		return NULL;
	}
	return TAKE(m);
}
