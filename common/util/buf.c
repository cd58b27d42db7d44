/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See buf.h. */
#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/xalloc.h"

/* Grows to cap bytes without leaving a copy of the old ones behind. */
static void move(struct buf *b, size_t cap)
{
	char *p = xmalloc(cap);

	if (b->len)
		memcpy(p, b->data, b->len);
	if (b->data)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	b->data = p;
}

char *buf_room(struct buf *b, size_t n)
{
	if (b->len + n + 1 > b->cap) {
		size_t cap = b->cap ? b->cap : 64;

		while (cap < b->len + n + 1)
			cap *= 2;
		if (b->secret)
			move(b, cap);
		else
			b->data = xreallocarray(b->data, cap, 1);
		b->cap = cap;
		b->data[b->len] = '\0';
	}
	return b->data + b->len;
}

void buf_add(struct buf *b, const void *data, size_t n)
{
	char *p = buf_room(b, n);

	if (n)
		memcpy(p, data, n);
	p[n] = '\0';
	b->len += n;
}

void buf_addstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addch(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0)
		return;
	va_start(ap, fmt);
	vsnprintf(buf_room(b, n), (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += n;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
	} else {
		memmove(b->data, b->data + n, b->len - n);
		b->len -= n;
	}
	if (b->data)
		b->data[b->len] = '\0';
}

void buf_keep_tail(struct buf *b, size_t n)
{
	if (b->len > n)
		buf_drop(b, b->len - n);
}

char *buf_take(struct buf *b)
{
	char *p;

	buf_room(b, 0);
	p = b->data;
	*b = (struct buf)BUF_INIT;
	return p;
}

void buf_release(struct buf *b)
{
	if (b->secret && b->data)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	*b = (struct buf)BUF_INIT;
}
