/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logos of Windows: bitmaps in programs, made here well and badly, and what becomes of them. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "daemon/below.h"
#include "daemon/guestd.h"
#include "daemon/inspect/bmp_png.h"
#include "daemon/inspect/os.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/pe_resource.h"
#include "daemon/inspect/win_root.h"
#include "daemon/inspect/windows.h"
#include "util/buf.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* ---- what the call asks of others: all is Windows, of the version that is a file's name */

const struct os_kind *os_recognise(int top)
{
	static const struct os_kind kind = { .type = "windows", .role = ROLE_ROOT };

	return top >= 0 ? &kind : NULL;
}

void os_describe(int root, const struct os_kind *k, wire_guest *ret)
{
	fail_msg("%d %s %u", root, k->type, ret->major);
}

const struct distro *distro_find(const char *name)
{
	fail_msg("%s", name);
	return NULL;
}

char *win_systemroot(int root)
{
	return below_is(root, "WinNT", S_IFDIR) ? xstrdup("/WinNT") : NULL;
}

void windows_describe(int root, wire_guest *ret, struct strvec *warnings)
{
	static const struct {
		const char *name;
		uint32_t major, minor;
	} rows[] = { { "5.1", 5, 1 }, { "5.2", 5, 2 }, { "6.1", 6, 1 }, { "6.2", 6, 2 } };

	assert_null(warnings);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (below_is(root, rows[i].name, S_IFREG)) {
			ret->major = rows[i].major;
			ret->minor = rows[i].minor;
		}
}

/* ---- bitmaps */

struct shape {
	unsigned width, height, bits, used;
	bool top_first;
	enum { OPAQUE, PLAIN, MULTIPLIED } alpha;
};

static void put(struct buf *b, unsigned bytes, uint32_t v)
{
	for (; bytes; bytes--, v >>= 8)
		buf_addch(b, (char)v);
}

static unsigned colours_of(const struct shape *s)
{
	return s->bits > 8 ? 0 : s->used ? s->used : 1u << s->bits;
}

/* The palette's index of a dot, of which some may be beyond its end. */
static unsigned index_of(const struct shape *s, unsigned x, unsigned y)
{
	return (x + 3 * y) % (1u << s->bits);
}

/* A dot's blue, green, red and opacity, as it is to look. */
static void dot_of(const struct shape *s, unsigned x, unsigned y, uint8_t ret[4])
{
	if (s->bits <= 8) {
		const unsigned i = index_of(s, x, y);
		const bool is = i < colours_of(s);
		const uint8_t v[4] = { (uint8_t)(is ? 7 * i : 0), (uint8_t)(is ? 255 - i : 0),
				       (uint8_t)(is ? 3 * i : 0), 255 };
		memcpy(ret, v, 4);
		return;
	}
	const uint8_t v[4] = { (uint8_t)(x % 2 ? 255 : 0), (uint8_t)(y % 2 ? 255 : 0),
			       (uint8_t)((x + y) % 3 ? 255 : 0),
			       (uint8_t)(s->alpha == OPAQUE ? 0 : (x * 5 + y) % 256) };
	memcpy(ret, v, 4);
}

static void add_line(struct buf *b, const struct shape *s, unsigned y)
{
	const size_t start = b->len;
	uint8_t v[4];

	for (unsigned x = 0; x < s->width; x++) {
		dot_of(s, x, y, v);
		for (int i = 0; i < 3 && s->alpha == MULTIPLIED; i++)
			v[i] = (uint8_t)(v[i] * v[3] / 255);
		if (s->bits == 8)
			put(b, 1, index_of(s, x, y));
		else if (s->bits == 4 && x % 2 == 0)
			put(b, 1, index_of(s, x, y) << 4 | index_of(s, x + 1, y));
		else if (s->bits > 8)
			buf_add(b, v, s->bits / 8);
	}
	while ((b->len - start) % 4)
		put(b, 1, 0xaa);
}

static void make_bitmap(struct buf *b, const struct shape *s)
{
	put(b, 4, 40);
	put(b, 4, s->width);
	put(b, 4, s->top_first ? -s->height : s->height);
	put(b, 2, 1);
	put(b, 2, s->bits);
	for (int i = 0; i < 4; i++)
		put(b, 4, 0);
	put(b, 4, s->used);
	put(b, 4, 0);
	for (unsigned i = 0; i < (s->bits > 8 ? s->used : colours_of(s)); i++)
		put(b, 4, (7 * i % 256) | (255 - i) << 8 | (3 * i % 256) << 16 | 0x55000000u);
	for (unsigned y = 0; y < s->height; y++)
		add_line(b, s, s->top_first ? y : s->height - 1 - y);
}

