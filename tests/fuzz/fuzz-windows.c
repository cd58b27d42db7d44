/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formats and paths of Windows, from hostile bytes: programs, drives, boot.ini, .wim files,
 * UTF-16, names and paths, bitmaps in programs and alone. The first byte says which.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/inspect/bmp_png.h"
#include "daemon/inspect/pe_resource.h"
#include "daemon/inspect/win_parse.h"
#include "daemon/inspect/win_path.h"
#include "util/io.h"
#include "util/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(bool holds)
{
	if (!holds)
		__builtin_trap();
}

static void fuzz_partition(const uint8_t *data, size_t n, const char *text)
{
	struct win_partition a, b;

	if (win_partition_parse(data, n, &a))
		require(win_partition_same(&a, &a));
	if (win_partition_uuid(text, n, &b))
		require(win_partition_same(&b, &b));
}

static void fuzz_wim(const uint8_t *data, size_t n, const char *text)
{
	wire_guest w = { 0 };
	uint64_t offset, size;

	if (n >= 208 && win_wim_header(data, &offset, &size))
		require(size >> 56 == 0);
	win_wim_describe(text, &w);
	(void)win_osinfo(&w);
	wire_free_guest(&w);
}

static void fuzz_ini(const char *text, size_t n)
{
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;

	win_boot_ini(text, n, &v);
	for (size_t i = 0; i < v.n; i++)
		require(v.v[i][0] == '\\');
	free(win_ini_value(text, n, "SetupData", "ProductName"));
}

/* Two names, apart at the first NUL: the same whichever comes first, and each as itself. */
static void fuzz_names(const char *text, size_t n)
{
	const char *other = memchr(text, 0, n) ? (const char *)memchr(text, 0, n) + 1 : text;

	require(win_same(text, other) == win_same(other, text));
	require(win_same(text, text) && win_same(other, other));
}

/* Whatever the path, what is found is below the root, and is a plain path. */
static void fuzz_path(const char *text)
{
	CLEANUP(fd_close) int root = open("/etc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *rest = text;
	struct err e = ERR_INIT;

	(void)win_drive(text, &rest);
	CLEANUP(free) char *s = win_resolve(root, rest, &e);
	if (!s) {
		require(e.msg[0]);
		return;
	}
	require(s[0] == '/' && !strstr(s, "/../") && !strstr(s, "//"));
	require(strlen(s) < 3 || strcmp(s + strlen(s) - 3, "/..") != 0);
}

/* A PNG has at least its three chunks. */
static void fuzz_bitmap(const uint8_t *data, size_t n)
{
	size_t len = 0;
	CLEANUP(free) uint8_t *png = bmp_to_png(data, n, 1 + n % 3, &len);

	require(!png || len > 57);
}

static void fuzz_resource(const uint8_t *data, size_t n)
{
	const uint8_t *found;
	size_t len;

	if (!pe_resource(data, n, PE_BITMAP, 143, &found, &len))
		return;
	require(found >= data && len <= n && found <= data + (n - len));
	fuzz_bitmap(found, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(free) char *text = NULL;

	if (!n)
		return 0;
	text = xmemdup0(data + 1, n - 1);
	switch (*data % 9) {
	case 0:
		(void)win_pe_arch(data + 1, n - 1);
		break;
	case 1:
		fuzz_partition(data + 1, n - 1, text);
		break;
	case 2:
		fuzz_ini(text, n - 1);
		break;
	case 3:
		fuzz_wim(data + 1, n - 1, text);
		break;
	case 4:
		free(win_utf8(data + 1, n - 1, 4096));
		break;
	case 5:
		fuzz_names(text, n - 1);
		break;
	case 6:
		fuzz_path(text);
		break;
	case 7:
		fuzz_resource(data + 1, n - 1);
		break;
	default:
		fuzz_bitmap(data + 1, n - 1);
	}
	return 0;
}
