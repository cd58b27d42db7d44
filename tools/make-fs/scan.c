/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See scan.h; tar(5) of libarchive describes the formats: v7, ustar, pax, and GNU's. */
#include "scan.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define PAX_MAX	  (1u << 20) /* bytes of an extended header; libarchive takes no more either */
#define TINY	  2048
#define SIZE_MAX_ (INT64_MAX / 2) /* of one file: sums of a few do not overflow */

/* Where in a header its fields are. */
enum {
	NAME = 0, NAME_LEN = 100,
	SIZE = 124, SIZE_LEN = 12,
	SUM = 148, SUM_LEN = 8,
	TYPE = 156,
	LINK = 157, LINK_LEN = 100,
	SPARSE_MORE = 482, /* GNU's old sparse files */
	SPARSE_REAL = 483, SPARSE_REAL_LEN = 12,
	SPARSE_NEXT_MORE = 504, /* in the blocks that continue such a header */
};

static int damaged(const struct scan *s, struct err *e)
{
	if (s->sum.bytes <= SCAN_BLOCK)
		return err_set(e, EINVAL, "it is no tar archive");
	return err_set(e, EINVAL, "it is damaged at byte %" PRIu64 ": no header of a tar archive is there",
		       s->sum.bytes - SCAN_BLOCK);
}

/* A number of a header: octal digits, or big-endian bytes behind a byte with its high bit set. */
static int number(const uint8_t *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	if (*p & 0x80) {
		v = *p & 0x7f;
		for (i = 1; i < n; i++) {
			if (v > SIZE_MAX_ >> 8)
				return -1;
			v = v << 8 | p[i];
		}
		*ret = v;
		return v > SIZE_MAX_ ? -1 : 0;
	}
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		v = v << 3 | (uint64_t)(p[i] - '0');
	*ret = v;
	return i < n && p[i] && p[i] != ' ' ? -1 : 0;
}

/* Some old programs summed signed bytes. */
static bool sum_fits(const uint8_t *b)
{
	uint64_t want;
	int64_t plain = 0, with_sign = 0;

	for (size_t i = 0; i < SCAN_BLOCK; i++) {
		uint8_t c = i >= SUM && i < SUM + SUM_LEN ? ' ' : b[i];

		plain += c;
		with_sign += (int8_t)c;
	}
	return number(b + SUM, SUM_LEN, &want) == 0 &&
	       ((int64_t)want == plain || (int64_t)want == with_sign);
}

static bool is_zero(const uint8_t *b)
{
	for (size_t i = 0; i < SCAN_BLOCK; i++)
		if (b[i])
			return false;
	return true;
}

/* Decimal digits up to the end. */
static bool decimal(const char *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;

	if (!n || n > 18)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(p[i] - '0');
	}
	*ret = v;
	return true;
}

/* The length of a name's last part; *ret_top: it has no other. */
static uint64_t last_part(const char *p, size_t n, bool *ret_top)
{
	size_t at;

	while (n >= 2 && p[0] == '.' && p[1] == '/') {
		p += 2;
		n -= 2;
	}
	while (n && *p == '/') {
		p++;
		n--;
	}
	while (n && p[n - 1] == '/')
		n--;
	for (at = n; at && p[at - 1] != '/'; at--)
		;
	*ret_top = at == 0 && n > 0;
	return n - at;
}

static bool key_is(const char *key, size_t n, const char *want)
{
	return n == strlen(want) && !memcmp(key, want, n);
}

static bool key_begins(const char *key, size_t n, const char *want)
{
	return n > strlen(want) && !memcmp(key, want, strlen(want));
}

static void pax_record(struct scan_pax *x, const char *key, size_t n, const char *value, size_t len)
{
	if (key_is(key, n, "size"))
		x->has_size = decimal(value, len, &x->size);
	else if (key_is(key, n, "GNU.sparse.realsize") || key_is(key, n, "GNU.sparse.size"))
		x->has_real = decimal(value, len, &x->real);
	else if (key_is(key, n, "path") || key_is(key, n, "GNU.sparse.name"))
		x->name = last_part(value, len, &x->top);
	else if (key_begins(key, n, "SCHILY.xattr.") || key_begins(key, n, "SCHILY.acl.") ||
		 key_begins(key, n, "LIBARCHIVE.xattr."))
		x->attributed = true;
}

/* "LENGTH KEY=VALUE\n", again and again; what is no such thing is left to who unpacks it. */
static void pax_parse(struct scan *s)
{
	const char *p = s->pax.data;
	size_t left = s->pax.len;

	while (left) {
		const char *space = memchr(p, ' ', left < 12 ? left : 12);
		const char *equals;
		uint64_t len;

		if (!space || !decimal(p, (size_t)(space - p), &len) || len > left ||
		    len < (size_t)(space - p) + 3)
			return;
		equals = memchr(space, '=', (size_t)(p + len - space));
		if (equals)
			pax_record(&s->next, space + 1, (size_t)(equals - space - 1), equals + 1,
				   (size_t)(p + len - equals) - 2);
		p += len;
		left -= len;
	}
}

static void add_content(struct scan_sum *sum, uint64_t stored, uint64_t apparent)
{
	for (unsigned i = 0; i < SCAN_CLUSTERS; i++) {
		const uint64_t mask = (UINT64_C(1) << (SCAN_CLUSTER_0 + i)) - 1;

		sum->stored[i] += (stored + mask) & ~mask;
		sum->apparent[i] += (apparent + mask) & ~mask;
	}
	for (unsigned i = 0; i < 2; i++) {
		const uint64_t size = UINT64_C(1024) << 2 * i, blocks = (stored + size - 1) / size;

		/* The first twelve are in the inode; a block has the places of size/4 more. */
		if (blocks > 12)
			sum->indirect[i] += 2 + blocks / (size / 4) * 2;
	}
	if (stored && stored <= TINY) {
		sum->tiny += stored;
		sum->tiny_files++;
	}
}

