/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation
 *
 * A path of the guest is text that a guest, or a user looking for one, made up.
 * The daemon never changes its own root to resolve it: a chroot would have to be
 * left again on every way out, and would take the appliance's own files and
 * programs away in between. Instead the kernel resolves each path below one
 * descriptor, in one call, openat2(RESOLVE_IN_ROOT):
 *
 *     /                     the appliance
 *     |-- etc  usr  run
 *     '-- sysroot           g->sysroot, an O_PATH descriptor: "/" of the guest
 *         |-- etc
 *         |   |-- passwd -> /../../etc/shadow     '/' and ".." stop at the guest's "/"
 *         |   '-- loop -> loop                    ELOOP
 *         '-- proc -> self/fd                     no magic links
 *
 * Mounts below the guest's root are followed like any folder. On a host, in
 * tests, g->sysroot is any folder; the same rules hold.
 *
 * What a path names may be a device node, a fifo or a socket, and opening those
 * can block or do things. sysroot_open_file() therefore takes an O_PATH
 * descriptor first, which opens nothing, looks at what it is, and only then
 * opens that same inode through /proc/self/fd.
 *
 * Handlers work on descriptors from here on; below a folder they use openat()
 * with O_NOFOLLOW and single names, which cannot lead out either.
 */
#include "below.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* EAGAIN: a rename or mount raced with ".."; nothing else runs here, so it ends. */
#define TRIES	       16
#define LINE_MAX_BYTES 4096 /* read for below_line() */

int below_open(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	long fd = -1;

	/* openat2 takes O_PATH with these only: */
	if (!(flags & O_PATH))
		how.flags |= O_NOCTTY | O_NONBLOCK;
	for (int i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

bool below_is(int root, const char *path, mode_t kind)
{
	const int flags = O_PATH | (kind == S_IFLNK ? O_NOFOLLOW : 0);
	CLEANUP(fd_close) int fd = below_open(root, path, flags, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == kind;
}

/* What a file of that mode is called in messages. */
static const char *mode_noun(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a folder";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a fifo";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	case S_IFBLK:
		return "a block device";
	default:
		return "of unknown type";
	}
}

int below_open_file(int root, const char *path, int flags, struct stat *ret_st, struct err *e)
{
	CLEANUP(fd_close) int at = below_open(root, path, O_PATH, 0);
	char self[32];
	struct stat st;

	if (at < 0)
		return err_sys(e, "open '%s'", path);
	if (fstat(at, &st))
		return err_sys(e, "stat '%s'", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, EISDIR, "'%s' is a folder, not a regular file", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "'%s' is %s, not a regular file", path,
			       mode_noun(st.st_mode));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", at);
	int fd = open(self, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	if (ret_st)
		*ret_st = st;
	return fd;
}

int below_read(int root, const char *path, size_t max, struct buf *b, struct err *e)
{
	CLEANUP(fd_close) int fd = below_open_file(root, path, O_RDONLY, NULL, e);

	return fd < 0 ? -1 : fd_read_all(fd, path, max, b, e);
}

char *below_line(int root, const char *path)
{
	CLEANUP(fd_close) int fd = -1;
	char text[LINE_MAX_BYTES + 1];
	struct err e;
	ssize_t n;

	fd = below_open_file(root, path, O_RDONLY, NULL, &e);
	n = fd < 0 ? -1 : read_full(fd, text, LINE_MAX_BYTES);
	if (n < 0)
		return NULL;
	text[n] = '\0';
	char *s = text + strspn(text, " \t\r");
	s[strcspn(s, "\n")] = '\0';
	size_t len = strlen(s);
	while (len && strchr(" \t\r", s[len - 1]))
		len--;
	return xmemdup0(s, len);
}
