/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Berkeley DB of the hash kind, Packages, as rpm wrote it up to 4.16. Numbers are in the
 * order of bytes of the machine that wrote it.
 *
 *   page 0   what the whole is: page size, number of buckets, and where they start
 *   bucket   a chain of pages with keys and data in turn, each where inp[] says
 *   data     "off page": number and length of a chain of overflow pages, which hold a header
 *
 * Every chain's steps are counted against the pages that there are, so none goes in circles.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/inspect/rpm.h"
#include "util/cleanup.h"
#include "util/io.h"

#define META	     256u /* bytes of page 0 that are used */
#define MAGIC	     0x061561u
#define VERSION_MIN  5u
#define VERSION_MAX  10u
#define PAGE_MIN     512u
#define PAGE_MAX     65536u
#define SPARES	     32u
#define INP	     26u /* of a page: where its items are, u16 each */

enum { PAGE_HASH_OLD = 2, PAGE_OVERFLOW = 7, PAGE_HASHMETA = 8, PAGE_HASH = 13 };
enum { ITEM_KEYDATA = 1, ITEM_OFFPAGE = 3 };

struct bdb {
	struct rpm_db *db;
	bool swapped; /* its numbers are big endian */
	uint32_t page_size, last, buckets;
	uint32_t spares[SPARES];
	uint32_t steps;	     /* hash pages seen */
	struct buf page;     /* a page of a bucket */
	struct buf overflow; /* a page of a header */
};

/* A header: a chain of overflow pages, read from its front. */
struct chain {
	struct bdb *b;
	uint32_t next;	/* the page after the one in hand */
	uint32_t steps; /* pages read */
	size_t at, len; /* what of the page in hand was not taken yet */
};

static uint32_t get32(const struct bdb *b, const void *p)
{
	return b->swapped ? get_be32(p) : get_le32(p);
}

static uint32_t get16(const struct bdb *b, const void *p)
{
	const uint8_t *c = p;

	return b->swapped ? (uint32_t)c[0] << 8 | c[1] : (uint32_t)c[1] << 8 | c[0];
}

/* A page that was never written to: its number, type, entries and the page after it are 0. */
static bool is_unused(const uint8_t *p)
{
	static const uint8_t zeros[INP];

	return memcmp(p, zeros, INP) == 0;
}

/* Reads a page, of one of two types; a bucket may also be unused. */
static int page_read(const struct bdb *b, uint32_t no, struct buf *to, int type, int or_type,
		     struct err *e)
{
	const uint8_t *p;

	to->len = 0;
	if (no > b->last || pread_full(b->db->fd, buf_room(to, b->page_size), b->page_size,
				       (off_t)no * b->page_size) != (ssize_t)b->page_size)
		return err_set(e, EBADMSG, "it ends before page %u", no);
	to->len = b->page_size;
	p = (const uint8_t *)to->data;
	if (is_unused(p) && type == PAGE_HASH)
		return 0;
	if (get32(b, p + 8) != no || (p[25] != type && p[25] != or_type))
		return err_set(e, EBADMSG, "page %u is damaged", no);
	return 0;
}

/* As struct rpm_blob's. */
static int chain_read(void *src, size_t off, void *p, size_t n, struct err *e)
{
	struct chain *c = src;
	struct bdb *b = c->b;
	char *to = p;

	(void)off;
	while (n) {
		size_t now = c->len < n ? c->len : n;

		if (now)
			memcpy(to, b->overflow.data + c->at, now);
		to += now;
		n -= now;
		c->at += now;
		c->len -= now;
		if (!n)
			return 0;
		if (c->steps++ > b->last)
			return err_set(e, EBADMSG, "a header goes in circles");
		if (page_read(b, c->next, &b->overflow, PAGE_OVERFLOW, PAGE_OVERFLOW, e))
			return -1;
		c->at = INP;
		c->len = get16(b, b->overflow.data + 22);
		c->next = get32(b, b->overflow.data + 16);
		/* All but the last are full: short ones would be many for few bytes. */
		if (!c->len || c->len > b->page_size - INP ||
		    (c->next && c->len < b->page_size - INP))
			return err_set(e, EBADMSG, "a header is damaged");
	}
	return 0;
}

/* A header that is small enough to lie in its bucket. */
static int inline_read(void *src, size_t off, void *p, size_t n, struct err *e)
{
	(void)e;
	memcpy(p, (const char *)src + off, n);
	return 0;
}

