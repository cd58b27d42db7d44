/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rpm's databases: small ones in each format, broken in all the ways that a reader must bear. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define BDB    "var/lib/rpm/Packages"
#define NDB    "var/lib/rpm/Packages.db"
#define SQLITE "var/lib/rpm/rpmdb.sqlite"
#define PAGE   4096u

static int setup(void **state)
{
	*state = xcalloc(1, sizeof(struct apps));
	apps_start(*state);
	return 0;
}

static int teardown(void **state)
{
	apps_stop(*state);
	free(*state);
	return 0;
}

static void put_be32(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> (24 - 8 * i));
}

static void put_le32(char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (char)(v >> (8 * i));
}

static void put_le16(char *p, uint32_t v)
{
	p[0] = (char)v;
	p[1] = (char)(v >> 8);
}

/* ---- headers */

struct tag {
	uint32_t tag, type;
	const char *text; /* type 4: a number */
};

/* A header of tags, with that much filling after their data. */
static void header(struct buf *b, const struct tag *tags, size_t n, size_t filling)
{
	CLEANUP(buf_release) struct buf data = BUF_INIT;
	char *p;

	b->len = 0;
	p = buf_room(b, 8 + 16 * n);
	for (size_t i = 0; i < n; i++) {
		char *entry = p + 8 + 16 * i;

		put_be32(entry, tags[i].tag);
		put_be32(entry + 4, tags[i].type);
		put_be32(entry + 8, (uint32_t)data.len);
		put_be32(entry + 12, 1);
		if (tags[i].type == 4)
			put_be32(buf_room(&data, 4), (uint32_t)strtoul(tags[i].text, NULL, 10));
		if (tags[i].type == 4)
			data.len += 4;
		else
			buf_add(&data, tags[i].text, strlen(tags[i].text) + 1);
	}
	memset(buf_room(&data, filling), 'x', filling);
	data.len += filling;
	put_be32(p, (uint32_t)n);
	put_be32(p + 4, (uint32_t)data.len);
	b->len = 8 + 16 * n;
	buf_add(b, data.data, data.len);
}

static const struct tag plain[] = {
	{ 63, 7, "" },		   { 100, 8, "C" },	 { 1000, 6, "vim" },
	{ 1001, 6, "9.1" },	   { 1002, 6, "1.fc40" }, { 1003, 4, "4294967295" },
	{ 1004, 9, "An editor" }, { 1005, 9, "Text.\nMore" }, { 1020, 6, "http://v" },
	{ 1022, 6, "x86_64" },
};
#define PLAIN "vim 4294967295:9.1-1.fc40 x86_64|http://v||An editor|Text.\nMore"

/* The usual header. */
static void plain_header(struct buf *b, size_t filling)
{
	header(b, plain, ARRAY_SIZE(plain), filling);
}

/* ---- ndb */

/* A database with that header, n times. */
static void ndb(struct buf *b, const struct buf *h, uint32_t n)
{
	size_t blob = (16 + h->len + 12 + 15) / 16 * 16;

	b->len = 0;
	memset(buf_room(b, PAGE + n * blob), 0, PAGE + n * blob);
	b->len = PAGE + n * blob;
	memcpy(b->data, "RpmP", 4);
	put_le32(b->data + 12, 1);
	for (uint32_t i = 0; i < PAGE / 16 - 2; i++) {
		char *slot = b->data + 32 + 16 * i;

		memcpy(slot, "Slot", 4);
		if (i >= n)
			continue;
		put_le32(slot + 4, i + 1);
		put_le32(slot + 8, (uint32_t)(PAGE + i * blob) / 16);
		put_le32(slot + 12, (uint32_t)blob / 16);
		memcpy(b->data + PAGE + i * blob, "BlbS", 4);
		put_le32(b->data + PAGE + i * blob + 4, i + 1);
		put_le32(b->data + PAGE + i * blob + 12, (uint32_t)h->len);
		memcpy(b->data + PAGE + i * blob + 16, h->data, h->len);
	}
}

