/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See log_line.h. */
#include "log_line.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY 86400

/* Takes n digits off the front: their value, or -1. */
static int digits(struct span *s, unsigned n)
{
	int v = 0;

	if (s->n < n)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		if (s->s[i] < '0' || s->s[i] > '9')
			return -1;
		v = v * 10 + s->s[i] - '0';
	}
	s->s += n;
	s->n -= n;
	return v;
}

/* Takes one character off the front, if it is that. */
static bool skip(struct span *s, char c)
{
	if (!s->n || s->s[0] != c)
		return false;
	s->s++;
	s->n--;
	return true;
}

/* Takes "05:06:07". */
static bool clock_time(struct span *s, struct tm *t)
{
	return (t->tm_hour = digits(s, 2)) >= 0 && skip(s, ':') &&
	       (t->tm_min = digits(s, 2)) >= 0 && skip(s, ':') &&
	       (t->tm_sec = digits(s, 2)) >= 0 && t->tm_hour < 24 && t->tm_min < 60 &&
	       t->tm_sec <= 60;
}

static bool date_ok(const struct tm *t)
{
	return t->tm_mon >= 0 && t->tm_mon < 12 && t->tm_mday >= 1 && t->tm_mday <= 31;
}

/* "Mar  4 05:06:07 ", without a year. */
static bool traditional(struct span *s, int64_t latest, struct log_line *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm t = { .tm_isdst = -1 }, last;
	struct span p = *s;
	time_t end = latest;

	if (p.n < 4)
		return false;
	for (t.tm_mon = 0; t.tm_mon < 12 && memcmp(months + 3 * t.tm_mon, p.s, 3); t.tm_mon++)
		;
	p.s += 3;
	p.n -= 3;
	if (!skip(&p, ' '))
		return false;
	t.tm_mday = skip(&p, ' ') ? digits(&p, 1) : digits(&p, 2);
	if (!date_ok(&t) || !skip(&p, ' ') || !clock_time(&p, &t) || !skip(&p, ' ') ||
	    !localtime_r(&end, &last))
		return false;
	/* From the year after the last one down: the first that is not in the future. */
	for (int back = -1; back <= 1; back++) {
		struct tm then = t;

		then.tm_year = last.tm_year - back;
		ret->time = mktime(&then);
		if (ret->time <= latest + DAY)
			break;
	}
	*s = p;
	return true;
}

/* "+01:00" or "Z", in seconds. */
static bool zone(struct span *p, int *ret)
{
	int sign = skip(p, '-') ? -1 : 1;
	int hours, minutes;

	*ret = 0;
	if (sign > 0 && skip(p, 'Z'))
		return true;
	if (sign > 0 && !skip(p, '+'))
		return false;
	if ((hours = digits(p, 2)) < 0 || !skip(p, ':') || (minutes = digits(p, 2)) < 0)
		return false;
	*ret = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "2021-03-04T05:06:07.123456+01:00 " */
static bool rfc3339(struct span *s, struct log_line *ret)
{
	struct tm t = { 0 };
	struct span p = *s;
	int year, offset;
	uint32_t unit = 100000000;

	if ((year = digits(&p, 4)) < 0 || !skip(&p, '-') || (t.tm_mon = digits(&p, 2)) < 0 ||
	    !skip(&p, '-') || (t.tm_mday = digits(&p, 2)) < 0 || !skip(&p, 'T') ||
	    !clock_time(&p, &t))
		return false;
	t.tm_year = year - 1900;
	t.tm_mon--;
	ret->ns = 0;
	if (skip(&p, '.'))
		for (; p.n && p.s[0] >= '0' && p.s[0] <= '9'; p.s++, p.n--, unit /= 10)
			ret->ns += unit * (uint32_t)(p.s[0] - '0');
	if (!date_ok(&t) || !zone(&p, &offset) || !skip(&p, ' '))
		return false;
	ret->time = timegm(&t) - offset;
	*s = p;
	return true;
}

/* Takes a word, and the blank behind it. */
static struct span word(struct span *s)
{
	const char *end = memchr(s->s, ' ', s->n);
	struct span w = { s->s, end ? (size_t)(end - s->s) : s->n };

	s->s += w.n;
	s->n -= w.n;
	skip(s, ' ');
	return w;
}

/* "ident[pid]: " in front of the message, if it is there. */
static void take_ident(struct span *s, struct log_line *ret)
{
	struct span rest = *s, w = word(&rest), number;
	const char *open;

	if (w.n < 2 || w.s[w.n - 1] != ':')
		return;
	w.n--;
	*s = rest;
	ret->ident = w;
	if (w.s[w.n - 1] != ']' || !(open = memrchr(w.s, '[', w.n)) || open == w.s)
		return;
	number = (struct span){ open + 1, (size_t)(w.s + w.n - open) - 2 };
	if (!number.n || number.n > 9)
		return;
	unsigned n = (unsigned)number.n;
	ret->pid = digits(&number, n);
	if (ret->pid >= 0)
		ret->ident.n = (size_t)(open - w.s);
}

void log_line_parse(struct span line, int64_t latest, struct log_line *ret)
{
	*ret = (struct log_line){ .pid = -1 };
	ret->host = ret->ident = (struct span){ line.s, 0 };
	ret->dated = traditional(&line, latest, ret) || rfc3339(&line, ret);
	if (ret->dated) {
		ret->host = word(&line);
		take_ident(&line, ret);
	}
	ret->message = line;
}
