/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See plan_size.h. Integers only: a double has not enough digits for a disk. */
#include "plan_size.h"

#include <errno.h>
#include <string.h>

#define SIZE_TOP     ((uint64_t)1 << 62)

/* A number with an optional fraction, times unit, rounded down. The rest, or NULL. */
static const char *take_number(const char *s, uint64_t *ret_whole, uint64_t *ret_fraction)
{
	uint64_t whole = 0, fraction = 0, scale = 1000000000;
	const char *start = s;

	/* From what is more than a disk can have on, it stays that. */
	for (; *s >= '0' && *s <= '9'; s++)
		whole = whole > SIZE_TOP / 10 ? SIZE_TOP + 1 : whole * 10 + (uint64_t)(*s - '0');
	if (*s == '.') {
		start++;
		for (s++; *s >= '0' && *s <= '9'; s++) {
			scale /= 10;
			fraction += (uint64_t)(*s - '0') * scale;
		}
	}
	*ret_whole = whole;
	*ret_fraction = fraction;
	return s > start ? s : NULL;
}

/* whole.fraction times unit; -1 where that is more than a disk can have. */
static int times(uint64_t whole, uint64_t fraction, uint64_t unit, uint64_t *ret)
{
	__uint128_t v = (__uint128_t)whole * unit + (__uint128_t)fraction * unit / 1000000000;

	if (v > SIZE_TOP)
		return -1;
	*ret = (uint64_t)v;
	return 0;
}

int plan_size_parse(const char *text, struct plan_size *ret, struct err *e)
{
	static const char units[] = "bKMGTP";
	struct plan_size z = { 0, false, 0 };
	uint64_t whole, fraction;
	const char *s = text, *unit;

	if (*s == '+' || *s == '-')
		z.sign = *s++;
	s = take_number(s, &whole, &fraction);
	if (!s || !*s || s[1])
		goto bad;
	z.percent = *s == '%';
	unit = strchr(units, *s);
	if (!z.percent && !unit)
		goto bad;
	if (times(whole, fraction, z.percent ? 10 : (uint64_t)1 << (10 * (unit - units)),
		  &z.value) < 0)
		return err_set(e, ERANGE, "'%s' is larger than any disk", text);
	*ret = z;
	return 0;
bad:
	return err_set(e, EINVAL,
		       "cannot read '%s' as a size: a number and b, K, M, G, T, P or %%, with + or - "
		       "before it for a change",
		       text);
}

int plan_size_apply(const struct plan_size *z, uint64_t old, uint64_t *ret, struct err *e)
{
	__uint128_t v = z->percent ? (__uint128_t)old * z->value / 1000 : z->value;

	if (z->sign == '-')
		v = v < old ? old - v : 0;
	else if (z->sign == '+')
		v += old;
	if (!v)
		return err_set(e, EINVAL, "new partition size is zero or negative");
	if (v > SIZE_TOP)
		return err_set(e, ERANGE, "the new size is larger than any disk");
	*ret = (uint64_t)v;
	return 0;
}