/* What a header's file adds. */
static void count(struct scan *s, const uint8_t *b, char type, uint64_t stored, uint64_t real)
{
	struct scan_sum *sum = &s->sum;
	bool top = s->next.top;
	uint64_t name = s->next.name;

	if (!name)
		name = last_part((const char *)b + NAME, strnlen((const char *)b + NAME, NAME_LEN), &top);
	sum->entries++;
	sum->names += name;
	if (top)
		sum->root_slots += 1 + (name + 12) / 13;
	if (type != '1')
		sum->inodes++;
	sum->folders += type == '5';
	sum->attributed += s->next.attributed;
	if (type == '2') /* most are in the inode; a long one has a block */
		stored = real = strnlen((const char *)b + LINK, LINK_LEN) > 59 ? 1 : 0;
	add_content(sum, stored, real);
}

static void skip_data(struct scan *s, uint64_t n)
{
	s->skip = n;
	s->padded = (SCAN_BLOCK - n % SCAN_BLOCK) % SCAN_BLOCK;
}

/* A header of a file. */
static int take_file(struct scan *s, const uint8_t *b, uint64_t size, struct err *e)
{
	char type = (char)b[TYPE];
	bool has_data = type < '1' || type > '6' || (type == '1' && s->next.has_size);
	uint64_t real;

	if (s->next.has_size)
		size = s->next.size;
	if (!has_data)
		size = 0;
	real = s->next.has_real ? s->next.real : size;
	if (type == 'S') {
		if (number(b + SPARSE_REAL, SPARSE_REAL_LEN, &real) < 0)
			return damaged(s, e);
		s->sparse_more = b[SPARSE_MORE];
	}
	if (s->sum.apparent[SCAN_CLUSTERS - 1] > SIZE_MAX_ - real || s->sum.stored[SCAN_CLUSTERS - 1] > SIZE_MAX_ - size)
		return err_set(e, EFBIG, "there is more in it than any file system could hold");
	if (type != 'V' && type != 'M' && type != 'N')
		count(s, b, type, size, real);
	skip_data(s, size);
	s->next = (struct scan_pax){ 0 };
	s->waiting = false;
	return 0;
}

static int take_header(struct scan *s, const uint8_t *b, struct err *e)
{
	uint64_t size;

	if (is_zero(b)) {
		s->ended = true;
		return s->waiting ? damaged(s, e) : 0;
	}
	if (!sum_fits(b) || number(b + SIZE, SIZE_LEN, &size) < 0)
		return damaged(s, e);
	switch (b[TYPE]) {
	case 'x':
	case 'X':
		if (size > PAX_MAX)
			return damaged(s, e);
		s->pax.len = 0;
		s->extended = (size_t)size;
		s->waiting = true;
		skip_data(s, size);
		return 0;
	case 'g':
		skip_data(s, size);
		return 0;
	case 'L':
	case 'K':
		if (b[TYPE] == 'L')
			s->next.name = size < 255 ? size : 255;
		s->waiting = true;
		skip_data(s, size);
		return 0;
	default:
		return take_file(s, b, size, e);
	}
}

static int take_block(struct scan *s, struct err *e)
{
	if (s->sparse_more) {
		s->sparse_more = s->block[SPARSE_NEXT_MORE];
		return 0;
	}
	return take_header(s, s->block, e);
}

/* Of the bytes at p, those that are content; returns how many. */
static size_t pass_data(struct scan *s, const char *p, size_t n)
{
	uint64_t left = s->skip + s->padded;
	size_t now = n < left ? n : (size_t)left;

	if (s->extended) {
		size_t add = now < s->extended ? now : s->extended;

		buf_add(&s->pax, p, add);
		s->extended -= add;
		if (!s->extended)
			pax_parse(s);
	}
	if (now <= s->skip) {
		s->skip -= now;
	} else {
		s->padded -= now - s->skip;
		s->skip = 0;
	}
	s->sum.bytes += now;
	return now;
}

int scan_feed(struct scan *s, const void *p, size_t n, struct err *e)
{
	const char *c = p;

	while (n) {
		size_t now;

		if (s->ended) {
			s->sum.bytes += n;
			return 0;
		}
		/* A header's continuation comes before the content. */
		if (!s->sparse_more && s->skip + s->padded) {
			now = pass_data(s, c, n);
		} else {
			now = n < SCAN_BLOCK - s->have ? n : SCAN_BLOCK - s->have;
			memcpy(s->block + s->have, c, now);
			s->have += now;
			s->sum.bytes += now;
			if (s->have == SCAN_BLOCK) {
				s->have = 0;
				if (take_block(s, e) < 0)
					return -1;
			}
		}
		c += now;
		n -= now;
	}
	return 0;
}

int scan_end(struct scan *s, struct err *e)
{
	if (s->ended)
		return 0;
	if (!s->sum.entries && !s->skip && !s->waiting)
		return err_set(e, EINVAL, s->sum.bytes ? "it is no tar archive" : "it is empty: no tar archive");
	if (s->skip || s->padded || s->have || s->waiting || s->sparse_more)
		return err_set(e, EINVAL, "it is cut short: it ends after %" PRIu64 " bytes, in the middle of a file",
			       s->sum.bytes);
	s->sum.no_end = true;
	return 0;
}

void scan_release(struct scan *s)
{
	buf_release(&s->pax);
}
