/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See newc.h. */
#include "newc.h"

#include <string.h>

#define MAGIC_LEN 6
#define FIELD_LEN 8
#define FIELD_SIZE 6 /* the place of the fields among thirteen */
#define FIELD_NAMESIZE 11

/* Eight hex digits. */
static bool hex(const char *s, uint32_t *ret)
{
	uint32_t v = 0;

	for (int i = 0; i < FIELD_LEN; i++) {
		const char c = s[i];
		uint32_t d;

		if (c >= '0' && c <= '9')
			d = (uint32_t)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			d = (uint32_t)((c | 0x20) - 'a') + 10;
		else
			return false;
		v = v << 4 | d;
	}
	*ret = v;
	return true;
}

/* n and what fills it up to four bytes. */
static uint64_t padded(uint64_t n)
{
	return (n + 3) & ~(uint64_t)3;
}

/* A header is complete: its name comes next. */
static void begin_name(struct newc *c)
{
	uint32_t len;

	c->state = NEWC_BAD;
	if (memcmp(c->text, "070701", MAGIC_LEN) && memcmp(c->text, "070702", MAGIC_LEN))
		return;
	if (!hex(c->text + MAGIC_LEN + FIELD_SIZE * FIELD_LEN, &c->size) ||
	    !hex(c->text + MAGIC_LEN + FIELD_NAMESIZE * FIELD_LEN, &len))
		return;
	if (!len || len > NEWC_NAME_MAX)
		return;
	/* Header and name together end at a multiple of four. */
	c->name_len = (uint32_t)(padded(NEWC_HEADER + (uint64_t)len) - NEWC_HEADER);
	c->state = NEWC_AT_NAME;
}

/* A name is complete: its content comes next. Returns false where fn has had enough. */
static bool begin_data(struct newc *c, newc_fn *fn, void *ctx)
{
	c->text[c->have - 1] = '\0';
	if (!strcmp(c->text, "TRAILER!!!")) {
		c->state = NEWC_AT_END;
		return true;
	}
	c->state = NEWC_AT_DATA;
	c->skip = padded(c->size);
	return fn(ctx, c->text);
}

/* Gathers bytes in text until there are want of them. */
static size_t gather(struct newc *c, size_t want, const char *p, size_t n)
{
	size_t take = want - c->have;

	if (take > n)
		take = n;
	memcpy(c->text + c->have, p, take);
	c->have += take;
	return take;
}

size_t newc_feed(struct newc *c, const char *p, size_t n, newc_fn *fn, void *ctx)
{
	size_t used = 0;

	while (used < n && c->state != NEWC_AT_END && c->state != NEWC_BAD) {
		const size_t left = n - used;

		if (c->state == NEWC_AT_DATA) {
			const size_t take = c->skip < left ? (size_t)c->skip : left;

			c->skip -= take;
			used += take;
			if (!c->skip)
				c->state = NEWC_AT_HEADER;
			continue;
		}
		const size_t want = c->state == NEWC_AT_HEADER ? NEWC_HEADER : c->name_len;
		used += gather(c, want, p + used, left);
		if (c->have < want)
			break;
		if (c->state == NEWC_AT_HEADER)
			begin_name(c);
		else if (!begin_data(c, fn, ctx))
			return used;
		c->have = 0;
	}
	return used;
}
