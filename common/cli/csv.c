/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See csv.h. */
#include "cli/csv.h"

#include <stdio.h>
#include <string.h>

void csv_add(struct buf *b, const char *field, enum safe_how how)
{
	size_t start = b->len + 1;

	if (!field[strcspn(field, " \"\n,")]) {
		safe_add(b, field, how);
		return;
	}
	buf_addch(b, '"');
	safe_add(b, field, how);
	for (size_t i = start; i < b->len; i++) {
		if (b->data[i] != '"')
			continue;
		buf_addch(b, '"');
		memmove(b->data + i + 1, b->data + i, b->len - i - 1);
		i++;
	}
	buf_addch(b, '"');
}

/* Rounds to the nearest, an exact half to the even one: do rest parts of unit add one to n? */
static bool rounds_up(uint64_t n, uint64_t rest, uint64_t unit)
{
	return rest > unit - rest || (rest == unit - rest && n & 1);
}

const char *human_size(uint64_t size, char s[HUMAN_SIZE_MAX])
{
	static const char letters[] = "KMGTPE";
	unsigned e = 0;
	uint64_t unit, whole, rest, tenths;

	while (e < 6 && size >> (10 * e) >= 1024)
		e++;
	if (!e) {
		snprintf(s, HUMAN_SIZE_MAX, "%u", (unsigned)size);
		return s;
	}
	unit = UINT64_C(1) << (10 * e);
	whole = size / unit;
	rest = size % unit;
	tenths = rest * 10 / unit; /* no overflow: rest is below 2^60 */
	tenths += rounds_up(tenths, rest * 10 % unit, unit);
	if (whole * 10 + tenths < 100) {
		snprintf(s, HUMAN_SIZE_MAX, "%u.%u%c", (unsigned)(whole + tenths / 10),
			 (unsigned)(tenths % 10), letters[e - 1]);
		return s;
	}
	whole += rounds_up(whole, rest, unit);
	if (whole == 1024)
		snprintf(s, HUMAN_SIZE_MAX, "1.0%c", letters[e]);
	else
		snprintf(s, HUMAN_SIZE_MAX, "%u%c", (unsigned)whole, letters[e - 1]);
	return s;
}
