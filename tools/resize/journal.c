/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See journal.h. The file, numbers in little endian:
 *
 *   header   4096 bytes: magic, state, old size, new size, number of records, bytes of them, their
 *            hash (XXH3), and the header's own
 *   records  offset, length (up to a mebibyte), flags; then the old bytes, then the new ones, unless
 *            they are zeroes, which a flag tells
 *
 * The order of things: records, flush, header with "sealed", flush; the changed file, flush; header with
 * "done". A header that does not hold is one that was not written whole: unsealed.
 */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xxhash.h>

#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define MAGIC	  "guestutils journal 1\n"
#define HEAD	  4096u
#define AT_STATE  32
#define AT_OLD	  40
#define AT_NEW	  48
#define AT_COUNT  56
#define AT_BYTES  64
#define AT_HASH	  72
#define AT_SELF	  80 /* hash of all before it */
#define RECORD	  24u
#define PIECE	  (1u << 20) /* bytes of a record at most */
#define UNIT	  4096u      /* what is compared, and told apart, at once */
#define SECTOR	  512u	     /* what a disk writes whole */
#define OLD_ZERO  1u
#define NEW_ZERO  2u
#define SEALED	  1u
#define DONE	  2u

struct head {
	uint32_t state;
	uint64_t old_size, new_size, count, bytes, hash;
};

/* A record, with room for what it has. */
struct record {
	uint64_t at;
	uint32_t n, flags;
	uint8_t *old, *new;
};

