/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See out.h. */
#include "cli/out.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/interrupt.h"

#define SPILL (64u << 10)
#define ZEROES (256u << 10)

/* The one place where a failed write gets its words. */
static int failed(struct out *o, struct err *e)
{
	if (!o->no)
		o->no = errno;
	errno = o->no;
	return err_sys(e, "write error");
}

/* As write_full, but a signal that asks us to stop ends it: the reader may never read again. */
static int put(struct out *o, const void *p, size_t n, struct err *e)
{
	if (o->no)
		return failed(o, e);
	while (n) {
		ssize_t r;

		if (interrupt_caught())
			return err_set(e, ECANCELED, "interrupted");
		r = write(o->fd, p, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return failed(o, e);
		p = (const char *)p + r;
		n -= r;
		o->hole_end = false;
	}
	return 0;
}

int out_flush(struct out *o, struct err *e)
{
	int r = put(o, o->b.data, o->b.len, e);

	o->b.len = 0;
	return r;
}

int out_spill(struct out *o, struct err *e)
{
	return o->b.len < SPILL ? 0 : out_flush(o, e);
}

int out_write(struct out *o, const void *p, size_t n, struct err *e)
{
	if (out_flush(o, e) < 0)
		return -1;
	return put(o, p, n, e);
}

/*
 * Can the next n bytes be left out? Only where nothing is there yet: in the
 * middle of a file that was not truncated, old bytes would show through, and a
 * file opened for appending knows no place.
 */
static bool may_skip(const struct out *o, uint64_t n)
{
	struct stat st;
	off_t at;

	if (fstat(o->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (fcntl(o->fd, F_GETFL) & O_APPEND)
		return false;
	at = lseek(o->fd, 0, SEEK_CUR);
	return at >= st.st_size && n <= INT64_MAX - (uint64_t)at;
}

int out_hole(struct out *o, uint64_t n, struct err *e)
{
	static const char zeroes[ZEROES];

	if (out_flush(o, e) < 0)
		return -1;
	if (may_skip(o, n)) {
		if (lseek(o->fd, (off_t)n, SEEK_CUR) < 0)
			return failed(o, e);
		o->hole_end = true;
		return 0;
	}
	while (n) {
		size_t now = n < ZEROES ? n : ZEROES;

		if (put(o, zeroes, now, e) < 0)
			return -1;
		n -= now;
	}
	return 0;
}

/* Makes the file as long as the hole at its end. */
static int end_hole(struct out *o, struct err *e)
{
	off_t at = o->hole_end ? lseek(o->fd, 0, SEEK_CUR) : 0;

	if (o->hole_end && (at < 0 || ftruncate(o->fd, at) < 0))
		return failed(o, e);
	return 0;
}

int out_close(struct out *o, struct err *e)
{
	int r = out_flush(o, e);

	if (r == 0)
		r = end_hole(o, e);
	if (close(o->fd) < 0 && errno != EBADF && r == 0)
		r = failed(o, e);
	o->fd = -1;
	buf_release(&o->b);
	return r;
}