/* ---- PNG */

struct png {
	uint32_t width, height;
	unsigned channels;
	uint8_t *lines; /* with their filters */
};

/* The body of the next chunk, which must have that name and a right sum. */
static const uint8_t *next_chunk(const uint8_t **p, size_t *left, const char *name, size_t *ret_n)
{
	const uint8_t *body = *p + 8;

	assert_true(*left >= 12);
	*ret_n = get_be32(*p);
	assert_true(*ret_n <= *left - 12);
	assert_memory_equal(*p + 4, name, 4);
	assert_int_equal(get_be32(body + *ret_n), crc32(0, *p + 4, (unsigned)*ret_n + 4));
	*p += *ret_n + 12;
	*left -= *ret_n + 12;
	return body;
}

static struct png decode(const uint8_t *p, size_t n)
{
	struct png ret;
	size_t len;

	assert_true(n > 8);
	assert_memory_equal(p, "\x89PNG\r\n\x1a\n", 8);
	p += 8;
	n -= 8;
	const uint8_t *head = next_chunk(&p, &n, "IHDR", &len);
	assert_int_equal(len, 13);
	ret.width = get_be32(head);
	ret.height = get_be32(head + 4);
	assert_memory_equal(head + 10, "\0\0\0", 3);
	assert_int_equal(head[8], 8);
	assert_true(head[9] == 2 || head[9] == 6);
	ret.channels = head[9] == 2 ? 3 : 4;
	uLongf size = (uLongf)ret.height * (1 + ret.channels * (uLongf)ret.width), got = size;
	ret.lines = xmalloc(size);
	const uint8_t *body = next_chunk(&p, &n, "IDAT", &len);
	assert_int_equal(uncompress(ret.lines, &got, body, (uLong)len), Z_OK);
	assert_int_equal(got, size);
	next_chunk(&p, &n, "IEND", &len);
	assert_int_equal(len, 0);
	assert_int_equal(n, 0);
	return ret;
}

/* Is the dot as it was meant? One that is not there at all may have any colour. */
static void check_dot(const struct shape *s, const struct png *png, unsigned x, unsigned y)
{
	const size_t stride = 1 + png->channels * (size_t)png->width;
	const uint8_t *got = png->lines + y * stride + 1 + x * png->channels;
	uint8_t v[4];

	dot_of(s, x, y, v);
	if (png->channels == 4)
		assert_int_equal(got[3], v[3]);
	if (s->alpha == MULTIPLIED && !v[3])
		return;
	for (int i = 0; i < 3; i++)
		assert_int_equal(got[i], v[2 - i]);
}

static void check_shape(const struct shape *s, unsigned pictures)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	size_t n = 0;

	make_bitmap(&b, s);
	CLEANUP(free) uint8_t *data = bmp_to_png((uint8_t *)b.data, b.len, pictures, &n);
	assert_non_null(data);
	struct png png = decode(data, n);
	assert_int_equal(png.width, s->width);
	assert_int_equal(png.height, s->height / pictures);
	assert_int_equal(png.channels, s->alpha == OPAQUE ? 3 : 4);
	for (unsigned y = 0; y < png.height; y++) {
		assert_int_equal(png.lines[y * (1 + png.channels * (size_t)png.width)], 0);
		for (unsigned x = 0; x < png.width; x++)
			check_dot(s, &png, x, y);
	}
	free(png.lines);
}

