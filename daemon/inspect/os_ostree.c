/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which deployment boots. In a file system that ostree keeps, with /boot in it:
 *
 *   boot/loader -> loader.1
 *   boot/loader.1/entries/ostree-2.conf   options ostree=/ostree/boot.1/OS/BOOTSUM/0
 *   ostree/boot.1 -> boot.1.1
 *   ostree/boot.1.1/OS/BOOTSUM/0 -> ../../../deploy/OS/deploy/SUM.0
 *
 * The entry with the highest version boots. Where /boot is a partition of its own, only
 * the links in ostree/boot.N are here, one each deployment: of several the newest counts,
 * until its fstab has mounted /boot, and the entries can be read (os_deployment_by_boot).
 */
#include "daemon/inspect/os_ostree.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/inspect/os.h"
#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"

#define NAMES_MAX 256 /* of a folder that are looked at */

static const char *const entry_folders[] = { "boot/loader/entries", "loader/entries" };
static const char *const boot_folders[] = { "ostree/boot.1", "ostree/boot.0" };

void bls_release(struct bls *b)
{
	free(b->version);
	free(b->ostree);
	*b = (struct bls){ NULL, NULL };
}

/* The rest of a line after a key and blanks; false where it has another key. */
static bool bls_value(struct span line, const char *key, struct span *ret)
{
	size_t n = strlen(key);

	if (!span_starts(line, key) || line.n <= n || (line.s[n] != ' ' && line.s[n] != '\t'))
		return false;
	*ret = span_trim((struct span){ line.s + n, line.n - n });
	return true;
}

/* The ostree= among the kernel's arguments, or NULL. */
static char *ostree_argument(struct span v)
{
	static const char key[] = "ostree=";

	while (v.n) {
		size_t n = 0;

		while (n < v.n && v.s[n] != ' ' && v.s[n] != '\t')
			n++;
		struct span word = { v.s, n };
		if (span_starts(word, key))
			return span_dup(
				(struct span){ v.s + sizeof(key) - 1, n - sizeof(key) + 1 });
		v.s += n;
		v.n -= n;
		v = span_trim(v);
	}
	return NULL;
}

void bls_parse(struct span text, struct bls *ret)
{
	struct span line, v;

	*ret = (struct bls){ NULL, NULL };
	while (span_line(&text, &line)) {
		line = span_trim(line);
		if (!ret->version && bls_value(line, "version", &v))
			ret->version = span_dup(v);
		else if (!ret->ostree && bls_value(line, "options", &v))
			ret->ostree = ostree_argument(v);
	}
	if (!ret->version)
		ret->version = xstrdup("");
}

/* Adds the names of a path to those of another. */
static void add_names(struct strvec *names, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && !memcmp(path, "..", 2)) {
			if (names->n)
				free(names->v[--names->n]);
			if (names->v)
				names->v[names->n] = NULL;
		} else if (n && !(n == 1 && *path == '.')) {
			strvec_give(names, xmemdup0(path, n));
		}
		path += n;
		path += *path == '/';
	}
}

char *path_join(const char *dir, const char *text)
{
	CLEANUP(strvec_release) struct strvec names = STRVEC_INIT;
	struct buf b = BUF_INIT;

	if (*text != '/')
		add_names(&names, dir);
	add_names(&names, text);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&b, "%s%s", i ? "/" : "", names.v[i]);
	return buf_take(&b);
}

/* The names in a folder, some at the most, sorted. */
static void list(int top, const char *path, struct strvec *ret)
{
	CLEANUP(fd_close) int fd = below_open(top, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d)
		return;
	(void)TAKE_FD(fd);
	for (int left = NAMES_MAX; left > 0; left--) {
		const struct dirent *x = readdir(d);

		if (!x)
			break;
		if (x->d_name[0] != '.')
			strvec_add(ret, x->d_name);
	}
	closedir(d);
	strvec_sort(ret);
}

/* The deployment that a link like ostree/boot.1/OS/BOOTSUM/0 leads to, or NULL. */
static char *deployment_of(int top, const char *link)
{
	CLEANUP(fd_close) int fd = below_open(top, link, O_PATH | O_NOFOLLOW, 0);
	CLEANUP(free) char *parent = path_join(link, "..");
	char text[PATH_MAX];
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", text, sizeof(text) - 1);

	if (n <= 0)
		return NULL;
	text[n] = '\0';
	CLEANUP(free) char *path = path_join(parent, text);
	if (strncmp(path, "ostree/deploy/", 14) != 0 || !below_is(top, path, S_IFDIR))
		return NULL;
	return TAKE(path);
}

