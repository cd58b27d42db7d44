/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See glob.h. */
#include "glob.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "util/io.h"
#include "util/xalloc.h"

static void close_dir(DIR *d)
{
	if (d)
		closedir(d);
}
DEFINE_CLEANUP(DIR *, close_dir);

/* A path without wildcards that is there, or not. */
static void add_plain(struct glob *gl, int root, const char *path, struct strvec *ret)
{
	CLEANUP(fd_close) int fd = below_open(root, path, O_PATH, 0);

	if (fd < 0)
		return;
	if (!gl->matches) {
		gl->cut = true;
		return;
	}
	gl->matches--;
	strvec_add(ret, path);
}

/* The names in a folder that match, sorted. */
static void list(struct glob *gl, int root, const char *folder, const char *pattern,
		 struct strvec *ret)
{
	int fd = below_open(root, *folder ? folder : ".", O_RDONLY | O_DIRECTORY, 0);
	CLEANUP(close_dir) DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *ent;

	if (!d)
		fd_close(fd);
	while (d && (ent = readdir(d))) {
		if (!gl->names) {
			gl->cut = true;
			break;
		}
		gl->names--;
		if (strcmp(ent->d_name, ".") && strcmp(ent->d_name, "..") &&
		    !fnmatch(pattern, ent->d_name, FNM_PERIOD | FNM_NOESCAPE | FNM_CASEFOLD))
			strvec_add(ret, ent->d_name);
	}
	strvec_sort(ret);
}

void glob_add(struct glob *gl, int root, const char *pattern, struct strvec *ret)
{
	size_t wild = strcspn(pattern, "*?");

	if (!pattern[wild]) {
		add_plain(gl, root, pattern, ret);
		return;
	}
	while (wild && pattern[wild - 1] != '/')
		wild--;
	CLEANUP(free) char *folder = xmemdup0(pattern, wild);
	size_t len = strcspn(pattern + wild, "/");
	CLEANUP(free) char *component = xmemdup0(pattern + wild, len);
	CLEANUP(strvec_release) struct strvec names = STRVEC_INIT;
	list(gl, root, folder, component, &names);
	for (size_t i = 0; i < names.n && gl->matches; i++) {
		CLEANUP(free) char *next = xasprintf("%s%s%s", folder, names.v[i],
						     pattern + wild + len);
		/* Names of the guest may have wildcards, too: those are left out. */
		if (!strpbrk(names.v[i], "*?"))
			glob_add(gl, root, next, ret);
	}
	if (names.n && !gl->matches)
		gl->cut = true;
}
