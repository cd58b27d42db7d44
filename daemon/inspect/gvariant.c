/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A container ends with a table of offsets, each as wide as its size asks for: in a tuple
 * where its members of variable size end, but the last, in reverse; in an array where each
 * element ends. All offsets are little endian and count from the container's start.
 */
#include "gvariant.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* How wide the offsets of a container of n bytes are. */
static size_t width(size_t n)
{
	return n <= 0xff ? 1 : n <= 0xffff ? 2 : n <= 0xffffffff ? 4 : 8;
}

/* The offset at a place. */
static size_t offset_at(struct gvariant v, size_t at)
{
	uint64_t x = 0;

	for (size_t i = width(v.n); i--;)
		x = x << 8 | (uint8_t)v.data[at + i];
	return x > SIZE_MAX ? SIZE_MAX : (size_t)x;
}

static size_t align8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

/* From one offset to another, if these lie so. */
static bool slice(struct gvariant v, size_t from, size_t to, struct gvariant *ret)
{
	if (from > to || to > v.n)
		return false;
	*ret = (struct gvariant){ v.data + from, to - from };
	return true;
}

/* Is it a string: a NUL at its end and nowhere else? */
static bool is_text(struct gvariant v)
{
	return v.n && memchr(v.data, '\0', v.n) == v.data + v.n - 1;
}

/* A variant: its value, a NUL, the name of its type. The string in it, or NULL. */
static const char *variant_text(struct gvariant v)
{
	struct gvariant s;

	if (v.n < 3 || v.data[v.n - 1] != 's' || v.data[v.n - 2] != '\0')
		return NULL;
	s = (struct gvariant){ v.data, v.n - 2 };
	return is_text(s) ? s.data : NULL;
}

/* {sv}: the string in it, if it has that name. */
static const char *entry_text(struct gvariant v, const char *name)
{
	size_t w = width(v.n), end;
	struct gvariant key, value;

	if (v.n < w)
		return NULL;
	end = offset_at(v, v.n - w);
	if (end > v.n - w || !slice(v, 0, end, &key) || !is_text(key) ||
	    strcmp(key.data, name) != 0 || !slice(v, align8(end), v.n - w, &value))
		return NULL;
	return variant_text(value);
}

/* a{sv}: the string with that name. */
static const char *dict_text(struct gvariant v, const char *name)
{
	size_t w = width(v.n), table, from = 0;
	struct gvariant entry;

	if (v.n < w)
		return NULL;
	table = offset_at(v, v.n - w);
	if (table > v.n - w)
		return NULL;
	for (size_t at = table; at + w <= v.n; at += w) {
		size_t to = offset_at(v, at);
		const char *text;

		if (to > table || !slice(v, from, to, &entry))
			return NULL;
		text = entry_text(entry, name);
		if (text)
			return text;
		from = align8(to);
	}
	return NULL;
}

const char *gvariant_deploy_text(struct gvariant v, const char *name)
{
	size_t w = width(v.n), end;
	struct gvariant dict;

	/* Its offsets are of "s", "s" and "as"; a number of eight bytes follows, then the rest. */
	if (v.n < 3 * w)
		return NULL;
	end = offset_at(v, v.n - 3 * w);
	if (end > v.n - 3 * w || !slice(v, align8(end) + 8, v.n - 3 * w, &dict))
		return NULL;
	return dict_text(dict, name);
}