static void test_ndb(void **state)
{
	CLEANUP(buf_release) struct buf h = BUF_INIT, b = BUF_INIT;
	struct apps *a = *state;

	plain_header(&h, 100000);
	ndb(&b, &h, 3);
	apps_file(a, NDB, b.data, b.len);
	apps_expect(a, apps_rpm, 3, NULL);
	assert_string_equal(a->list.v[0], PLAIN);
	/* By a second name it is the same. */
	assert_int_equal(symlink("../../../var/lib/rpm", apps_path(a, "usr/lib/sysimage/rpm")), 0);
	apps_expect(a, apps_rpm, 3, NULL);
}

/* Changes of one number of a good database, and what is still read. */
static void test_ndb_broken(void **state)
{
	static const struct {
		uint32_t at, value;
		size_t n;
		const char *words;
	} rows[] = {
		{ 0, 0, 0, "not a package database" },
		{ 12, 0, 0, "table is damaged" },
		{ 12, 2, 0, "table is damaged" },
		{ 12, 0xffffffff, 0, "table is damaged" },
		{ 32 + 8, 0xffffffff, 1, "package 1 is damaged" },
		{ 32 + 8, 0, 1, "package 1 is damaged" },
		{ 32 + 4, 0, 1, NULL },
		{ 48, 0, 1, "table is damaged" },
		{ PAGE, 0, 1, "package 1 is damaged" },
		{ PAGE + 4, 7, 1, "package 1 is damaged" },
		{ PAGE + 12, 7, 1, "cut short" },
		{ PAGE + 12, 0xffffffff, 2, NULL },
		{ PAGE + 16, 0xffffffff, 1, "a header is damaged" },
		{ PAGE + 16, 0, 1, "a header is damaged" },
		{ PAGE + 20, 0xffffffff, 1, "a header is damaged" },
		{ PAGE + 24 + 2 * 16 + 8, 0xffffffff, 1, "a header is damaged" },
		{ PAGE + 24 + 2 * 16, 0, 1, "no name" },
		{ PAGE + 24 + 2 * 16 + 4, 0x04000000, 1, "no name" },
	};
	CLEANUP(buf_release) struct buf h = BUF_INIT, b = BUF_INIT;
	struct apps *a = *state;

	plain_header(&h, 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ndb(&b, &h, 2);
		put_le32(b.data + rows[i].at, rows[i].value);
		apps_file(a, NDB, b.data, b.len);
		apps_expect(a, apps_rpm, rows[i].n, rows[i].words);
	}
}

/* Every length of a header, and headers whose last string does not end. */
static void test_headers_cut(void **state)
{
	CLEANUP(buf_release) struct buf h = BUF_INIT, b = BUF_INIT;
	struct apps *a = *state;
	size_t whole;

	plain_header(&h, 0);
	whole = h.len;
	for (h.len = 0; h.len < whole; h.len++) {
		ndb(&b, &h, 1);
		apps_file(a, NDB, b.data, b.len);
		assert_int_equal(apps_read(a, apps_rpm), -1);
		assert_int_equal(a->list.n, 0);
	}
	h.data[whole - 1] = 'x';
	h.len = whole;
	ndb(&b, &h, 1);
	apps_file(a, NDB, b.data, PAGE + 16 + whole);
	apps_expect(a, apps_rpm, 0, "cut short");
}

/* A tag that comes twice: the later one, as rpm has it. A string longer than any. */
static void test_headers_odd(void **state)
{
	CLEANUP(buf_release) struct buf h = BUF_INIT, b = BUF_INIT, text = BUF_INIT;
	struct tag tags[ARRAY_SIZE(plain) + 1];
	struct apps *a = *state;

	memcpy(tags, plain, sizeof(plain));
	tags[ARRAY_SIZE(plain)] = (struct tag){ 1000, 6, "other" };
	header(&h, tags, ARRAY_SIZE(tags), 0);
	ndb(&b, &h, 1);
	apps_file(a, NDB, b.data, b.len);
	apps_expect(a, apps_rpm, 1, NULL);
	assert_int_equal(strncmp(a->list.v[0], "other ", 6), 0);

	while (text.len < 6u << 20)
		buf_addstr(&text, "all work and no play ");
	tags[7].text = text.data;
	header(&h, tags, ARRAY_SIZE(plain), 0);
	ndb(&b, &h, 1);
	apps_file(a, NDB, b.data, b.len);
	apps_expect(a, apps_rpm, 0, "too large");
}

