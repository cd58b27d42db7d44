/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See win_path.h. */
#include "win_path.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/folder.h"
#include "daemon/storage.h"
#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"

#define LINKS_MAX 40   /* as the kernel */
#define STEPS_MAX 4096 /* elements looked up for one path */

/* What ntfs-3g puts before the target of a link that it cannot follow. */
#define ELSEWHERE "/.NTFS-3G/"

/*
 * Capitals first to last and the way to their small letters: as far as delta, or in pairs,
 * each capital before its small letter. As the table $UpCase of NTFS has it.
 */
static const struct {
	uint16_t first, last, delta;
	bool pairs;
} folds[] = {
	{ 'A', 'Z', 32, false },       { 0x00c0, 0x00d6, 32, false }, { 0x00d8, 0x00de, 32, false },
	{ 0x0100, 0x012e, 1, true },   { 0x0132, 0x0136, 1, true },   { 0x0139, 0x0147, 1, true },
	{ 0x014a, 0x0176, 1, true },   { 0x0179, 0x017d, 1, true },   { 0x0388, 0x038a, 37, false },
	{ 0x0391, 0x03a1, 32, false }, { 0x03a3, 0x03ab, 32, false }, { 0x0400, 0x040f, 80, false },
	{ 0x0410, 0x042f, 32, false }, { 0x0460, 0x0480, 1, true },   { 0x048a, 0x04be, 1, true },
	{ 0x04d0, 0x0512, 1, true },   { 0x0531, 0x0556, 48, false }, { 0x1e00, 0x1e94, 1, true },
	{ 0x1ea0, 0x1efe, 1, true },   { 0xff21, 0xff3a, 32, false },
};

/* A letter's small form. */
static uint32_t fold(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(folds); i++)
		if (c >= folds[i].first && c <= folds[i].last)
			return folds[i].pairs && (c - folds[i].first) % 2 ? c : c + folds[i].delta;
	return c;
}

/* The next letter of UTF-8, or of what is none the next byte, out of the letters' way. */
static uint32_t next(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	unsigned more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0 ? 1 : 0;
	uint32_t c = more ? p[0] & (0x3fu >> more) : p[0];

	for (unsigned i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			more = 0;
			c = p[0];
			break;
		}
		c = c << 6 | (p[i] & 0x3f);
	}
	*s += more + 1;
	return more || p[0] < 0x80 ? c : 0x80000000 | c;
}

bool win_same(const char *a, const char *b)
{
	while (*a && *b)
		if (fold(next(&a)) != fold(next(&b)))
			return false;
	return !*a && !*b;
}

/* Does the file system tell names apart by case? Of FAT one never sees how a name is spelled. */
static bool is_exact(int dir)
{
	struct statfs st;

	return fstatfs(dir, &st) == 0 && st.f_type != MSDOS_SUPER_MAGIC &&
	       st.f_type != EXFAT_SUPER_MAGIC;
}

