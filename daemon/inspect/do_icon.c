/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that fetches the logo: a PNG of a decent size, from where each system has it. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/guestd.h"
#include "daemon/inspect/os.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/win_path.h"
#include "daemon/inspect/windows.h"
#include "util/bytes.h"
#include "util/io.h"
#include "util/xalloc.h"

#define SIDE_MIN 16 /* dots */
#define SIDE_MAX 1024
#define ICON_MAX WIRE_BYTES_MAX

/* Signature, then the length and the name of the first chunk, then width and height. */
#define PNG_HEAD 24

/* The logo of Windows 8; others have theirs in their programs only. */
static const char windows_icon[] = "ProgramData/Microsoft/Windows Live/WLive48x48.png";
#define WINDOWS_MAX (8u << 10)

static bool is_side(uint32_t dots)
{
	return dots >= SIDE_MIN && dots <= SIDE_MAX;
}

/* The most bytes that such a picture may have; 0: it is none, or none of a logo's size. */
static size_t png_limit(const uint8_t *p)
{
	static const uint8_t start[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
	const uint32_t width = get_be32(p + 16), height = get_be32(p + 20);

	if (memcmp(p, start, sizeof(start) - 1) != 0 || !is_side(width) || !is_side(height))
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

/* By the rows of the distribution. */
static void icon_of_distro(int root, const wire_guest *w, wire_bytes *ret)
{
	const struct distro *d = distro_find(w->distro);

	for (const struct icon *i = d ? d->icons : NULL; i && i->path; i++)
		if (w->major >= i->from && w->major <= i->to &&
		    take_png(root, i->path, i->max, ret))
			return;
}

static void icon_of_windows(int root, wire_bytes *ret)
{
	CLEANUP(free) char *path = win_find(root, windows_icon);
	wire_guest w = { 0 };

	if (!path)
		return;
	windows_describe(root, &w, NULL);
	if (w.major == 6 && w.minor == 2)
		take_png(root, path, WINDOWS_MAX, ret);
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
