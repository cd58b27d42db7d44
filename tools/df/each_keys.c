/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See each_keys.h. */
#include "each_keys.h"

#include <string.h>
#include <sys/mman.h>

int each_keys_share(struct keys *k, struct each_keys *ret, struct err *e)
{
	struct err ignored = ERR_INIT;
	size_t at = 0;

	*ret = (struct each_keys){ NULL, 0 };
	for (size_t i = 0; i < k->n; i++) {
		if (key_read(&k->v[i], &ignored) == 0)
			ret->size += k->v[i].bytes.len;
	}
	if (!ret->size)
		return 0;
	ret->data = mmap(NULL, ret->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ret->data == MAP_FAILED) {
		ret->data = NULL;
		return err_sys(e, "share the keys");
	}
	madvise(ret->data, ret->size, MADV_DONTDUMP);
	mlock(ret->data, ret->size);
	for (size_t i = 0; i < k->n; at += k->v[i++].bytes.len)
		if (k->v[i].bytes.len)
			memcpy(ret->data + at, k->v[i].bytes.data, k->v[i].bytes.len);
	return 0;
}

void each_keys_take(struct keys *k, struct each_keys *shared)
{
	size_t at = 0;

	for (size_t i = 0; i < k->n && shared->data; at += k->v[i++].bytes.len) {
		struct secret *s = &k->v[i].bytes;

		if (!s->len)
			continue;
		mlock(s->data, s->cap); /* which a new process does not inherit */
		memcpy(s->data, shared->data + at, s->len);
	}
	if (shared->data)
		munmap(shared->data, shared->size);
	*shared = (struct each_keys){ NULL, 0 };
}

void each_keys_release(struct each_keys *shared)
{
	if (shared->data) {
		explicit_bzero(shared->data, shared->size);
		munmap(shared->data, shared->size);
	}
	*shared = (struct each_keys){ NULL, 0 };
}