/* ---- Berkeley DB */

/* The head of a page. */
static char *bdb_page(struct buf *b, uint32_t no, int type, uint32_t next, uint32_t entries,
		      uint32_t length)
{
	char *p = b->data + (size_t)no * PAGE;

	put_le32(p + 8, no);
	put_le32(p + 16, next);
	put_le16(p + 20, entries);
	put_le16(p + 22, length);
	p[25] = (char)type;
	return p;
}

/*
 * Page 0; two buckets, pages 1 and 2; the header's overflow pages from 3 on. Bucket 0 has the
 * number of packages and package 1, bucket 1 nothing.
 */
static void bdb(struct buf *b, const struct buf *h)
{
	const uint32_t room = PAGE - 26, pages = (uint32_t)((h->len + room - 1) / room);
	char *p;

	b->len = 0;
	memset(buf_room(b, (3 + pages) * PAGE), 0, (3 + pages) * PAGE);
	b->len = (3 + pages) * PAGE;
	p = bdb_page(b, 0, 8, 0, 0, 0);
	put_le32(p + 12, 0x061561);
	put_le32(p + 16, 9);
	put_le32(p + 20, PAGE);
	put_le32(p + 32, 2 + pages);
	put_le32(p + 72, 1);
	put_le32(p + 96, 1);
	put_le32(p + 100, 1);
	p = bdb_page(b, 1, 13, 0, 4, 0);
	put_le16(p + 26, PAGE - 5);
	put_le16(p + 28, PAGE - 10);
	put_le16(p + 30, PAGE - 15);
	put_le16(p + 32, PAGE - 27);
	p[PAGE - 5] = p[PAGE - 10] = p[PAGE - 15] = 1;
	put_le32(p + PAGE - 9, 1);
	put_le32(p + PAGE - 14, 1);
	p[PAGE - 27] = 3;
	put_le32(p + PAGE - 23, 3);
	put_le32(p + PAGE - 19, (uint32_t)h->len);
	bdb_page(b, 2, 13, 0, 0, 0);
	for (uint32_t i = 0; i < pages; i++) {
		uint32_t n = h->len - (size_t)i * room < room ? (uint32_t)(h->len - (size_t)i * room)
							       : room;

		p = bdb_page(b, 3 + i, 7, i + 1 < pages ? 4 + i : 0, 1, n);
		memcpy(p + 26, h->data + (size_t)i * room, n);
	}
}

static void test_bdb(void **state)
{
	CLEANUP(buf_release) struct buf h = BUF_INIT, b = BUF_INIT;
	struct apps *a = *state;

	plain_header(&h, 100000);
	bdb(&b, &h);
	apps_file(a, BDB, b.data, b.len);
	apps_expect(a, apps_rpm, 1, NULL);
	assert_string_equal(a->list.v[0], PLAIN);
}

static void test_bdb_broken(void **state)
{
	static const struct {
		uint32_t at, value;
		size_t n;
		const char *words;
	} rows[] = {
		{ 12, 0x12345678, 0, "not a package database" },
		{ 16, 99, 0, "version 99" },
		{ 20, 3, 0, "rpm does not write" },
		{ 20, 0x80000000, 0, "rpm does not write" },
		{ 24, 0x0801, 0, "rpm does not write" },
		{ 72, 0xffffffff, 0, "first page is damaged" },
		{ 100, 0xffffff00, 1, "ends before page" },
		{ 32, 0xffffffff, 1, NULL },
		{ PAGE + 8, 9, 0, "page 1 is damaged" },
		{ PAGE + 16, 1, 8, "in circles" },
		{ PAGE + 20, 0xffff, 0, "page 1 is damaged" },
		{ PAGE + 26, 0, 0, "a page is damaged" },
		{ PAGE + 26, 0xffffffff, 0, "a page is damaged" },
		{ 2 * PAGE + 16, 2, 1, "in circles" },
		{ 2 * PAGE + 16, 0xffffffff, 1, "ends before page" },
		{ 2 * PAGE - 23, 0xffffffff, 0, "ends before page" },
		{ 2 * PAGE - 23, 1, 0, "page 1 is damaged" },
		{ 2 * PAGE - 19, 0, 0, "cut short" },
		{ 2 * PAGE - 19, 0xffffffff, 0, "page 0 is damaged" },
		{ 3 * PAGE + 16, 3, 0, "cut short" },
		{ 3 * PAGE + 20, 1, 0, "a header is damaged" },
		{ 3 * PAGE + 20, 0xffff0001, 0, "a header is damaged" },
	};
	CLEANUP(buf_release) struct buf h = BUF_INIT, b = BUF_INIT;
	struct apps *a = *state;
	struct tag tags[ARRAY_SIZE(plain)];
	CLEANUP(buf_release) struct buf text = BUF_INIT;

	/* A description that needs some pages. */
	memcpy(tags, plain, sizeof(plain));
	while (text.len < 20000)
		buf_addstr(&text, "all work and no play ");
	tags[7].text = text.data;
	header(&h, tags, ARRAY_SIZE(tags), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bdb(&b, &h);
		put_le32(b.data + rows[i].at, rows[i].value);
		apps_file(a, BDB, b.data, b.len);
		apps_expect(a, apps_rpm, rows[i].n, rows[i].words);
	}
}