static int put_at(int fd, const void *p, size_t n, uint64_t at)
{
	const uint8_t *b = p;

	while (n) {
		ssize_t done = pwrite(fd, b, n, (off_t)at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		b += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

/* ---- the header */

static int put_head(int fd, const struct head *h)
{
	uint8_t b[HEAD] = MAGIC;

	put_le64(b + AT_STATE, h->state);
	put_le64(b + AT_OLD, h->old_size);
	put_le64(b + AT_NEW, h->new_size);
	put_le64(b + AT_COUNT, h->count);
	put_le64(b + AT_BYTES, h->bytes);
	put_le64(b + AT_HASH, h->hash);
	put_le64(b + AT_SELF, XXH3_64bits(b, AT_SELF));
	return put_at(fd, b, sizeof(b), 0) < 0 || fdatasync(fd) < 0 ? -1 : 0;
}

/* 1, or 0 where it was not written whole, or -1 with *e where it is something else. */
static int get_head(int fd, const char *path, struct head *ret, struct err *e)
{
	uint8_t b[HEAD] = { 0 };
	ssize_t n = pread_full(fd, b, sizeof(b), 0);

	if (n < 0)
		return err_sys(e, "cannot read '%s'", path);
	if (n && memcmp(b, MAGIC, sizeof(MAGIC) - 1) != 0)
		return err_set(e, EINVAL, "'%s' is no journal of guest-resize", path);
	if (n != HEAD || get_le64(b + AT_SELF) != XXH3_64bits(b, AT_SELF))
		return 0;
	*ret = (struct head){
		.state = get_le32(b + AT_STATE),
		.old_size = get_le64(b + AT_OLD),
		.new_size = get_le64(b + AT_NEW),
		.count = get_le64(b + AT_COUNT),
		.bytes = get_le64(b + AT_BYTES),
		.hash = get_le64(b + AT_HASH),
	};
	return ret->state != 0;
}

/* The folder's entry is on the disk as well. */
static int sync_folder(const char *path)
{
	CLEANUP(free) char *copy = xstrdup(path);
	CLEANUP(fd_close) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -1 : fsync(fd);
}

int journal_create(const char *path, struct err *e)
{
	static const uint8_t unsealed[] = MAGIC;
	CLEANUP(fd_close) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_sys(e, "cannot make the journal '%s'", path);
	if (put_at(fd, unsealed, sizeof(unsealed) - 1, 0) < 0 || sync_folder(path) < 0) {
		err_sys(e, "cannot write the journal '%s'", path);
		unlink(path);
		return -1;
	}
	return TAKE_FD(fd);
}

int journal_look(const char *path, enum journal_state *ret, struct err *e)
{
	CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct head h;
	int r;

	*ret = JOURNAL_NONE;
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(e, "cannot open the journal '%s'", path);
	r = get_head(fd, path, &h, e);
	if (r < 0)
		return -1;
	*ret = !r ? JOURNAL_UNSEALED : h.state == DONE ? JOURNAL_DONE : JOURNAL_SEALED;
	return 0;
}

/* ---- writing it */

struct writer {
	int fd, new_fd;
	const struct journal_file *f;
	struct head head;
	XXH3_state_t *hash;
	struct record r; /* buffers of PIECE bytes */
};

static bool is_zero(const uint8_t *p, size_t n)
{
	return !n || (!*p && !memcmp(p, p + 1, n - 1));
}

static int add(struct writer *w, const void *p, size_t n)
{
	if (put_at(w->fd, p, n, HEAD + w->head.bytes) < 0)
		return -1;
	XXH3_64bits_update(w->hash, p, n);
	w->head.bytes += n;
	return 0;
}

/* One record, of what is at from in the writer's buffers. */
static int add_record(struct writer *w, uint64_t at, size_t from, size_t n)
{
	uint8_t b[RECORD] = { 0 };
	uint32_t flags = (is_zero(w->r.old + from, n) ? OLD_ZERO : 0) | (is_zero(w->r.new + from, n) ? NEW_ZERO : 0);
	uint32_t words[2] = { htole32((uint32_t)n), htole32(flags) };

	put_le64(b, at);
	memcpy(b + 8, words, sizeof(words));
	w->head.count++;
	if (add(w, b, sizeof(b)) < 0)
		return -1;
	if (!(flags & OLD_ZERO) && add(w, w->r.old + from, n) < 0)
		return -1;
	return flags & NEW_ZERO ? 0 : add(w, w->r.new + from, n);
}

/* Those stretches of n bytes in the buffers that differ. */
static int add_differences(struct writer *w, uint64_t at, size_t n)
{
	size_t start = n;

	for (size_t i = 0; i < n; i += UNIT) {
		size_t unit = n - i < UNIT ? n - i : UNIT;
		bool same = !memcmp(w->r.old + i, w->r.new + i, unit);

		if (!same && start == n)
			start = i;
		if (same && start < n) {
			if (add_record(w, at + start, start, i - start) < 0)
				return -1;
			start = n;
		}
	}
	return start < n ? add_record(w, at + start, start, n - start) : 0;
}

/* The bytes of a file, and zeroes where it has ended. */
static int get_padded(int fd, void *p, size_t n, uint64_t at)
{
	ssize_t got = pread_full(fd, p, n, (off_t)at);

	if (got < 0)
		return -1;
	memset((uint8_t *)p + got, 0, n - (size_t)got);
	return 0;
}

static int add_change(struct writer *w, const struct journal_change *c, struct err *e)
{
	const uint64_t top = w->head.new_size > w->head.old_size ? w->head.new_size : w->head.old_size;

	for (uint64_t done = 0; done < c->n && c->at + done < top;) {
		uint64_t at = c->at + done, left = c->n - done;
		size_t n = left < PIECE ? (size_t)left : PIECE;

		/* What lies beyond both sizes is nobody's. Zeroes beyond the old one are there by themselves. */
		if (n > top - at)
			n = (size_t)(top - at);
		if (c->zero && at >= w->head.old_size)
			return 0;
		if (get_padded(w->f->fd, w->r.old, n, at) < 0)
			return err_sys(e, "cannot read '%s'", w->f->name);
		if (c->zero)
			memset(w->r.new, 0, n);
		else if (get_padded(w->new_fd, w->r.new, n, c->from + done) < 0)
			return err_sys(e, "cannot read what is to be written");
		if (add_differences(w, at, n) < 0)
			return err_sys(e, "cannot write the journal");
		done += n;
	}
	return 0;
}

static void writer_release_p(struct writer *w)
{
	XXH3_freeState(w->hash);
	free(w->r.old);
	free(w->r.new);
}

int journal_write(int journal, const struct journal_file *f, const struct journal_change *v, size_t n,
		  int new_fd, uint64_t new_size, struct err *e)
{
	struct writer w __attribute__((cleanup(writer_release_p))) = {
		.fd = journal,
		.new_fd = new_fd,
		.f = f,
		.head = { .old_size = f->size, .new_size = new_size },
		.hash = XXH3_createState(),
		.r = { .old = xmalloc(PIECE), .new = xmalloc(PIECE) },
	};

	XXH3_64bits_reset(w.hash);
	for (size_t i = 0; i < n; i++)
		if (add_change(&w, &v[i], e) < 0)
			return -1;
	w.head.hash = XXH3_64bits_digest(w.hash);
	w.head.state = SEALED;
	if (fdatasync(journal) < 0 || put_head(journal, &w.head) < 0)
		return err_sys(e, "cannot write the journal");
	return 0;
}

/* ---- reading it */

struct reader {
	int fd;
	const char *path;
	const struct journal_file *f;
	struct head head;
	uint64_t at; /* of the next record, from the first one on */
	struct record r;
	XXH3_state_t *hash; /* NULL: what is read is known to hold */
	uint8_t *now;	    /* of the file */
};

static void reader_release_p(struct reader *r)
{
	fd_close(r->fd);
	free(r->r.old);
	free(r->r.new);
	free(r->now);
	XXH3_freeState(r->hash);
}

static int damaged(const struct reader *r, struct err *e)
{
	return err_set(e, EUCLEAN, "the journal '%s' is damaged: nothing was done", r->path);
}

static int take(struct reader *r, void *p, size_t n, struct err *e)
{
	if (n > r->head.bytes - r->at || pread_full(r->fd, p, n, (off_t)(HEAD + r->at)) != (ssize_t)n)
		return damaged(r, e);
	if (r->hash)
		XXH3_64bits_update(r->hash, p, n);
	r->at += n;
	return 0;
}

static int take_record(struct reader *r, struct err *e)
{
	uint8_t b[RECORD];

	if (take(r, b, sizeof(b), e) < 0)
		return -1;
	r->r.at = get_le64(b);
	r->r.n = get_le32(b + 8);
	r->r.flags = get_le32(b + 12);
	if (!r->r.n || r->r.n > PIECE || r->r.at > (uint64_t)1 << 62)
		return damaged(r, e);
	memset(r->r.old, 0, r->r.n);
	memset(r->r.new, 0, r->r.n);
	if (!(r->r.flags & OLD_ZERO) && take(r, r->r.old, r->r.n, e) < 0)
		return -1;
	return r->r.flags & NEW_ZERO ? 0 : take(r, r->r.new, r->r.n, e);
}

/* Each sector of the file is the old one or the new one: nobody else has written there. */
static int check_record(struct reader *r, struct err *e)
{
	if (get_padded(r->f->fd, r->now, r->r.n, r->r.at) < 0)
		return err_sys(e, "cannot read '%s'", r->f->name);
	for (size_t i = 0; i < r->r.n; i += SECTOR) {
		size_t n = r->r.n - i < SECTOR ? r->r.n - i : SECTOR;

		if (memcmp(r->now + i, r->r.old + i, n) != 0 && memcmp(r->now + i, r->r.new + i, n) != 0)
			return err_set(e, EUCLEAN,
				       "'%s' has been written to by somebody else since the journal '%s' was "
				       "made, or is another disk: nothing was done",
				       r->f->name, r->path);
	}
	return 0;
}

/* All of the journal, then all of the file that it is about. */
static int check_all(struct reader *r, struct err *e)
{
	r->hash = XXH3_createState();
	XXH3_64bits_reset(r->hash);
	for (uint64_t i = 0; i < r->head.count; i++)
		if (take_record(r, e) < 0)
			return -1;
	if (r->at != r->head.bytes || XXH3_64bits_digest(r->hash) != r->head.hash)
		return damaged(r, e);
	XXH3_freeState(TAKE(r->hash));
	r->at = 0;
	for (uint64_t i = 0; i < r->head.count; i++)
		if (take_record(r, e) < 0 || check_record(r, e) < 0)
			return -1;
	r->at = 0;
	return 0;
}

static int open_sealed(struct reader *r, const char *path, const struct journal_file *f, struct err *e)
{
	int sealed;

	*r = (struct reader){ .path = path, .f = f, .fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC) };
	if (r->fd < 0)
		return err_sys(e, "cannot open the journal '%s'", path);
	sealed = get_head(r->fd, path, &r->head, e);
	if (sealed < 0)
		return -1;
	if (!sealed)
		return err_set(e, EINVAL,
			       "the journal '%s' was not written whole: '%s' has not been touched; remove the "
			       "journal, and begin again",
			       path, f->name);
	r->r.old = xmalloc(PIECE);
	r->r.new = xmalloc(PIECE);
	r->now = xmalloc(PIECE);
	if (r->head.bytes > (uint64_t)1 << 62 || r->head.count > r->head.bytes / RECORD)
		return damaged(r, e);
	if (f->size != r->head.old_size && f->size != r->head.new_size)
		return err_set(e, EUCLEAN, "'%s' is not of the size that the journal '%s' knows: nothing was done",
			       f->name, path);
	return check_all(r, e);
}

/* ---- and what is done with it */

/* Takes space on the host for all that is to be written, before anything is: there may be too little. */
static int reserve(struct reader *r, struct err *e)
{
	for (uint64_t i = 0; i < r->head.count; i++) {
		if (take_record(r, e) < 0)
			return -1;
		if (r->r.flags & NEW_ZERO || r->f->device)
			continue;
		if (fallocate(r->f->fd, FALLOC_FL_KEEP_SIZE, (off_t)r->r.at, r->r.n) < 0 && errno == ENOSPC)
			return err_sys(e, "there is too little space on the host for '%s'", r->f->name);
	}
	r->at = 0;
	return 0;
}

/* Zeroes: as a hole where there can be one. */
static int put_zeroes(const struct journal_file *f, uint64_t at, uint32_t n, const uint8_t *zeroes)
{
	if (!f->device &&
	    fallocate(f->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, n) == 0)
		return 0;
	return put_at(f->fd, zeroes, n, at);
}

/* Writes the old bytes or the new ones, flushes, and says so in the journal. */
static int put_all(struct reader *r, bool old, void (*progress)(void *, uint64_t, uint64_t), void *ctx,
		   struct err *e)
{
	const uint32_t zero = old ? OLD_ZERO : NEW_ZERO;
	const uint64_t size = old ? r->head.old_size : r->head.new_size;

	if (!r->f->device && !old && ftruncate(r->f->fd, (off_t)size) < 0)
		return err_sys(e, "cannot make '%s' larger", r->f->name);
	for (uint64_t i = 0; i < r->head.count; i++) {
		const uint8_t *p;

		if (take_record(r, e) < 0)
			return -1;
		p = old ? r->r.old : r->r.new;
		if ((r->r.flags & zero ? put_zeroes(r->f, r->r.at, r->r.n, p)
				       : put_at(r->f->fd, p, r->r.n, r->r.at)) < 0)
			return err_sys(e, "cannot write to '%s'", r->f->name);
		if (progress)
			progress(ctx, r->at, r->head.bytes);
	}
	if (!r->f->device && old && ftruncate(r->f->fd, (off_t)size) < 0)
		return err_sys(e, "cannot give '%s' its old size", r->f->name);
	return fdatasync(r->f->fd) < 0 ? err_sys(e, "cannot write out '%s'", r->f->name) : 0;
}

int journal_apply(const char *path, const struct journal_file *f, void (*progress)(void *ctx, uint64_t at, uint64_t of),
		  void *ctx, struct err *e)
{
	struct reader r __attribute__((cleanup(reader_release_p))) = { .fd = -1 };

	if (open_sealed(&r, path, f, e) < 0)
		return -1;
	if (reserve(&r, e) < 0)
		return err_hint(e, "'%s' is as it was; with more space --continue '%s' finishes, --undo '%s' gives it up",
				f->name, path, path);
	if (put_all(&r, false, progress, ctx, e) < 0)
		return err_hint(e, "'%s' is between what it was and what it is to be: --continue '%s' finishes, "
				   "--undo '%s' goes back", f->name, path, path);
	r.head.state = DONE;
	return put_head(r.fd, &r.head) < 0 ? err_sys(e, "cannot write the journal '%s'", path) : 0;
}

int journal_undo(const char *path, const struct journal_file *f, struct err *e)
{
	struct reader r __attribute__((cleanup(reader_release_p))) = { .fd = -1 };

	if (open_sealed(&r, path, f, e) < 0)
		return -1;
	return put_all(&r, true, NULL, NULL, e) < 0 ? err_hint(e, "try --undo '%s' again", path) : 0;
}
