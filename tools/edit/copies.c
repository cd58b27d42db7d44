/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See edit.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>

#include "edit.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define NAME_BYTES 100 /* of the guest's name that are kept: enough for an editor to know its kind */
#define COPY_MAX   (1ULL << 30)

/* Only letters that mean nothing to any program. */
static void plain_name(const char *path, char ret[NAME_BYTES + 1])
{
	const char *name = path + strlen(path);
	size_t n;

	while (name > path && name[-1] != '/' && name[-1] != '\\')
		name--;
	n = strlen(name);
	if (n > NAME_BYTES)
		name += n - NAME_BYTES, n = NAME_BYTES;
	for (size_t i = 0; i < n; i++)
		ret[i] = isalnum((unsigned char)name[i]) || strchr("._+@-", name[i]) ? name[i] : '_';
	ret[n] = '\0';
	if (ret[0] == '.' || ret[0] == '-' || !ret[0])
		ret[0] = '_', ret[1] = n ? ret[1] : '\0';
}

/* mkdtemp(3) makes the name up and the folder 0700. */
static int make_folder(struct edit *x, struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	CLEANUP(free) char *name = NULL;

	if (x->folder)
		return 0;
	name = xasprintf("%s/guest-edit.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(name))
		return err_sys(e, "make the folder '%s'", name);
	x->folder = TAKE(name);
	return 0;
}

char *copies_make(struct edit *x, const char *like, const char *tag, const struct buf *content,
		  struct err *e)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(free) char *sub = NULL, *path = NULL;
	char name[NAME_BYTES + 1];

	if (make_folder(x, e) < 0)
		return NULL;
	/* A folder for each: the name is to be the guest's, and no two are alike. */
	sub = xasprintf("%s/%s.XXXXXX", x->folder, tag);
	if (!mkdtemp(sub)) {
		err_sys(e, "make the folder '%s'", sub);
		return NULL;
	}
	plain_name(like, name);
	path = xasprintf("%s/%s", sub, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || (content->len && write_full(fd, content->data, content->len) < 0) ||
	    close(TAKE_FD(fd)) < 0) {
		err_sys(e, "write '%s'", path);
		return NULL;
	}
	return TAKE(path);
}

int copies_read(const char *path, struct buf *ret, struct err *e)
{
	return file_read(AT_FDCWD, path, COPY_MAX, ret, e);
}

void copies_remove(char *path)
{
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

/* Removes what is in a folder, one level down, and the folder if it is empty then. */
static void remove_below(const char *path, int depth)
{
	DIR *d = opendir(path);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		CLEANUP(free) char *name = NULL;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		name = xasprintf("%s/%s", path, de->d_name);
		if (depth > 0)
			remove_below(name, depth - 1);
		else
			unlink(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

void copies_end(struct edit *x)
{
	if (x->folder && !x->keep)
		remove_below(x->folder, 1);
	free(TAKE(x->folder));
}
