/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that fetches the logo: a PNG of a decent size, from where each system has it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/guestd.h"
#include "daemon/inspect/bmp_png.h"
#include "daemon/inspect/os.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/pe_resource.h"
#include "daemon/inspect/win_path.h"
#include "daemon/inspect/win_root.h"
#include "daemon/inspect/windows.h"
#include "daemon/run.h"
#include "util/buf.h"
#include "util/bytes.h"
#include "util/io.h"
#include "util/xalloc.h"

#define ICON_MAX WIRE_BYTES_MAX

/* Signature, then the length and the name of the first chunk, then width and height. */
#define PNG_HEAD 24

#define DRAWING_MAX 128 /* lines of a logo in letters, and letters of each */

/* Where a Windows has its logo: a file, or a bitmap in its shell. */
static const struct windows_icon {
	uint32_t major, minor;
	bool in_system; /* is the path below the system's folder? */
	const char *path;
	size_t max;	   /* bytes of the file */
	uint32_t bitmap;   /* 0: the file is a PNG */
	unsigned pictures; /* in the bitmap: Windows 7 has the states of a button */
} windows_icons[] = {
	{ 5, 1, true, "explorer.exe", 4u << 20, 143, 1 },
	{ 6, 1, true, "SysWOW64/explorer.exe", 4u << 20, 6801, 3 },
	{ 6, 1, true, "explorer.exe", 4u << 20, 6801, 3 },
	{ 6, 2, false, "ProgramData/Microsoft/Windows Live/WLive48x48.png", 8u << 10, 0, 0 },
};

/* The most bytes that such a picture may have; 0: it is none, or none of a logo's size. */
static size_t png_limit(const uint8_t *p)
{
	static const uint8_t start[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	const uint32_t width = get_be32(p + 16), height = get_be32(p + 20);

	if (memcmp(p, start, sizeof(start) - 1) != 0 || !icon_side_fits(width) ||
	    !icon_side_fits(height))
		return 0;
	return (size_t)4 * width * height;
}

/* Takes a file, if it is one; max 0: no more than its dots account for. */
static bool take_png(int root, const char *path, size_t max, wire_bytes *ret)
{
	struct stat st;
	struct err e;
	CLEANUP(fd_close) int fd = below_open_file(root, path, O_RDONLY, &st, &e);
	CLEANUP(free) uint8_t *data = NULL;
	uint8_t head[PNG_HEAD];

	if (fd < 0 || pread_full(fd, head, sizeof(head), 0) != sizeof(head))
		return false;
	size_t limit = png_limit(head);
	if (limit && max)
		limit = max;
	if (limit > ICON_MAX)
		limit = ICON_MAX;
	if (st.st_size < PNG_HEAD || (uint64_t)st.st_size > limit)
		return false;
	data = xmalloc((size_t)st.st_size);
	if (pread_full(fd, data, (size_t)st.st_size, 0) != st.st_size || !png_limit(data))
		return false;
	ret->len = (uint32_t)st.st_size;
	ret->data = TAKE(data);
	return true;
}

/* Are these a few lines of ASCII, none of them long? */
static bool is_drawing(const struct buf *text)
{
	size_t lines = 0, column = 0;

	for (size_t i = 0; i < text->len; i++) {
		const unsigned char c = (unsigned char)text->data[i];

		if (c == '\n') {
			lines++;
			column = 0;
		} else if (c < ' ' || c > '~' || ++column > DRAWING_MAX) {
			return false;
		}
	}
	return text->len > 0 && lines <= DRAWING_MAX;
}

/* What a program makes of the bytes that it is given. */
static int filter(const char *program, const struct buf *in, struct buf *out, struct err *e)
{
	return run_filter((const char *const[]){ program, NULL }, in->data, in->len, out, e);
}

/* A logo in letters, drawn by the programs that virt-inspector draws it by. */
static bool draw_text(int root, const char *path, size_t max, wire_bytes *ret)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(buf_release) struct buf picture = BUF_INIT;
	CLEANUP(buf_release) struct buf png = BUF_INIT;
	struct err e;

	if (below_read(root, path, max, &text, &e) < 0 || !is_drawing(&text) ||
	    filter("pbmtext", &text, &picture, &e) < 0 ||
	    filter("pnmtopng", &picture, &png, &e) < 0)
		return false;
	if (png.len < PNG_HEAD || png.len > ICON_MAX || !png_limit((const uint8_t *)png.data))
		return false;
	ret->data = (uint8_t *)xmemdup0(png.data, png.len);
	ret->len = (uint32_t)png.len;
	return true;
}