/* The deployment of the entry with the highest version; the entries lie below root. */
static char *by_entries(int root, int top, const char *folder)
{
	CLEANUP(strvec_release) struct strvec names = STRVEC_INIT;
	CLEANUP(free) char *best = NULL, *version = NULL;

	list(root, folder, &names);
	for (size_t i = 0; i < names.n; i++) {
		CLEANUP(free) char *path = xasprintf("%s/%s", folder, names.v[i]);
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		CLEANUP(bls_release) struct bls e = { NULL, NULL };

		if (!head_read(root, path, &b))
			continue;
		bls_parse((struct span){ b.data, b.len }, &e);
		if (!e.ostree || (version && strverscmp(e.version, version) < 0))
			continue;
		CLEANUP(free) char *deployment = deployment_of(top, e.ostree);
		if (!deployment)
			continue;
		free(best);
		best = TAKE(deployment);
		free(version);
		version = TAKE(e.version);
	}
	return TAKE(best);
}

/* A choice among deployments: the newest. */
struct newest {
	char *path;
	struct timespec made;	/* its folder's, which gets its /etc last, and then no change */
	struct timespec origin; /* ostree writes that file at about the same time */
};

static int compare_times(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec ? -1 : 1;
	return a->tv_nsec < b->tv_nsec ? -1 : a->tv_nsec > b->tv_nsec;
}

/* When a file was changed last, or never. */
static struct timespec time_of(int top, const char *path)
{
	CLEANUP(fd_close) int fd = below_open(top, path, O_PATH, 0);
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) ? st.st_mtim : (struct timespec){ 0, 0 };
}

/* Takes one, if it is newer than what there is. */
static void consider(int top, char *path, struct newest *best)
{
	CLEANUP(free) char *origin = xasprintf("%s.origin", path);
	const struct newest n = { path, time_of(top, path), time_of(top, origin) };
	int order = best->path ? compare_times(&n.made, &best->made) : 1;

	if (!order)
		order = compare_times(&n.origin, &best->origin);
	if (order < 0) {
		free(path);
		return;
	}
	free(best->path);
	*best = n;
}

/* All links of ostree/boot.N: OS/BOOTSUM/NUMBER. */
static void by_links(int top, const char *folder, struct newest *best)
{
	CLEANUP(strvec_release) struct strvec systems = STRVEC_INIT;

	list(top, folder, &systems);
	for (size_t i = 0; i < systems.n; i++) {
		CLEANUP(free) char *os = xasprintf("%s/%s", folder, systems.v[i]);
		CLEANUP(strvec_release) struct strvec sums = STRVEC_INIT;

		list(top, os, &sums);
		for (size_t k = 0; k < sums.n; k++) {
			CLEANUP(free) char *sum = xasprintf("%s/%s", os, sums.v[k]);
			CLEANUP(strvec_release) struct strvec links = STRVEC_INIT;

			list(top, sum, &links);
			for (size_t m = 0; m < links.n; m++) {
				CLEANUP(free) char *link = xasprintf("%s/%s", sum, links.v[m]);
				char *path = deployment_of(top, link);

				if (path)
					consider(top, path, best);
			}
		}
	}
}

/* All folders of ostree/deploy/OS/deploy. */
static void by_folders(int top, struct newest *best)
{
	CLEANUP(strvec_release) struct strvec systems = STRVEC_INIT;

	list(top, "ostree/deploy", &systems);
	for (size_t i = 0; i < systems.n; i++) {
		CLEANUP(free) char *os = xasprintf("ostree/deploy/%s/deploy", systems.v[i]);
		CLEANUP(strvec_release) struct strvec names = STRVEC_INIT;

		list(top, os, &names);
		for (size_t k = 0; k < names.n; k++) {
			char *path = xasprintf("%s/%s", os, names.v[k]);

			if (below_is(top, path, S_IFDIR))
				consider(top, path, best);
			else
				free(path);
		}
	}
}

char *os_deployment(int top)
{
	struct newest best = { NULL, { 0, 0 }, { 0, 0 } };

	if (!below_is(top, "ostree/deploy", S_IFDIR))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(entry_folders); i++) {
		char *path = by_entries(top, top, entry_folders[i]);

		if (path)
			return path;
	}
	for (size_t i = 0; !best.path && i < ARRAY_SIZE(boot_folders); i++)
		by_links(top, boot_folders[i], &best);
	if (!best.path)
		by_folders(top, &best);
	return best.path;
}

char *os_deployment_by_boot(int root, int top)
{
	return by_entries(root, top, entry_folders[0]);
}