/* ---- SQLite */

/* Runs SQL on a new file of that name. */
static void sqlite(const struct apps *a, const char *name, const char *sql, const struct buf *h)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;

	unlink(apps_path(a, name));
	assert_int_equal(sqlite3_open(apps_path(a, name), &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL))
		fail_msg("%s", sqlite3_errmsg(db));
	for (int i = 0; h && i < 3; i++) {
		assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO Packages(blob) VALUES(?)", -1,
						    &st, NULL),
				 SQLITE_OK);
		sqlite3_bind_blob(st, 1, h->data, (int)h->len, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(st), SQLITE_DONE);
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
}

#define TABLE "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);"

static void test_sqlite(void **state)
{
	CLEANUP(buf_release) struct buf h = BUF_INIT;
	struct apps *a = *state;

	plain_header(&h, 100000);
	sqlite(a, SQLITE, TABLE, &h);
	apps_expect(a, apps_rpm, 3, NULL);
	assert_string_equal(a->list.v[2], PLAIN);
	a->stop_at = 2;
	apps_expect(a, apps_rpm, 1, "stop here");
	a->stop_at = 0;
	/* An empty one beside an older one that is not. */
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	ndb(&b, &h, 2);
	apps_file(a, NDB, b.data, b.len);
	apps_expect(a, apps_rpm, 3, NULL);
	sqlite(a, SQLITE, TABLE, NULL);
	apps_expect(a, apps_rpm, 2, NULL);
	apps_text(a, SQLITE, "");
	apps_expect(a, apps_rpm, 2, NULL);
}

/* Copies a file. */
static void copy(const struct apps *a, const char *from, const char *to)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e;

	assert_int_equal(file_read(AT_FDCWD, apps_path(a, from), 64 << 20, &b, &e), 0);
	apps_file(a, to, b.data ? b.data : "", b.len);
}

