/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See io.h. */
#include "util/io.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* Reads on until n bytes or the end; off is where, or -1 for wherever the descriptor is. */
static ssize_t read_on(int fd, char *p, size_t n, off_t off)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = off < 0 ? read(fd, p + done, n - done)
				    : pread(fd, p + done, n - done, off + (off_t)done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		done += r;
	}
	return done;
}

ssize_t read_full(int fd, void *p, size_t n)
{
	return read_on(fd, p, n, -1);
}

ssize_t pread_full(int fd, void *p, size_t n, off_t off)
{
	if (off < 0) {
		errno = EINVAL;
		return -1;
	}
	return read_on(fd, p, n, off);
}

int write_full(int fd, const void *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = write(fd, (const char *)p + done, n - done);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		done += r;
	}
	return 0;
}

int fd_read_all(int fd, const char *name, size_t max, struct buf *b, struct err *e)
{
	for (;;) {
		char *p = buf_room(b, 65536);
		ssize_t r = read_full(fd, p, 65536);

		if (r < 0)
			return err_sys(e, "read '%s'", name);
		b->len += r;
		b->data[b->len] = '\0';
		if (b->len > max)
			return err_set(e, EFBIG, "'%s' is larger than %zu bytes", name, max);
		if (r < 65536)
			return 0;
	}
}

int file_read(int dirfd, const char *path, size_t max, struct buf *b, struct err *e)
{
	CLEANUP(fd_close) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	return fd_read_all(fd, path, max, b, e);
}

void fd_close(int fd)
{
	int no = errno;

	if (fd >= 0)
		close(fd);
	errno = no;
}

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}
