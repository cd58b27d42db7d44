/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See safe.h. */
#include "cli/safe.h"

#include <string.h>
#include <unistd.h>

size_t utf8_char(const char *s, size_t n, uint32_t *ret_c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = s[0];
	uint32_t c;
	size_t len;

	if (first < 0x80) {
		*ret_c = first;
		return 1;
	}
	if (first < 0xc2 || first > 0xf4)
		return 0;
	len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (n < len)
		return 0;
	c = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_c = c;
	return len;
}

bool utf8_valid(const char *s)
{
	size_t n = strlen(s);
	size_t len;
	uint32_t c;

	for (; n; s += len, n -= len) {
		len = utf8_char(s, n, &c);
		if (!len)
			return false;
	}
	return true;
}

bool utf8_unsafe(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },		/* C0 */
		{ 0x7f, 0x9f },		/* DEL, C1 */
		{ 0x61c, 0x61c },	/* Arabic letter mark */
		{ 0x200e, 0x200f },	/* left-to-right, right-to-left mark */
		{ 0x2028, 0x202e },	/* line, paragraph; embeddings and overrides */
		{ 0x2066, 0x2069 },	/* isolates */
		{ 0xfff9, 0xfffb },	/* interlinear annotation */
		{ 0xe0000, 0xe007f },	/* tags */
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* Appends the escape of one byte. */
static void add_escape(struct buf *b, unsigned char c)
{
	static const char letters[] = "abtnvfr"; /* 7 to 13 */

	if (c >= 7 && c <= 13)
		buf_addf(b, "\\%c", letters[c - 7]);
	else if (c == '\\')
		buf_addstr(b, "\\\\");
	else
		buf_addf(b, "\\x%02x", c);
}

void safe_add(struct buf *b, const char *s, enum safe_how how)
{
	size_t n = strlen(s);
	size_t len;

	if (how == SAFE_RAW) {
		buf_add(b, s, n);
		return;
	}
	for (; n; s += len, n -= len) {
		uint32_t c = 0;
		bool bad;

		len = utf8_char(s, n, &c);
		bad = !len || utf8_unsafe(c) || (c == '\\' && how == SAFE_NAME);
		if (!len)
			len = 1;
		if (!bad)
			buf_add(b, s, len);
		for (size_t i = 0; bad && i < len; i++)
			add_escape(b, s[i]);
	}
}

enum safe_how safe_for(int fd)
{
	return isatty(fd) ? SAFE_NAME : SAFE_RAW;
}
