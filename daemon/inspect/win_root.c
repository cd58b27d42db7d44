/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See win_root.h. */
#include "win_root.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/folder.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "win_parse.h"
#include "win_path.h"
#include "windows.h"

#define BOOT_INI_MAX 65536

/* Is the path, with wanted below it, there in any case, and of that kind? */
static bool has(int root, const char *path, const char *wanted, mode_t kind)
{
	CLEANUP(free) char *whole = xasprintf("%s/%s", path, wanted);
	CLEANUP(free) char *real = win_find(root, whole);

	return real && below_is(root, real, kind);
}

static bool is_systemroot(int root, const char *path)
{
	return has(root, path, "system32", S_IFDIR) &&
	       has(root, path, "system32/config", S_IFDIR) &&
	       has(root, path, "system32/cmd.exe", S_IFREG);
}

/* The common names, in the order of how common. */
static char *systemroot_by_name(int root)
{
	static const char *const names[] = { "windows", "winnt", "win32", "win", "reactos" };
	CLEANUP(folder_release) struct folder f = FOLDER_INIT;
	CLEANUP(fd_close) int top = below_open(root, "/", O_RDONLY | O_DIRECTORY, 0);
	struct err e;

	if (top >= 0)
		(void)!folder_read(&f, top, "/",
				   &e); /* of a damaged one some is better than none */
	folder_sort(&f);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (size_t k = 0; k < f.n; k++) {
			CLEANUP(free) char *path = NULL;

			if (!win_same(folder_name(&f, k), names[i]))
				continue;
			path = xasprintf("/%s", folder_name(&f, k));
			if (is_systemroot(root, path))
				return TAKE(path);
		}
	return NULL;
}

/* Those that boot.ini names, for administrators who liked other names. */
static char *systemroot_by_ini(int root)
{
	CLEANUP(free) char *ini = win_find(root, "boot.ini");
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;
	struct err e;

	if (!ini || below_read(root, ini, BOOT_INI_MAX, &text, &e) < 0 || !text.len)
		return NULL;
	win_boot_ini(text.data, text.len, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		CLEANUP(free) char *real = win_resolve(root, paths.v[i], &e);

		if (real && strcmp(real, "/") != 0 && is_systemroot(root, real))
			return TAKE(real);
	}
	return NULL;
}

char *win_systemroot(int root)
{
	char *path = systemroot_by_name(root);

	return path ? path : systemroot_by_ini(root);
}

/* The first of some files that is there. */
static char *first_of(int root, const char *const *paths, size_t n)
{
	char *real = NULL;

	for (size_t i = 0; i < n && !real; i++) {
		real = win_find(root, paths[i]);
		if (real && !below_is(root, real, S_IFREG)) {
			free(real);
			real = NULL;
		}
	}
	return real;
}

char *win_install_image(int root)
{
	static const char *const images[] = { "sources/install.wim", "sources/install.esd",
					      "sources/install.swm" };

	if (!has(root, "", "bootmgr", S_IFREG) && !has(root, "", "bootmgr.efi", S_IFREG))
		return NULL;
	return first_of(root, images, ARRAY_SIZE(images));
}

char *win_install_table(int root)
{
	static const char *const tables[] = { "amd64/txtsetup.sif", "ia64/txtsetup.sif",
					      "i386/txtsetup.sif" };

	return first_of(root, tables, ARRAY_SIZE(tables));
}

bool windows_matches(int top)
{
	CLEANUP(free) char *path = win_systemroot(top);

	if (!path)
		path = win_install_image(top);
	if (!path)
		path = win_install_table(top);
	return path != NULL;
}

bool windows_volume_matches(int top)
{
	return has(top, "", "System Volume Information", S_IFDIR) ||
	       (has(top, "", "bootmgr", S_IFREG) && has(top, "", "boot", S_IFDIR)) ||
	       (has(top, "", "ntldr", S_IFREG) && has(top, "", "boot.ini", S_IFREG));
}
