/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the options of guest-log mean, which are called as journalctl's. */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "util/cleanup.h"

#define USEC	 1000000
#define SPAN_MAX (INT64_MAX / USEC / 4) /* seconds */

/* Takes a number of at most n digits off the front; -1 where there is none. */
static int take_number(const char **s, unsigned n)
{
	int v = 0;
	unsigned i = 0;

	for (; i < n && **s >= '0' && **s <= '9'; i++, (*s)++)
		v = v * 10 + **s - '0';
	return i ? v : -1;
}

/* "05:06" or "05:06:07" to the end. */
static bool clock_time(const char *s, struct tm *t)
{
	if ((t->tm_hour = take_number(&s, 2)) < 0 || *s++ != ':' ||
	    (t->tm_min = take_number(&s, 2)) < 0)
		return false;
	t->tm_sec = 0;
	if (*s == ':') {
		s++;
		t->tm_sec = take_number(&s, 2);
	}
	return !*s && t->tm_sec >= 0 && t->tm_sec <= 60 && t->tm_min < 60 && t->tm_hour < 24;
}

/* Has its month such a day? */
static bool is_date(const struct tm *t)
{
	struct tm day = { .tm_year = t->tm_year, .tm_mon = t->tm_mon, .tm_mday = t->tm_mday };

	return timegm(&day) != -1 && day.tm_mday == t->tm_mday;
}

/* "2021-03-04", with a time behind it or not. */
static bool calendar(const char *s, struct tm *t)
{
	int year = take_number(&s, 4);

	if (year < 0 || *s++ != '-' || (t->tm_mon = take_number(&s, 2) - 1) < 0 || *s++ != '-' ||
	    (t->tm_mday = take_number(&s, 2)) < 1 || t->tm_mon > 11 || t->tm_mday > 31)
		return false;
	t->tm_year = year - 1900;
	t->tm_hour = t->tm_min = t->tm_sec = 0;
	if (!is_date(t))
		return false;
	if (!*s)
		return true;
	return (*s == ' ' || *s == 'T') && clock_time(s + 1, t);
}

