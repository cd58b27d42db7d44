/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls on one file's content. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "guestd.h"
#include "mounts.h"
#include "receive.h"
#include "sysroot.h"
#include "util/io.h"

#define BLOCK 4096 /* what O_DIRECT wants offsets and lengths to be multiples of */

/* A file on its way out or in. */
struct transfer {
	struct guestd *g;
	const char *path; /* for messages */
	int fd;
	uint64_t pos;
	uint64_t size; /* reading: as fstat says; the end that is met is what counts */
	uint64_t stop; /* reading: nothing at or behind it is sent */
	bool direct;   /* the descriptor has O_DIRECT */
	bool refused;  /* the file system does not do O_DIRECT */
};

/* Switches O_DIRECT as wanted, if it can be had. */
static void set_direct(struct transfer *t, bool want)
{
	if (t->direct == want || (want && t->refused))
		return;
	if (!fcntl(t->fd, F_SETFL, O_NONBLOCK | (want ? O_DIRECT : 0)))
		t->direct = want;
	else
		t->refused = want;
}

/* ---- out */

/* The next n bytes, at most one slot, into the ring's buffer; their number, 0 at the end, -1. */
static ssize_t read_slot(struct transfer *t, size_t n, struct err *e)
{
	for (;;) {
		ssize_t r = pread(t->fd, t->g->ring_buf, n, (off_t)t->pos);

		if (r >= 0)
			return r;
		if (errno == EINVAL && t->direct) {
			t->refused = true;
			set_direct(t, false);
		} else if (errno != EINTR) {
			return err_sys(e, "read '%s' at byte %llu", t->path,
				       (unsigned long long)t->pos);
		}
	}
}

/* Sends what lies between pos and end, which is no hole as far as it is known. 1 at the file's end.
 */
static int send_data(struct transfer *t, uint64_t end, struct err *e)
{
	if (end > t->stop)
		end = t->stop;
	while (t->pos < end) {
		uint64_t left = end - t->pos;
		/* In whole blocks, for O_DIRECT; the file's own end cuts the last one. */
		size_t n =
			left < RING_SLOT ? (left + BLOCK - 1) & ~(uint64_t)(BLOCK - 1) : RING_SLOT;
		ssize_t r = read_slot(t, n, e);
		size_t now = r > 0 && (size_t)r > t->stop - t->pos ? t->stop - t->pos : (size_t)r;

		if (r < 0 || (r && stream_slot(t->g, now, e)))
			return -1;
		t->pos += now;
		if (!r || ((size_t)r < n && t->pos >= t->size) || t->pos == t->stop)
			return 1;
		/* An odd length in the middle: not for O_DIRECT from here on. */
		if (t->direct && t->pos % BLOCK)
			set_direct(t, false);
		if (t->size > RING_SLOT)
			progress(t->g, t->pos, t->size);
		if (check_cancel(t->g, e))
			return -1;
	}
	return 0;
}

/* The hole at pos, if there is one, as one message. Data begins at or after the new pos. */
static int send_hole(struct transfer *t, struct err *e)
{
	off_t data = lseek(t->fd, (off_t)t->pos, SEEK_DATA);
	uint64_t to;

	if (data < 0 && errno != ENXIO)
		return 0; /* file systems that cannot tell: all is data */
	to = data < 0 ? t->size : (uint64_t)data & ~(uint64_t)(BLOCK - 1);
	if (to <= t->pos)
		return 0;
	if (stream_hole(t->g, to - t->pos, e))
		return -1;
	t->pos = to;
	return check_cancel(t->g, e);
}

/* Sends a file with holes in it: hole, data, hole, data. */
static int send_sparse(struct transfer *t, struct err *e)
{
	while (t->pos < t->size) {
		if (send_hole(t, e))
			return -1;
		if (t->pos >= t->size)
			break;
		off_t end = lseek(t->fd, (off_t)t->pos, SEEK_HOLE);
		int r = send_data(t, end > (off_t)t->pos ? (uint64_t)end : t->size, e);
		if (r)
			return r < 0 ? -1 : 0;
	}
	return 0;
}

int do_read_file(struct guestd *g, const struct read_file_args *a, struct read_file_ret *r,
		 struct err *e)
{
	struct stat st;
	CLEANUP(fd_close) int fd = sysroot_open_file(g, a->path, O_RDONLY, &st, e);
	struct transfer t = { .g = g, .path = a->path, .fd = fd, .pos = a->offset };