/* What is only in the log counts, a log of nonsense does not, and neither is written to. */
static void test_sqlite_log(void **state)
{
	CLEANUP(buf_release) struct buf h = BUF_INIT;
	struct apps *a = *state;
	sqlite3 *db = NULL;

	plain_header(&h, 10000);
	sqlite(a, "x", "PRAGMA journal_mode=WAL;" TABLE, NULL);
	assert_int_equal(sqlite3_open(apps_path(a, "x"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA wal_autocheckpoint=0; BEGIN", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_stmt *st;
	sqlite3_prepare_v2(db, "INSERT INTO Packages(blob) VALUES(?)", -1, &st, NULL);
	sqlite3_bind_blob(st, 1, h.data, (int)h.len, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_DONE);
	sqlite3_finalize(st);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	copy(a, "x", SQLITE);
	copy(a, "x-wal", SQLITE "-wal");
	sqlite3_close(db);

	apps_expect(a, apps_rpm, 1, NULL);
	assert_string_equal(a->list.v[0], PLAIN);
	chmod(apps_path(a, SQLITE), 0400);
	assert_int_equal(access(apps_path(a, SQLITE "-shm"), F_OK), -1);
	apps_expect(a, apps_rpm, 1, NULL);
	apps_text(a, SQLITE "-journal", "x");
	apps_expect(a, apps_rpm, 1, "was being changed");
	unlink(apps_path(a, SQLITE "-journal"));
	apps_text(a, SQLITE "-wal", "nonsense");
	apps_expect(a, apps_rpm, 0, NULL);
	assert_int_equal(truncate(apps_path(a, SQLITE "-wal"), 1 << 30), 0);
	apps_expect(a, apps_rpm, 0, "too large");
	unlink(apps_path(a, SQLITE "-wal"));
	apps_expect(a, apps_rpm, 0, NULL);
	assert_int_equal(mkfifo(apps_path(a, SQLITE "-wal"), 0600), 0);
	apps_expect(a, apps_rpm, 0, "a fifo");
}

static void test_sqlite_hostile(void **state)
{
	static const struct {
		const char *sql, *words;
	} rows[] = {
		{ "CREATE TABLE other(a)", "no such table" },
		{ "CREATE TABLE Packages(a, b)", "no such column" },
		{ "CREATE VIEW Packages AS WITH RECURSIVE c(hnum) AS (SELECT 1 UNION ALL "
		  "SELECT hnum + 1 FROM c) SELECT hnum, x'00' AS blob FROM c",
		  "" },
		{ "CREATE TABLE t(hnum, blob); INSERT INTO t VALUES(1, 2);"
		  "CREATE VIEW Packages AS SELECT hnum, blob FROM t",
		  "" },
		{ "CREATE VIRTUAL TABLE Packages USING fts3(hnum, blob);", "" },
		{ "CREATE TABLE Packages(hnum INTEGER PRIMARY KEY, blob);"
		  "INSERT INTO Packages VALUES(1, NULL), (2, 5), (3, 'text'), (4, zeroblob(50000000))",
		  "and 3 more" },
		{ "CREATE TABLE Packages(hnum, blob); INSERT INTO Packages VALUES(5, x'00'), (5, x'00')",
		  "" },
	};
	struct apps *a = *state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		sqlite(a, SQLITE, rows[i].sql, NULL);
		assert_int_equal(apps_read(a, apps_rpm), -1);
		assert_int_equal(a->list.n, 0);
		if (!strstr(a->e.msg, rows[i].words))
			fail_msg("%s", a->e.msg);
	}
}

/* ---- all */

/* Any bytes, and good databases with any byte changed: no more is asked than to end. */
static void test_any_bytes(void **state)
{
	static const char *const names[] = { BDB, NDB, SQLITE };
	CLEANUP(buf_release) struct buf h = BUF_INIT;
	struct buf b[3] = { BUF_INIT, BUF_INIT, BUF_INIT };
	struct apps *a = *state;
	struct err e;
	unsigned seed = 1;

	plain_header(&h, 5000);
	bdb(&b[0], &h);
	ndb(&b[1], &h, 3);
	sqlite(a, SQLITE, TABLE, &h);
	assert_int_equal(file_read(AT_FDCWD, apps_path(a, SQLITE), 64 << 20, &b[2], &e), 0);
	for (size_t k = 0; k < 3; k++) {
		apps_empty(a);
		for (int i = 0; i < 300; i++) {
			char *copy_of = xmemdup0(b[k].data, b[k].len);

			for (int j = 0; j < 1 + i % 8; j++) {
				seed = seed * 1103515245 + 12345;
				copy_of[(seed >> 8) % (j % 2 ? b[k].len : 200)] = (char)(seed >> 3);
			}
			apps_file(a, names[k], copy_of, b[k].len);
			(void)apps_read(a, apps_rpm);
			free(copy_of);
		}
		for (size_t i = 16; i < b[k].len; i++) {
			seed = seed * 1103515245 + 12345;
			b[k].data[i] = (char)(seed >> 16);
		}
		apps_file(a, names[k], b[k].data, b[k].len);
		(void)apps_read(a, apps_rpm);
		buf_release(&b[k]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_ndb),
		T(test_ndb_broken),
		T(test_headers_cut),
		T(test_headers_odd),
		T(test_bdb),
		T(test_bdb_broken),
		T(test_sqlite),
		T(test_sqlite_log),
		T(test_sqlite_hostile),
		T(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