/* By the rows of the distribution. */
static void icon_of_distro(int root, const wire_guest *w, wire_bytes *ret)
{
	const struct distro *d = distro_find(w->distro);

	for (const struct icon *i = d ? d->icons : NULL; i && i->path; i++) {
		if (w->major < i->from || w->major > i->to)
			continue;
		if (i->text ? draw_text(root, i->path, i->max, ret)
			    : take_png(root, i->path, i->max, ret))
			return;
	}
}

/* Takes a bitmap out of a program, if it has it. */
static bool take_bitmap(int root, const char *path, const struct windows_icon *i, wire_bytes *ret)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	const uint8_t *bitmap;
	struct err e;
	size_t n;

	if (below_read(root, path, i->max, &b, &e) < 0 ||
	    !pe_resource((const uint8_t *)b.data, b.len, PE_BITMAP, i->bitmap, &bitmap, &n))
		return false;
	CLEANUP(free) uint8_t *png = bmp_to_png(bitmap, n, i->pictures, &n);
	if (!png || n > ICON_MAX)
		return false;
	ret->len = (uint32_t)n;
	ret->data = TAKE(png);
	return true;
}

/* The file of a row, if it is there and not too large; the caller frees. */
static char *windows_file(int root, const char *systemroot, const struct windows_icon *i)
{
	CLEANUP(free) char *wanted = xasprintf("%s/%s", i->in_system ? systemroot : "", i->path);
	CLEANUP(free) char *path = win_find(root, wanted);
	CLEANUP(fd_close) int fd = -1;
	struct stat st;
	struct err e;

	if (path)
		fd = below_open_file(root, path, O_RDONLY, &st, &e);
	return fd >= 0 && (uint64_t)st.st_size <= i->max ? TAKE(path) : NULL;
}

/* By the rows; the registry is read for the version only where a row's file is there. */
static void icon_of_windows(int root, wire_bytes *ret)
{
	CLEANUP(free) char *systemroot = win_systemroot(root);
	wire_guest w = { 0 };
	bool known = false;

	for (size_t i = 0; systemroot && i < ARRAY_SIZE(windows_icons); i++) {
		const struct windows_icon *row = &windows_icons[i];
		CLEANUP(free) char *path = windows_file(root, systemroot, row);
		if (path && !known) {
			windows_describe(root, &w, NULL);
			known = true;
		}
		if (!path || w.major != row->major || w.minor != row->minor)
			continue;
		if (row->bitmap ? take_bitmap(root, path, row, ret)
				: take_png(root, path, row->max, ret))
			break;
	}
	wire_free_guest(&w);
}

int do_icon(struct guestd *g, const struct icon_args *a, struct icon_ret *r, struct err *e)
{
	const struct os_kind *k = os_recognise(g->sysroot);
	wire_guest w = { 0 };

	(void)a;
	(void)e;
	if (!k || k->role != ROLE_ROOT)
		return 0;
	if (!strcmp(k->type, "windows")) {
		icon_of_windows(g->sysroot, &r->png);
		return 0;
	}
	os_describe(g->sysroot, k, &w);
	if (!strcmp(w.type, "linux") || !strcmp(w.type, "hurd"))
		icon_of_distro(g->sysroot, &w, &r->png);
	wire_free_guest(&w);
	return 0;
}