static void test_shapes(void **state)
{
	static const struct {
		struct shape s;
		unsigned pictures;
	} rows[] = {
		{ { 25, 20, 4, 0, false, OPAQUE }, 1 },
		{ { 25, 20, 4, 9, true, OPAQUE }, 1 },
		{ { 25, 20, 8, 0, false, OPAQUE }, 1 },
		{ { 17, 16, 8, 100, false, OPAQUE }, 1 },
		{ { 31, 16, 24, 0, false, OPAQUE }, 1 },
		{ { 30, 18, 24, 5, true, OPAQUE }, 1 },
		{ { 16, 16, 32, 0, false, OPAQUE }, 1 },
		{ { 54, 162, 32, 0, false, MULTIPLIED }, 3 },
		{ { 54, 162, 32, 0, true, PLAIN }, 3 },
		{ { 1024, 1024, 32, 0, false, PLAIN }, 1 },
		{ { 1024, 16, 4, 0, false, OPAQUE }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_shape(&rows[i].s, rows[i].pictures);
}

/* A change that makes something bad. */
struct patch {
	size_t at;
	unsigned bytes;
	uint32_t v;
};

/* The bytes, alone in memory so that no reading beyond them stays unseen. */
static uint8_t *patched(const struct buf *b, size_t n, const struct patch *patch)
{
	uint8_t *ret = xmalloc(n ? n : 1);

	memcpy(ret, b->data, n);
	for (unsigned i = 0; patch && i < patch->bytes; i++)
		ret[patch->at + i] = (uint8_t)(patch->v >> 8 * i);
	return ret;
}

static void refuse_bitmap(const struct buf *b, size_t n, const struct patch *patch)
{
	CLEANUP(free) uint8_t *data = patched(b, n, patch);
	size_t len;

	assert_null(bmp_to_png(data, n, 1, &len));
}

static void test_bad_bitmaps(void **state)
{
	static const struct patch patches[] = {
		{ 0, 4, 12 },	{ 0, 4, 39 },	      { 0, 4, 125 },	     { 0, 4, 0xffffffff },
		{ 4, 4, 15 },	{ 4, 4, 1025 },	      { 4, 4, 29 },	     { 4, 4, 0xffffffff },
		{ 8, 4, 15 },	{ 8, 4, 21 },	      { 8, 4, 0x80000000 },  { 8, 4, -15u },
		{ 8, 4, -21u }, { 8, 4, 0x7fffffff }, { 12, 2, 2 },	     { 14, 2, 1 },
		{ 14, 2, 0 },	{ 14, 2, 32 },	      { 14, 2, 0xffff },     { 16, 4, 1 },
		{ 16, 4, 3 },	{ 32, 4, 257 },	      { 32, 4, 0xffffffff },
	};
	const struct shape s = { 25, 20, 8, 0, false, OPAQUE };
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	size_t n;

	(void)state;
	make_bitmap(&b, &s);
	for (size_t i = 0; i < ARRAY_SIZE(patches); i++)
		refuse_bitmap(&b, b.len, &patches[i]);
	for (size_t i = 0; i < b.len; i++)
		refuse_bitmap(&b, i, NULL);
	assert_null(bmp_to_png((uint8_t *)b.data, b.len, 2, &n)); /* ten dots each */
}

/* ---- programs */

#define PE_AT	0x80
#define OPT_AT	(PE_AT + 24)
#define TREE_AT 0x600 /* in the file */
#define LEAF_AT (TREE_AT + 0x100)
#define DATA_AT (TREE_AT + 0x200)
#define ADDRESS 0x3000 /* of the tree */
#define FOLDER	0x80000000u
#define OPT_32	224
#define OPT_64	240

static void poke(uint8_t *at, unsigned bytes, uint32_t v)
{
	for (; bytes; bytes--, v >>= 8)
		*at++ = (uint8_t)v;
}

static void poke_section(uint8_t *s, uint32_t address, uint32_t size, uint32_t at)
{
	poke(s + 8, 4, size);
	poke(s + 12, 4, address);
	poke(s + 16, 4, size);
	poke(s + 20, 4, at);
}

/* A folder with up to three entries, {0, 0} after the last. */
static void poke_folder(uint8_t *f, unsigned named, const uint32_t v[][2])
{
	unsigned n = 0;

	for (; n < 3 && v[n][1]; n++) {
		poke(f + 16 + (size_t)8 * n, 4, v[n][0]);
		poke(f + 20 + (size_t)8 * n, 4, v[n][1]);
	}
	poke(f + 12, 2, named);
	poke(f + 14, 2, n - named);
}

/* A program, of 64 bits or 32, with the n bytes as bitmap id, up to its end. */
static void make_program(struct buf *b, bool wide, uint32_t id, const void *data, size_t n)
{
	const unsigned optional = wide ? OPT_64 : OPT_32, first = wide ? 112 : 96;
	uint8_t p[DATA_AT] = { 'M', 'Z' };
	uint8_t *sections = p + OPT_AT + optional;

	poke(p + 0x3c, 4, PE_AT);
	memcpy(p + PE_AT, "PE\0\0", 4);
	poke(p + PE_AT + 6, 2, 2);
	poke(p + PE_AT + 20, 2, optional);
	poke(p + OPT_AT, 2, wide ? 0x20b : 0x10b);
	poke(p + OPT_AT + first - 4, 4, 16);
	poke(p + OPT_AT + first + 16, 4, ADDRESS);
	poke_section(sections, 0x1000, 0x200, 0x400);
	poke_section(sections + 40, ADDRESS, 0x200 + (uint32_t)n, TREE_AT);
	uint8_t *tree = p + TREE_AT;
	poke_folder(tree, 1,
		    (const uint32_t[][2]){ { FOLDER | 0x180, FOLDER | 0x80 },
					   { 2, FOLDER | 0x80 },
					   { 3, FOLDER | 0x40 } });
	poke_folder(
		tree + 0x80, 0,
		(const uint32_t[][2]){ { 100, FOLDER | 0x40 }, { id, FOLDER | 0xc0 }, { 0, 0 } });
	poke_folder(tree + 0xc0, 0, (const uint32_t[][2]){ { 1033, 0x100 }, { 0, 0 } });
	poke(tree + 0x100, 4, ADDRESS + 0x200);
	poke(tree + 0x104, 4, (uint32_t)n);
	buf_add(b, p, sizeof(p));
	buf_add(b, data, n);
}

static void test_resource(void **state)
{
	const uint8_t *found;
	size_t n;

	(void)state;
	for (int wide = 0; wide < 2; wide++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		make_program(&b, wide, 143, "content", 7);
		const uint8_t *p = (uint8_t *)b.data;
		assert_true(pe_resource(p, b.len, PE_BITMAP, 143, &found, &n));
		assert_ptr_equal(found, p + DATA_AT);
		assert_int_equal(n, 7);
		assert_false(pe_resource(p, b.len, PE_BITMAP, 144, &found, &n));
		assert_false(pe_resource(p, b.len, PE_BITMAP, 100, &found, &n));
		assert_false(pe_resource(p, b.len, 3, 143, &found, &n));
		assert_false(pe_resource(p, b.len, FOLDER | 0x180, 143, &found, &n));
	}
}

static bool finds(const struct buf *b, size_t n, const struct patch *patch, uint32_t id)
{
	CLEANUP(free) uint8_t *data = patched(b, n, patch);
	const uint8_t *found;
	size_t len;

	return pe_resource(data, n, PE_BITMAP, id, &found, &len);
}

static void test_bad_programs(void **state)
{
	enum {
		SECTION = OPT_AT + OPT_32 + 40,
		TYPES = TREE_AT + 24,
		NUMBERS = TREE_AT + 0x98,
		LANGUAGES = TREE_AT + 0xd0
	};
	static const struct patch patches[] = {
		{ 0, 2, 0 },
		{ 0x3c, 4, 0xfffffff0 },
		{ 0x3c, 4, 0x900 },
		{ PE_AT, 4, 0 },
		{ PE_AT + 6, 2, 1 },	  /* no such section */
		{ PE_AT + 6, 2, 0xffff }, /* table beyond the end */
		{ PE_AT + 20, 2, 0 },
		{ PE_AT + 20, 2, 0xffff },
		{ OPT_AT, 2, 0x107 },
		{ OPT_AT + 92, 4, 2 }, /* directories */
		{ OPT_AT + 96 + 16, 4, 0 },
		{ OPT_AT + 96 + 16, 4, 0xffffffff },
		{ SECTION + 12, 4, 0xffffffff },
		{ SECTION + 16, 4, 0 },
		{ SECTION + 16, 4, 0xffffffff },
		{ SECTION + 20, 4, 0xfffffff0 },
		{ SECTION + 20, 4, TREE_AT + 1 },
		{ TREE_AT + 12, 4, 0xffffffff }, /* entries */
		{ TYPES + 4, 4, 0x80 },		 /* no folder */
		{ TYPES + 4, 4, FOLDER },	 /* the tree's own root */
		{ TYPES + 4, 4, 0xfffffff0 },
		{ NUMBERS + 4, 4, FOLDER },
		{ NUMBERS + 4, 4, FOLDER | 0x80 },
		{ NUMBERS + 4, 4, 0x100 },
		{ LANGUAGES + 4, 4, FOLDER | 0xc0 },
		{ LANGUAGES + 4, 4, 0x7ffffff0 },
		{ LEAF_AT, 4, 0 },
		{ LEAF_AT, 4, 0xfffffffc },
		{ LEAF_AT, 4, ADDRESS + 0x201 },
		{ LEAF_AT + 4, 4, 8 },
		{ LEAF_AT + 4, 4, 0xffffffff },
	};
	static const struct patch tail = { TYPES + 4, 4, FOLDER };
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	(void)state;
	make_program(&b, false, 143, "content", 7);
	assert_true(finds(&b, b.len, NULL, 143));
	for (size_t i = 0; i < ARRAY_SIZE(patches); i++)
		assert_false(finds(&b, b.len, &patches[i], 143));
	for (size_t i = 0; i < b.len; i++)
		assert_false(finds(&b, i, NULL, 143));
	/* The root in the root in the root. */
	assert_false(finds(&b, b.len, &tail, 2));
}

/* ---- the call */

/* The logo's height; 0: there is none. */
static unsigned icon_of(int dir)
{
	struct guestd g = { .sysroot = dir };
	const struct icon_args a = { .nothing = 0 };
	struct icon_ret r = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(do_icon(&g, &a, &r, &e), 0);
	if (!r.png.len)
		return 0;
	struct png png = decode(r.png.data, r.png.len);
	free(png.lines);
	free(r.png.data);
	return png.height;
}

static void put_file(int dir, const char *path, const void *data, size_t n)
{
	CLEANUP(fd_close) int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, data, n), 0);
}