/* The name in a folder that is this one for Windows: the same one first. NULL: none. */
static char *name_in(int dir, const char *name)
{
	CLEANUP(folder_release) struct folder f = FOLDER_INIT;
	const char *best = NULL;
	struct stat st;
	struct err e;

	if (is_exact(dir) && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return xstrdup(name);
	(void)!folder_read(&f, dir, "", &e); /* what it gives of a damaged folder may do */
	for (size_t i = 0; i < f.n; i++) {
		const char *s = folder_name(&f, i);

		if (!strcmp(s, name))
			return xstrdup(s);
		if (win_same(s, name) && (!best || strcmp(s, best) < 0))
			best = s;
	}
	return best ? xstrdup(best) : NULL;
}

/* Path and element, with a slash between. */
static char *join(const char *path, const char *name)
{
	return xasprintf("%s/%s", strcmp(path, "/") != 0 ? path : "", name);
}

/* A path in work: what is found of it, from '/', and what is to be looked up, backwards. */
struct way {
	int root;
	char *found;
	struct strvec todo;
	unsigned links, steps;
};

static void way_release(struct way *w)
{
	free(w->found);
	strvec_release(&w->todo);
}

static inline void way_release_p(struct way *w)
{
	way_release(w);
}

static const char *skip_separators(const char *s)
{
	return s + strspn(s, "/\\");
}

/* Puts a path's elements on the pile, the first of them on top. */
static void way_push(struct way *w, const char *path)
{
	size_t bottom = w->todo.n;

	for (const char *s = skip_separators(path); *s; s = skip_separators(s)) {
		size_t n = strcspn(s, "/\\");

		strvec_give(&w->todo, xmemdup0(s, n));
		s += n;
	}
	for (size_t i = bottom, k = w->todo.n; k && i + 1 < k; i++, k--) {
		char *t = w->todo.v[i];

		w->todo.v[i] = w->todo.v[k - 1];
		w->todo.v[k - 1] = t;
	}
}

static char *way_pop(struct way *w)
{
	char *s = w->todo.v[--w->todo.n];

	w->todo.v[w->todo.n] = NULL;
	return s;
}

static void way_up(struct way *w)
{
	char *slash = strrchr(w->found, '/');

	slash[slash == w->found] = '\0';
}

/* What comes behind the place where the driver believes to be mounted, from '/'; NULL: none. */
static const char *behind_place(const char *text)
{
	static const char *const places[] = { SYSROOT_DIR "/", LOOK_DIR "/" };

	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (!strncmp(text, places[i], strlen(places[i])))
			return text + strlen(places[i]) - 1;
	return NULL;
}

void win_link_show(int fd, char *text)
{
	const char *to = behind_place(text);
	struct statfs st;

	if (!to || fstatfs(fd, &st) < 0 || st.f_type != FUSE_SUPER_MAGIC)
		return;
	if (!strncmp(to, ELSEWHERE, strlen(ELSEWHERE)))
		to += strlen(ELSEWHERE);
	memmove(text, to, strlen(to) + 1);
}

/*
 * Where a link of Windows leads that the kernel cannot follow, from '/': it names a drive, or
 * the place where its driver believes to be mounted. NULL: it is no such link.
 */
static const char *link_target(const char *text)
{
	const char *to = behind_place(text);
	const char *rest;

	if (to)
		return to;
	return win_drive(text, &rest) ? rest : NULL;
}

/*
 * Is name, in dir, a link that is followed here? 1: its target is to be looked up next. -1: its
 * target is on another drive, or nowhere.
 */
static int way_link(struct way *w, int dir, const char *name, struct err *e)
{
	CLEANUP(free) char *path = join(w->found, name);
	char text[PATH_MAX];
	ssize_t n = readlinkat(dir, name, text, sizeof(text) - 1);
	const char *to;

	if (n < 0 || w->links >= LINKS_MAX)
		return 0;
	text[n] = '\0';
	to = link_target(text);
	CLEANUP(fd_close) int fd = to ? below_open(w->root, path, O_PATH, 0) : -1;
	if (!to || fd >= 0)
		return 0;
	if (!strncmp(to, ELSEWHERE, strlen(ELSEWHERE)))
		return err_set(e, ENOENT, "'%s' leads to '%s', which is not on this drive", path,
			       to + strlen(ELSEWHERE));
	w->links++;
	way_push(w, to);
	w->found[1] = '\0';
	return 1;
}

/* Looks up the next element. 1: it is not there, and the way stands before it. */
static int way_step(struct way *w, const char *name, struct err *e)
{
	CLEANUP(fd_close) int dir = below_open(w->root, w->found, O_RDONLY | O_DIRECTORY, 0);
	char *path;

	if (dir < 0)
		return err_sys(e, "open '%s'", w->found);
	CLEANUP(free) char *real = name_in(dir, name);
	if (!real)
		return 1;
	int link = way_link(w, dir, real, e);
	if (link)
		return link < 0 ? -1 : 0;
	path = join(w->found, real);
	free(w->found);
	w->found = path;
	return 0;
}

/* The whole way. 1: all is there but the last element, whose name *ret_last gets. */
static int way_walk(struct way *w, char **ret_last, struct err *e)
{
	while (w->todo.n) {
		CLEANUP(free) char *name = way_pop(w);
		int rc = 0;

		if (++w->steps > STEPS_MAX)
			return err_set(e, ENAMETOOLONG, "the path has too many elements");
		if (!strcmp(name, ".."))
			way_up(w);
		else if (strcmp(name, ".") != 0)
			rc = way_step(w, name, e);
		if (rc < 0)
			return -1;
		if (!rc)
			continue;
		if (w->todo.n)
			return err_set(e, ENOENT, "there is no '%s' in '%s'", name, w->found);
		*ret_last = TAKE(name);
		return 1;
	}
	return 0;
}

char *win_find(int root, const char *path)
{
	CLEANUP(way_release) struct way w = { .root = root, .found = xstrdup("/") };
	CLEANUP(free) char *last = NULL;
	struct err e;

	way_push(&w, path);
	return way_walk(&w, &last, &e) == 0 ? TAKE(w.found) : NULL;
}

char *win_resolve(int root, const char *path, struct err *e)
{
	CLEANUP(way_release) struct way w = { .root = root, .found = xstrdup("/") };
	CLEANUP(free) char *last = NULL;
	int rc;

	if (strlen(path) >= PATH_MAX) {
		err_set(e, ENAMETOOLONG, "the path is too long, %zu bytes", strlen(path));
		return NULL;
	}
	way_push(&w, path);
	rc = way_walk(&w, &last, e);
	if (rc < 0)
		return NULL;
	return rc ? join(w.found, last) : TAKE(w.found);
}

char win_drive(const char *path, const char **ret_rest)
{
	static const char *const prefixes[] = { "\\\\?\\", "\\?\?\\", "/?\?/", "//?/" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(path, prefixes[i], 4)) {
			path += 4;
			break;
		}
	if (!isalpha((unsigned char)path[0]) || path[1] != ':')
		return 0;
	*ret_rest = path + 2;
	return (char)toupper((unsigned char)path[0]);
}