	if (fd < 0)
		return -1;
	if (a->offset > INT64_MAX)
		return err_set(e, EINVAL, "offset %llu", (unsigned long long)a->offset);
	t.size = (uint64_t)st.st_size;
	t.stop = a->length && a->length < INT64_MAX - a->offset ? a->offset + a->length : INT64_MAX;
	set_direct(&t, t.size > STREAM_INLINE_MAX && a->offset % BLOCK == 0);
	if (!a->offset && !a->length && (uint64_t)st.st_blocks * 512 < t.size) {
		if (send_sparse(&t, e))
			return -1;
	} else if (send_data(&t, UINT64_MAX, e) < 0) {
		return -1;
	}
	r->size = t.pos;
	return 0;
}

/* ---- in */

/* Writes n bytes of p at pos, in as many steps as it takes. */
static int write_some(struct transfer *t, const char *p, size_t n, struct err *e)
{
	while (n) {
		ssize_t r = pwrite(t->fd, p, n, (off_t)t->pos);

		if (r < 0 && errno == EINVAL && t->direct) {
			t->refused = true;
			set_direct(t, false);
			continue;
		}
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			errno = r ? errno : EIO;
			return err_sys(e, "write '%s' at byte %llu", t->path,
				       (unsigned long long)t->pos);
		}
		p += r;
		n -= (size_t)r;
		t->pos += (size_t)r;
	}
	return 0;
}

/* Writes a piece: whole blocks of a large aligned one past the page cache, the rest through it. */
static int write_piece(struct transfer *t, const char *p, size_t n, struct err *e)
{
	size_t whole = n & ~(size_t)(BLOCK - 1);

	if (n <= STREAM_INLINE_MAX || t->pos % BLOCK || (uintptr_t)p % BLOCK)
		whole = 0;
	if (whole) {
		set_direct(t, true);
		if (write_some(t, p, whole, e))
			return -1;
	}
	if (n == whole)
		return 0;
	set_direct(t, false);
	return write_some(t, p + whole, n - whole, e);
}

/* Takes the stream in; what it says is zero is left out of the file. */
static int receive(struct transfer *t, struct err *e)
{
	const void *p;
	bool hole = false;
	int64_t n;

	while ((n = stream_next(t->g, &p, e)) > 0) {
		if ((uint64_t)n > INT64_MAX - t->pos)
			return err_set(e, EFBIG, "'%s' would be larger than any file", t->path);
		hole = !p;
		if (hole)
			t->pos += (uint64_t)n;
		else if (write_piece(t, p, (size_t)n, e))
			return -1;
	}
	if (n < 0)
		return -1;
	if (hole && ftruncate(t->fd, (off_t)t->pos))
		return err_sys(e, "make '%s' %llu bytes long", t->path, (unsigned long long)t->pos);
	return 0;
}

int receive_file(struct guestd *g, int fd, const char *path, uint64_t *ret_size, struct err *e)
{
	struct transfer t = { .g = g, .path = path, .fd = fd };

	if (receive(&t, e) < 0)
		return -1;
	*ret_size = t.pos;
	return 0;
}

/* Opens what is there, if it is a regular file, or makes it. */
static int open_for_writing(struct guestd *g, const char *path, mode_t mode, struct err *e)
{
	struct err absent;
	int fd = sysroot_open_file(g, path, O_WRONLY | O_TRUNC, NULL, &absent);

	if (fd >= 0 || absent.no != ENOENT) {
		*e = fd < 0 ? absent : *e;
		return fd;
	}
	return sysroot_open(g, path, O_WRONLY | O_CREAT, mode ? mode & 07777 : 0644, e);
}

int do_write_file(struct guestd *g, const struct write_file_args *a, struct write_file_ret *r,
		  struct err *e)
{
	CLEANUP(fd_close) int fd = -1;
	uint64_t size;

	if (mounts_make_writable(g, a->path, e) < 0)
		return -1;
	fd = open_for_writing(g, a->path, a->mode, e);
	if (fd < 0 || receive_file(g, fd, a->path, &size, e) < 0)
		return -1;
	/* Last, since writing takes setuid away. The umask has no say. */
	if (a->mode && fchmod(fd, a->mode & 07777))
		return err_sys(e, "set the mode of '%s'", a->path);
	if (fsync(fd))
		return err_sys(e, "sync '%s'", a->path);
	r->size = size;
	return 0;
}