/* A shell with a bitmap of that height; 0: with none that is one. */
static void put_shell(int dir, const char *path, uint32_t id, unsigned height)
{
	const struct shape s = { 54, height, 32, 0, false, MULTIPLIED };
	CLEANUP(buf_release) struct buf bitmap = BUF_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	make_bitmap(&bitmap, &s);
	make_program(&b, true, id, bitmap.data, bitmap.len);
	put_file(dir, path, b.data, b.len);
}

/* The version of the phony system. */
static void set_version(int dir, const char *to)
{
	static const char *const all[] = { "5.1", "5.2", "6.1", "6.2" };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		unlinkat(dir, all[i], 0);
	put_file(dir, to, "", 0);
}

static void test_call(void **state)
{
	static const char shell[] = "WinNT/EXPLORER.EXE", other[] = "WinNT/sysWow64/Explorer.exe";
	char where[] = "/tmp/test-icon-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(where));
	CLEANUP(fd_close) int dir = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	set_version(dir, "5.1");
	assert_int_equal(icon_of(dir), 0);
	assert_int_equal(mkdirat(dir, "WinNT", 0755), 0);
	assert_int_equal(icon_of(dir), 0);
	put_shell(dir, shell, 143, 60);
	assert_int_equal(icon_of(dir), 60);
	set_version(dir, "5.2");
	assert_int_equal(icon_of(dir), 0);
	set_version(dir, "6.1");
	assert_int_equal(icon_of(dir), 0);
	/* The first of three pictures; the shell for 32 bits is asked first, if it has it. */
	put_shell(dir, shell, 6801, 162);
	assert_int_equal(icon_of(dir), 54);
	assert_int_equal(mkdirat(dir, "WinNT/sysWow64", 0755), 0);
	put_shell(dir, other, 6801, 60);
	assert_int_equal(icon_of(dir), 20);
	put_shell(dir, other, 6801, 0);
	assert_int_equal(icon_of(dir), 54);
	set_version(dir, "6.2");
	assert_int_equal(icon_of(dir), 0);
	/* No larger than a shell is. */
	set_version(dir, "6.1");
	CLEANUP(fd_close) int fd = openat(dir, shell, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 4 << 20), 0);
	assert_int_equal(icon_of(dir), 54);
	assert_int_equal(ftruncate(fd, (4 << 20) + 1), 0);
	assert_int_equal(icon_of(dir), 0);
	unlinkat(dir, other, 0);
	unlinkat(dir, shell, 0);
	unlinkat(dir, "6.1", 0);
	unlinkat(dir, "WinNT/sysWow64", AT_REMOVEDIR);
	unlinkat(dir, "WinNT", AT_REMOVEDIR);
	assert_int_equal(rmdir(where), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),	 cmocka_unit_test(test_bad_bitmaps),
		cmocka_unit_test(test_resource), cmocka_unit_test(test_bad_programs),
		cmocka_unit_test(test_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