/* Seconds of a unit of time by its first letters; 0: none. */
static int64_t unit_seconds(const char *s, size_t n)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {
		{ "s", 1 },	   { "sec", 1 },      { "second", 1 },	  { "seconds", 1 },
		{ "m", 60 },	   { "min", 60 },     { "minute", 60 },	  { "minutes", 60 },
		{ "h", 3600 },	   { "hr", 3600 },    { "hour", 3600 },	  { "hours", 3600 },
		{ "d", 86400 },	   { "day", 86400 },  { "days", 86400 },  { "w", 604800 },
		{ "week", 604800 }, { "weeks", 604800 }, { "month", 2629800 },
		{ "months", 2629800 }, { "y", 31557600 }, { "year", 31557600 },
		{ "years", 31557600 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (strlen(units[i].name) == n && !strncmp(units[i].name, s, n))
			return units[i].seconds;
	return 0;
}

/* "1h 30min", with " ago" behind it or not: in seconds. A number alone is seconds. */
static bool span(const char *s, int64_t *ret, bool *ret_ago)
{
	int64_t sum = 0;
	bool any = false;

	*ret_ago = false;
	for (;;) {
		s += strspn(s, " ");
		if (!*s || (any && !strcmp(s, "ago")))
			break;
		int64_t v = take_number(&s, 9), unit;
		s += strspn(s, " ");
		size_t n = strcspn(s, " 0123456789");
		if (v < 0)
			return false;
		if (!n || !strcmp(s, "ago"))
			unit = 1;
		else
			unit = unit_seconds(s, n);
		if (unit != 1 || strcmp(s, "ago") != 0)
			s += n;
		if (!unit || v > SPAN_MAX / unit || sum > SPAN_MAX - v * unit)
			return false;
		sum += v * unit;
		any = true;
	}
	*ret = sum;
	*ret_ago = *s;
	return any;
}

/* A day's begin, so many days from the one of now. */
static int64_t midnight(struct tm t, int days)
{
	t.tm_mday += days;
	t.tm_hour = t.tm_min = t.tm_sec = 0;
	t.tm_isdst = -1;
	return mktime(&t);
}

static bool parse_words(const char *s, int64_t now, const struct tm *today, int64_t *ret)
{
	static const char *const days[] = { "yesterday", "today", "tomorrow" };

	for (int i = 0; i < 3; i++) {
		if (strcmp(s, days[i]) != 0)
			continue;
		*ret = midnight(*today, i - 1);
		return true;
	}
	*ret = now;
	return !strcmp(s, "now");
}

static bool parse_relative(const char *s, int64_t now, int64_t *ret)
{
	int64_t n;
	bool ago, back = *s == '-';

	if (!span(s + (*s == '-' || *s == '+'), &n, &ago))
		return false;
	if (!ago && *s != '-' && *s != '+')
		return false;
	*ret = back != ago ? now - n : now + n;
	return true;
}

int log_time_parse(const char *s, int64_t now, int64_t *ret_usec, struct err *e)
{
	time_t moment = now;
	struct tm today, t;
	int64_t at = 0;
	char *end;

	if (!localtime_r(&moment, &today))
		return err_set(e, EOVERFLOW, "the clock is out of range");
	t = today;
	t.tm_isdst = -1;
	if (*s == '@' && s[1] >= '0' && s[1] <= '9') {
		at = strtoll(s + 1, &end, 10);
		if (*end || at > SPAN_MAX)
			return err_set(e, EINVAL, "'%s' is no time", s);
	} else if (calendar(s, &t) || clock_time(s, &t)) {
		at = mktime(&t);
	} else {
		t = today;
		if (!parse_words(s, now, &t, &at) && !parse_relative(s, now, &at))
			return err_set(e, EINVAL,
				       "'%s' is no time: it is given as '2021-03-04 05:06:07', "
				       "'yesterday', '-1h' or '2 days ago'", s);
	}
	*ret_usec = at * USEC;
	return 0;
}

/* ---- */

static int priority(const char *s, size_t n)
{
	static const char *const names[] = { "emerg", "alert",	"crit", "err",
					     "warning", "notice", "info", "debug" };

	if (n == 1 && *s >= '0' && *s <= '7')
		return *s - '0';
	for (int i = 0; i < 8; i++)
		if (strlen(names[i]) == n && !strncmp(names[i], s, n))
			return i;
	return -1;
}

int log_priorities_parse(const char *s, unsigned *ret, struct err *e)
{
	const char *dots = strstr(s, "..");
	int from = dots ? priority(s, (size_t)(dots - s)) : 0;
	int to = dots ? priority(dots + 2, strlen(dots + 2)) : priority(s, strlen(s));

	if (from < 0 || to < 0)
		return err_set(e, EINVAL,
			       "'%s' is no priority: they are emerg, alert, crit, err, warning, "
			       "notice, info and debug, or 0 to 7", s);
	*ret = 0;
	for (int i = from < to ? from : to; i <= (from < to ? to : from); i++)
		*ret |= 1u << i;
	return 0;
}

int log_boot_parse(const char *s, struct log_options *o, struct err *e)
{
	size_t n = 0;
	const char *p = s;
	char *end;

	o->one_boot = true;
	o->boot[0] = '\0';
	o->boot_offset = 0;
	for (; n < 32 && *p; p++) {
		if (strchr("0123456789abcdefABCDEF", *p))
			o->boot[n++] = *p;
		else if (*p != '-' || !n)
			break;
	}
	o->boot[n == 32 ? n : 0] = '\0';
	if (n < 32)
		p = s;
	if (!*p)
		return 0;
	errno = 0;
	o->boot_offset = strtoll(p, &end, 10);
	if (*end || end == p || errno || o->boot_offset > INT32_MAX || o->boot_offset < -INT32_MAX)
		return err_set(e, EINVAL, "'%s' is no boot: it is an id, a number, or both", s);
	return 0;
}