/* An item of the page in hand, as its offset and its length. */
static int item(const struct bdb *b, uint32_t i, uint32_t *ret_at, uint32_t *ret_len, struct err *e)
{
	const char *inp = b->page.data + INP;
	uint32_t end = i ? get16(b, inp + 2 * (i - 1)) : b->page_size;
	uint32_t at = get16(b, inp + 2 * i);

	if (at < INP || at >= end || end > b->page_size)
		return err_set(e, EBADMSG, "a page is damaged");
	*ret_at = at;
	*ret_len = end - at;
	return 0;
}

/* The package of a key and its data, the i-th item and the one after it. */
static int package(struct bdb *b, uint32_t i, struct err *e)
{
	uint32_t key, key_len, at, len;
	const char *d;

	if (item(b, i, &key, &key_len, e) || item(b, i + 1, &at, &len, e))
		return -1;
	d = b->page.data + key;
	/* Its number is the key. 0 is not a package, but the highest number so far. */
	if (key_len != 5 || d[0] != ITEM_KEYDATA || !get32(b, d + 1))
		return 0;
	d = b->page.data + at;
	if (d[0] == ITEM_OFFPAGE && len >= 12) {
		struct chain c = { .b = b, .next = get32(b, d + 4) };
		struct rpm_blob blob = { get32(b, d + 8), chain_read, &c };

		rpm_package(b->db, &blob);
	} else if (d[0] == ITEM_KEYDATA) {
		struct rpm_blob blob = { len - 1, inline_read, b->page.data + at + 1 };

		rpm_package(b->db, &blob);
	}
	return 0;
}

/* The chain of pages that starts with that one. */
static int bucket(struct bdb *b, uint32_t no, struct err *e)
{
	do {
		uint32_t n;

		if (b->steps++ > b->last)
			return err_set(e, EBADMSG, "its pages go in circles");
		if (!(b->steps % 1024) && !lister_give(b->db->l, NULL))
			b->db->stop = true;
		if (page_read(b, no, &b->page, PAGE_HASH, PAGE_HASH_OLD, e))
			return -1;
		n = get16(b, b->page.data + 20);
		if (n > (b->page_size - INP) / 2)
			return err_set(e, EBADMSG, "page %u is damaged", no);
		for (uint32_t i = 0; i + 1 < n && !b->db->stop; i += 2)
			if (package(b, i, e))
				return -1;
		no = get32(b, b->page.data + 16);
	} while (no && !b->db->stop);
	return 0;
}

/* The page that a bucket starts with: a new row of spares each time their number doubles. */
static uint32_t bucket_page(const struct bdb *b, uint32_t no)
{
	uint32_t row = 0;

	while ((1ull << row) < (uint64_t)no + 1)
		row++;
	return no + b->spares[row < SPARES ? row : SPARES - 1];
}

/* Reads page 0. */
static int meta(struct bdb *b, struct err *e)
{
	uint8_t p[META];
	uint32_t version;

	if (pread_full(b->db->fd, p, META, 0) != (ssize_t)META ||
	    (get_le32(p + 12) != MAGIC && get_be32(p + 12) != MAGIC) || p[25] != PAGE_HASHMETA)
		return err_set(e, EBADMSG, "it is not a package database");
	b->swapped = get_be32(p + 12) == MAGIC;
	version = get32(b, p + 16);
	b->page_size = get32(b, p + 20);
	b->last = get32(b, p + 32);
	b->buckets = get32(b, p + 72);
	for (uint32_t i = 0; i < SPARES; i++)
		b->spares[i] = get32(b, p + 96 + 4 * i);
	if (version < VERSION_MIN || version > VERSION_MAX)
		return err_set(e, EBADMSG, "its version %u is unknown", version);
	/* p[24]: encrypted; p[26]: pages with checksums, or parts in other files. */
	if (b->page_size < PAGE_MIN || b->page_size > PAGE_MAX ||
	    (b->page_size & (b->page_size - 1)) || p[24] || p[26])
		return err_set(e, EBADMSG, "it is of a kind that rpm does not write");
	if (b->last >= b->db->size / b->page_size)
		b->last = (uint32_t)(b->db->size / b->page_size - 1);
	if (b->buckets > b->last)
		return err_set(e, EBADMSG, "its first page is damaged");
	return 0;
}

int rpm_bdb(struct rpm_db *db, struct err *e)
{
	struct bdb b = { .db = db };
	int r = db->size < PAGE_MIN ? err_set(e, EBADMSG, "it is not a package database")
				    : meta(&b, e);

	for (uint32_t i = 0; !r && i <= b.buckets && !db->stop; i++) {
		struct err bad;

		/* A broken bucket does not hide the others. */
		if (!bucket(&b, bucket_page(&b, i), &bad))
			continue;
		rpm_broken(db, &bad);
		if (b.steps > b.last)
			break;
	}
	buf_release(&b.page);
	buf_release(&b.overflow);
	return r;
}
