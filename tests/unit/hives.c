/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See hives.h. */
#include "hives.h"

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>
#include <fcntl.h>
#include <hivex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "util/io.h"
#include "util/xalloc.h"

#define BIN    4096 /* where the one bin starts, and its size */
#define ROOT   32   /* places of cells, from the bin's start */
#define SHARED 128

static void put16(uint8_t *p, unsigned n)
{
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
}

static void put32(uint8_t *p, uint32_t n)
{
	put16(p, n & 0xffff);
	put16(p + 2, n >> 16);
}

/* An empty hive: a header, and a bin with the root key and its security. */
static void write_empty(const char *path)
{
	static uint8_t b[2 * BIN];
	uint8_t *bin = b + BIN, *key = bin + ROOT, *shared = bin + SHARED;
	uint32_t sum = 0;

	memset(b, 0, sizeof(b));
	memcpy(b, "regf", 4);
	put32(b + 4, 1);
	put32(b + 8, 1);
	put32(b + 0x14, 1);
	put32(b + 0x18, 3);
	put32(b + 0x20, 1);
	put32(b + 0x24, ROOT);
	put32(b + 0x28, BIN);
	put32(b + 0x2c, 1);
	for (size_t i = 0; i < 508; i += 4)
		sum ^= b[i] | (uint32_t)b[i + 1] << 8 | (uint32_t)b[i + 2] << 16 |
		       (uint32_t)b[i + 3] << 24;
	put32(b + 508, sum);
	memcpy(bin, "hbin", 4);
	put32(bin + 8, BIN);
	put32(key, (uint32_t) - (SHARED - ROOT));
	memcpy(key + 4, "nk", 2);
	put16(key + 6, 0x2c);
	for (size_t i = 0x20; i <= 0x34; i += 4) /* no keys, no values, no class */
		put32(key + i, i == 0x28 ? 0 : 0xffffffff);
	put32(key + 0x30, SHARED);
	put32(key + 0x18, 0);
	put32(key + 0x14, 0);
	put16(key + 0x4c, 4);
	memcpy(key + 0x50, "root", 4);
	put32(shared, (uint32_t)-48);
	memcpy(shared + 4, "sk", 2);
	put32(shared + 8, SHARED);
	put32(shared + 12, SHARED);
	put32(shared + 16, 1);
	put32(shared + 20, 20);
	shared[24] = 1;
	shared[27] = 0x80;
	put32(bin + SHARED + 48, BIN - SHARED - 48);
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, b, sizeof(b)), 0);
}

/* The key at a path, made where it is missing. */
static hive_node_h key_of(hive_h *h, const char *path)
{
	hive_node_h at = hivex_root(h);

	while (*path) {
		size_t n = strcspn(path, "\\");
		CLEANUP(free) char *name = xmemdup0(path, n);
		hive_node_h next = hivex_node_get_child(h, at, name);

		at = next ? next : hivex_node_add_child(h, at, name);
		assert_true(at != 0);
		path += n + (path[n] == '\\');
	}
	return at;
}

static void set_value(hive_h *h, hive_node_h key, const struct hive_row *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	uint8_t number[4];
	hive_set_value v = { .key = (char *)(uintptr_t)r->name };

	if (r->text) {
		for (const char *s = r->text; *s; s++)
			buf_add(&b, (const char[]){ *s, 0 }, 2);
		buf_add(&b, "\0", 2);
		v.t = hive_t_REG_SZ;
	} else if (r->bytes) {
		buf_add(&b, r->bytes, r->n);
		v.t = hive_t_REG_BINARY;
	} else {
		put32(number, r->number);
		buf_add(&b, number, 4);
		v.t = hive_t_REG_DWORD;
	}
	v.len = b.len;
	v.value = b.data;
	assert_int_equal(hivex_node_set_value(h, key, &v, 0), 0);
}

void hive_write(const char *path, const struct hive_row *v, size_t n)
{
	hive_h *h;

	write_empty(path);
	h = hivex_open(path, HIVEX_OPEN_WRITE);
	assert_non_null(h);
	for (size_t i = 0; i < n; i++) {
		hive_node_h key = key_of(h, v[i].key);

		if (v[i].name)
			set_value(h, key, &v[i]);
	}
	assert_int_equal(hivex_commit(h, NULL, 0), 0);
	assert_int_equal(hivex_close(h), 0);
}

void tree_folder(const char *top, const char *path)
{
	for (const char *s = path; s; s = strchr(s, '/')) {
		s += *s == '/';
		CLEANUP(free)
		char *whole = xasprintf("%s/%.*s", top,
					(int)(s - path + (ptrdiff_t)strcspn(s, "/")), path);
		mkdir(whole, 0755);
	}
}

void tree_file(const char *top, const char *path, const void *data, size_t n)
{
	CLEANUP(free) char *whole = xasprintf("%s/%s", top, path);
	CLEANUP(fd_close) int fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, data, n), 0);
}

void tree_windows(const char *top, uint16_t machine)
{
	uint8_t exe[256] = "MZ";

	put32(exe + 0x3c, 128);
	memcpy(exe + 128, "PE\0\0", 4);
	put16(exe + 132, machine);
	tree_folder(top, "Windows/System32/config");
	tree_file(top, "Windows/System32/cmd.exe", exe, sizeof(exe));
}

void tree_init(struct tree *t)
{
	snprintf(t->path, sizeof(t->path), "/tmp/test-windows.XXXXXX");
	assert_non_null(mkdtemp(t->path));
	t->root = open(t->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->root >= 0);
}

void tree_release(struct tree *t)
{
	close(t->root);
	peer_remove(t->path);
}

void tree_hive(const struct tree *t, const char *name, const struct hive_row *v, size_t n)
{
	CLEANUP(free) char *path = xasprintf("%s/" CONFIG "%s", t->path, name);

	hive_write(path, v, n);
}
