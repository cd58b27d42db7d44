/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See json.h. Numbers have no printf: there are two dozen in each entry of a listing. */
#include "cli/json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli/safe.h"

/* How many bytes at the front of s can stand in a JSON string as they are. */
static size_t plain(const char *s)
{
	size_t n = 0;

	while ((unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x7f && s[n] != '"' &&
	       s[n] != '\\')
		n++;
	return n;
}

/* Appends a character that is not plain; c as utf8_char() has it, len 0 where it is none. */
static void add_special(struct buf *b, const char *s, size_t len, uint32_t c)
{
	if (!len)
		buf_addstr(b, "\xef\xbf\xbd");
	else if (c == '"' || c == '\\')
		buf_addf(b, "\\%c", (char)c);
	else if (c == '\n')
		buf_addstr(b, "\\n");
	else if (c == '\t')
		buf_addstr(b, "\\t");
	else if (c > 0xffff && utf8_unsafe(c))
		buf_addf(b, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	else if (utf8_unsafe(c))
		buf_addf(b, "\\u%04x", c);
	else
		buf_add(b, s, len);
}

/* The string s and a suffix of its key, quoted; bad bytes become U+FFFD. */
static void quote(struct buf *b, const char *s, const char *suffix)
{
	const char *end = s + strlen(s);

	buf_addch(b, '"');
	while (s < end) {
		size_t len = plain(s);
		uint32_t c = 0;

		buf_add(b, s, len);
		s += len;
		if (s == end)
			break;
		len = utf8_char(s, (size_t)(end - s), &c);
		add_special(b, s, len, c);
		s += len ? len : 1;
	}
	buf_addstr(b, suffix);
	buf_addch(b, '"');
}

/* What stands before a value: a comma, a line of its own, its key. */
static void start(struct json *j, const char *key, const char *suffix)
{
	if (j->depth) {
		unsigned d = j->depth - 1;

		if (j->filled[d])
			buf_addch(j->b, ',');
		if (j->array[d])
			buf_addch(j->b, '\n');
		j->filled[d] = true;
	}
	if (!key)
		return;
	quote(j->b, key, suffix);
	buf_addch(j->b, ':');
}

static void open_it(struct json *j, const char *key, bool array)
{
	assert(j->depth < JSON_DEPTH);
	start(j, key, "");
	buf_addch(j->b, array ? '[' : '{');
	j->array[j->depth] = array;
	j->filled[j->depth++] = false;
}

void json_open_object(struct json *j, const char *key)
{
	open_it(j, key, false);
}

void json_open_array(struct json *j, const char *key)
{
	open_it(j, key, true);
}

void json_close(struct json *j)
{
	assert(j->depth);
	j->depth--;
	if (j->array[j->depth] && j->filled[j->depth])
		buf_addch(j->b, '\n');
	buf_addch(j->b, j->array[j->depth] ? ']' : '}');
	if (!j->depth)
		buf_addch(j->b, '\n');
}

/* RFC 4648, with padding. */
static void base64(struct buf *b, const uint8_t *s, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < have ? s[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			buf_addch(b, k <= have ? digits[v >> (18 - 6 * k) & 63] : '=');
	}
}

void json_str(struct json *j, const char *key, const char *s)
{
	start(j, key, "");
	if (!s) {
		buf_addstr(j->b, "null");
		return;
	}
	quote(j->b, s, "");
	if (!key || utf8_valid(s))
		return;
	start(j, key, "_b64");
	buf_addch(j->b, '"');
	base64(j->b, (const uint8_t *)s, strlen(s));
	buf_addch(j->b, '"');
}

void json_base64(struct json *j, const char *key, const uint8_t *p, size_t n)
{
	start(j, key, "");
	buf_addch(j->b, '"');
	base64(j->b, p, n);
	buf_addch(j->b, '"');
}

void json_strs(struct json *j, const char *key, char *const *v, size_t n)
{
	start(j, key, "");
	buf_addch(j->b, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addch(j->b, ',');
		quote(j->b, v[i], "");
	}
	buf_addch(j->b, ']');
}

void json_u64(struct json *j, const char *key, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	start(j, key, "");
	do {
		digits[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(j->b, digits + n, sizeof(digits) - n);
}

void json_i64(struct json *j, const char *key, int64_t v)
{
	start(j, key, "");
	buf_addf(j->b, "%" PRId64, v);
}

void json_fixed(struct json *j, const char *key, double v)
{
	start(j, key, "");
	buf_addf(j->b, "%.1f", v);
}

void json_bool(struct json *j, const char *key, bool v)
{
	start(j, key, "");
	buf_addstr(j->b, v ? "true" : "false");
}

/* Writes v as n digits and what follows them; returns the end. */
static char *put_digits(char *to, unsigned v, int n, char then)
{
	for (int i = n - 1; i >= 0; i--) {
		to[i] = (char)('0' + v % 10);
		v /= 10;
	}
	to[n] = then;
	return to + n + 1;
}

void json_time(struct json *j, const char *key, int64_t sec, uint32_t nsec)
{
	time_t t = sec;
	struct tm tm;
	char s[64], *p = s;

	if (!gmtime_r(&t, &tm) || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900) {
		json_i64(j, key, sec);
		return;
	}
	start(j, key, "");
	*p++ = '"';
	p = put_digits(p, (unsigned)tm.tm_year + 1900, 4, '-');
	p = put_digits(p, (unsigned)tm.tm_mon + 1, 2, '-');
	p = put_digits(p, (unsigned)tm.tm_mday, 2, 'T');
	p = put_digits(p, (unsigned)tm.tm_hour, 2, ':');
	p = put_digits(p, (unsigned)tm.tm_min, 2, ':');
	p = put_digits(p, (unsigned)tm.tm_sec, 2, '.');
	p = put_digits(p, nsec, 9, 'Z');
	*p++ = '"';
	buf_add(j->b, s, (size_t)(p - s));
}
