/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the disk is:
 *
 *   the image, and over its file an overlay (qcow2, without a name) --> table, growth, check
 *   what the overlay has --> journal, with old bytes and new ones; flushed
 *   journal --> the image's file
 *
 * So everything that can fail for a reason in the guest fails before a byte of the image is another one;
 * and what is done to it then are plain writes to a file, which can be repeated, or taken back. As the
 * overlay is below the image's format, that is so for all formats, and for qcow2's own tables, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/interrupt.h"
#include "journal.h"
#include "resize.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/convert.h"
#include "vm/image_lock.h"
#include "vm/overlay.h"

#define JOURNAL_SUFFIX ".guest-resize"
#define OVERLAY_UNIT   65536u	    /* bytes that an overlay has at once */
#define FULL_BYTES     (256u << 10) /* less than this is room for nothing */
#define QCOW2_SPARE    (1ull << 30) /* of a qcow2's file: more than its tables can take */

/* The disk's file, by itself. */
struct place {
	struct journal_file file; /* its fd is ours */
	char *journal;		  /* the path of its journal */
};

struct changes {
	struct journal_change *v;
	size_t n;
	uint64_t end; /* of the last one */
};

static void place_release_p(struct place *p)
{
	fd_close(p->file.fd);
	free(p->journal);
}

static void changes_release_p(struct changes *c)
{
	free(c->v);
}

/* ---- the file */

/* The journal is beside the image, whatever links lead to that. */
static char *journal_path(const struct resize *r, const struct image_layer *l, struct err *e)
{
	CLEANUP(free) char *real = NULL;

	if (r->o->journal)
		return xstrdup(r->o->journal);
	real = realpath(l->path, NULL);
	if (!real) {
		err_sys(e, "'%s'", l->path);
		return NULL;
	}
	return xasprintf("%s" JOURNAL_SUFFIX, real);
}

/* Takes its file out of an image: it stays locked until that is closed. */
static int place_open(const struct resize *r, const struct image *img, struct place *ret, struct err *e)
{
	const struct image_layer *l = &img->layers[0];
	struct stat st;
	off_t end;

	ret->file.fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 0);
	ret->file.name = r->in;
	if (ret->file.fd < 0 || fstat(ret->file.fd, &st) < 0 || (end = lseek(ret->file.fd, 0, SEEK_END)) < 0)
		return err_sys(e, "cannot open '%s'", r->in);
	ret->file.device = S_ISBLK(st.st_mode);
	ret->file.size = (uint64_t)end;
	if (ret->file.device && !r->o->journal && !r->o->undo && !r->o->resume && !r->o->dry_run)
		return err_set(e, EINVAL, "'%s' is a block device: say with --journal where its journal may be", r->in);
	ret->journal = journal_path(r, l, e);
	return ret->journal ? image_lock_hold(ret->file.fd, r->in, e) : -1;
}

static int check_format(const struct image *img, struct err *e)
{
	const struct image_layer *l = &img->layers[0];

	if (l->remote)
		return err_set(e, ENOTSUP, "--in-place is for files and block devices of this host; a copy can do it");
	if ((strcmp(l->format, "raw") != 0 && strcmp(l->format, "qcow2") != 0) || l->offset || l->size || l->data_fd >= 0)
		return err_set(e, ENOTSUP,
			       "only raw and qcow2 images in one file are resized in place, and this is %s%s; a "
			       "copy can do it",
			       l->format, l->data_fd >= 0 ? " with a data file" : "");
	return 0;
}

/* What an earlier run has left. */
static int check_left(const struct resize *r, const struct place *p, struct err *e)
{
	enum journal_state state;

	if (journal_look(p->journal, &state, e) < 0)
		return -1;
	switch (state) {
	case JOURNAL_NONE:
		return 0;
	case JOURNAL_UNSEALED:
		report_step(&r->c->report, "an earlier run ended before it touched the disk: its journal is removed");
		return !r->o->dry_run && unlink(p->journal) < 0 ? err_sys(e, "cannot remove '%s'", p->journal) : 0;
	case JOURNAL_DONE:
		return err_set(e, EEXIST, "there is the journal of an earlier run, '%s': remove it, or go back with --undo",
			       p->journal);
	case JOURNAL_SEALED:
		break;
	}
	return err_set(e, EEXIST,
		       "an earlier run was interrupted: 'guest-resize --in-place --continue %s %s' finishes it, with "
		       "--undo in place of --continue the disk becomes what it was",
		       p->journal, r->in);
}

/* ---- the overlay */

/* A file without a name beside the journal. */
static int make_nameless(const char *journal, struct err *e)
{
	CLEANUP(free) char *copy = xstrdup(journal);
	const char *dir = dirname(copy);
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		CLEANUP(free) char *name = xasprintf("%s/.guest-resize-XXXXXX", dir);

		fd = mkostemp(name, O_CLOEXEC);
		if (fd >= 0)
			unlink(name);
	}
	return fd < 0 ? err_sys(e, "cannot make a file in '%s'", dir) : fd;
}

/*
 * Why was nothing of it done? Where the overlay has no room, the guest's file system hears of writes that
 * fail, and what is said of it then is of no use to anybody.
 */
static int untouched(const struct resize *r, const struct place *p, struct err *e)
{
	CLEANUP(free) char *copy = xstrdup(p->journal);
	const char *dir = dirname(copy);
	struct statvfs v;

	if (tool_must_stop(r->c) || statvfs(dir, &v) < 0 || (uint64_t)v.f_bavail * v.f_frsize >= FULL_BYTES)
		return err_ctx(e, "'%s' was not touched", r->in);
	return err_set(e, ENOSPC,
		       "'%s' was not touched: the host's disk is full: what is to be written is kept in '%s' until "
		       "it is complete; make room there, or name a file elsewhere with --journal",
		       r->in, dir);
}

/* Bytes that the image's file may get. */
static uint64_t room_for(const struct image *img, const struct place *p, uint64_t target)
{
	return strcmp(img->layers[0].format, "raw") ? p->file.size + target + QCOW2_SPARE : target;
}

static int set_target(struct resize *r, const struct image *img, const struct place *p, struct err *e)
{
	struct plan_size z;

	r->before = r->target = img->virtual_size;
	if (r->o->size) {
		if (plan_size_parse(r->o->size, &z, e) < 0 || plan_size_apply(&z, r->before, &r->target, e) < 0)
			return err_ctx(e, "--size");
		r->target = (r->target + 511) / 512 * 512;
	}
	if (r->target < r->before)
		return err_set(e, EINVAL, "the disk has %llu bytes, and would get smaller, which is not done in "
					  "place; a copy can do it",
			       (unsigned long long)r->before);
	if (p->file.device && r->target != r->before)
		return err_set(e, EINVAL, "a block device has the size that it has, %llu bytes: make it larger "
					  "first, then leave --size out",
			       (unsigned long long)r->before);
	return 0;
}

/* From now on it can only be read through the image, by nobody's mistake be written to. */
static int read_only(struct image_layer *l, struct err *e)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", l->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "cannot open '%s'", l->path);
	fd_close(l->fd);
	l->fd = fd;
	return 0;
}

/* The image gets an overlay over its file, and the new size. */
static int overlay(struct resize *r, struct image *img, const struct place *p, struct err *e)
{
	if (set_target(r, img, p, e) < 0 || read_only(&img->layers[0], e) < 0)
		return -1;
	img->journal = make_nameless(p->journal, e);
	if (img->journal < 0)
		return -1;
	if (overlay_fill(img->journal, room_for(img, p, r->target), e) < 0 ||
	    (r->target != r->before && convert_resize(img, r->target, e) < 0))
		return untouched(r, p, e);
	return 0;
}

/* ---- the change */

static int add_change(void *ctx, uint64_t at, uint64_t n, bool zero, uint64_t from, struct err *e)
{
	struct changes *c = ctx;

	(void)e;
	c->v = xreallocarray(c->v, c->n + 1, sizeof(*c->v));
	c->v[c->n++] = (struct journal_change){ at, n, zero, from };
	if (!zero && at + n > c->end)
		c->end = at + n;
	return 0;
}

/* The image once more, to be read. That it is in use is our doing. */
static struct image *open_again(struct resize *r, struct err *e)
{
	struct image *img = guest_open_drive(r->drives, r->c->images.allow_external ? IMAGE_ALLOW_EXTERNAL : 0, e);

	if (img)
		free(TAKE(img->warning));
	return img;
}

/* The same, with what the overlay has, which may take more. */
static struct image *open_over(struct resize *r, int overlay_fd, struct err *e)
{
	CLEANUP(image_close) struct image *img = open_again(r, e);

	if (!img)
		return NULL;
	img->virtual_size = r->target;
	img->writable = true;
	img->journal = fcntl(overlay_fd, F_DUPFD_CLOEXEC, 0);
	if (img->journal < 0) {
		err_sys(e, "fcntl");
		return NULL;
	}
	return TAKE(img);
}

/* Asks for what the overlay has. */
static int collect(struct resize *r, int overlay_fd, struct changes *ret, struct err *e)
{
	CLEANUP(image_close) struct image *img = open_over(r, overlay_fd, e);

	return img ? convert_changes(img, add_change, ret, e) : -1;
}

/* The size that the file gets. */
static uint64_t size_after(const struct resize *r, const struct place *p, const char *format, uint64_t end)
{
	if (p->file.device)
		return p->file.size;
	if (!strcmp(format, "raw"))
		return r->target;
	end = (end + OVERLAY_UNIT - 1) / OVERLAY_UNIT * OVERLAY_UNIT;
	return end > p->file.size ? end : p->file.size;
}

static void progress(void *ctx, uint64_t at, uint64_t of)
{
	struct resize *r = ctx;

	say_progress(&r->say, at, of);
}

/* Signals wait while the disk is changed: there is no better moment to end than after it. */
static void signals_wait(sigset_t *old)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	sigset_t wait;

	sigemptyset(&wait);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaddset(&wait, signals[i]);
	sigprocmask(SIG_BLOCK, &wait, old);
}

static int apply(struct resize *r, const struct place *p, const char *journal, struct err *e)
{
	sigset_t old;
	int rc;

	signals_wait(&old);
	say_message(&r->say, "%s %s", r->o->resume ? "Continuing with" : "Changing", r->in);
	rc = journal_apply(journal, &p->file, progress, r, e);
	if (rc == 0 && !r->o->journal && unlink(journal) < 0)
		rc = err_sys(e, "cannot remove '%s'", journal);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static int go_back(struct resize *r, const struct place *p, struct err *e)
{
	sigset_t old;
	int rc;

	signals_wait(&old);
	say_message(&r->say, "Going back with %s", r->in);
	rc = journal_undo(r->o->undo, &p->file, e);
	if (rc == 0 && unlink(r->o->undo) < 0)
		rc = err_sys(e, "cannot remove '%s'", r->o->undo);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}

/* The journal on the disk, or nothing. */
static int write_journal(struct resize *r, const struct place *p, const struct changes *c, int overlay_fd,
			 const char *format, struct err *e)
{
	CLEANUP(fd_close) int fd = journal_create(p->journal, e);

	if (fd < 0)
		return -1;
	if (journal_write(fd, &p->file, c->v, c->n, overlay_fd, size_after(r, p, format, c->end), e) == 0)
		return 0;
	unlink(p->journal);
	return err_ctx(e, "'%s' was not touched", r->in);
}

static int look_and_plan(struct resize *r, struct err *e)
{
	struct plan_options o = r->o->plan;

	o.target = r->target;
	if (describe(r->c, resize_needs_mountpoints(r->o), &r->was, e) < 0 ||
	    plan_in_place(&r->was.disk, &o, &r->plan, e) < 0)
		return -1;
	return resize_check(r, e);
}

/*
 * Looks at the disk. It is larger already: where the first GPT is damaged, the backup is looked for at an end
 * at which it never was, so such a disk is looked at as it was. The session has ended then.
 */
static int look(struct resize *r, struct err *e)
{
	struct err why = ERR_INIT;
	struct image *img;

	if (look_and_plan(r, &why) == 0)
		return 0;
	if (why.no != EUCLEAN || r->was.table.label || r->target == r->before || tool_must_stop(r->c)) {
		*e = why;
		return -1;
	}
	resize_session_end(r);
	resize_use(r, 0, false);
	img = open_again(r, e);
	if (!img || guest_launch_image(r->c, img, e) < 0 || look_and_plan(r, e) < 0)
		return -1;
	resize_session_end(r);
	return 0;
}

/* In the appliance, all of it over the overlay. */
static int work(struct resize *r, const struct place *p, struct image *img, int overlay_fd, struct err *e)
{
	say_message(&r->say, "Examining %s", r->in);
	resize_use(r, 0, true);
	if (guest_launch_image(r->c, img, e) < 0 || look(r, e) < 0)
		return -1;
	if (!r->c->images.json)
		summary_print(r);
	if (r->o->dry_run)
		return 0;
	if (!r->c->session) {
		resize_use(r, 0, true);
		img = open_over(r, overlay_fd, e);
		if (!img || guest_launch_image(r->c, img, e) < 0)
			return -1;
	}
	return resize_apply(r, e) < 0 || session_finish(r->c->session, e) < 0 ? untouched(r, p, e) : 0;
}

static int change(struct resize *r, struct image *img, struct err *e)
{
	struct place p __attribute__((cleanup(place_release_p))) = { .file = { .fd = -1 } };
	struct changes c __attribute__((cleanup(changes_release_p))) = { NULL, 0, 0 };
	const char *format = img->layers[0].format;
	CLEANUP(fd_close) int overlay_fd = -1;

	if (check_format(img, e) < 0 || place_open(r, img, &p, e) < 0 || check_left(r, &p, e) < 0 ||
	    overlay(r, img, &p, e) < 0) {
		image_close(img);
		return -1;
	}
	overlay_fd = fcntl(img->journal, F_DUPFD_CLOEXEC, 0);
	if (work(r, &p, img, overlay_fd, e) < 0)
		return -1;
	resize_session_end(r);
	if (r->o->dry_run)
		return 0;
	if (collect(r, overlay_fd, &c, e) < 0 || write_journal(r, &p, &c, overlay_fd, format, e) < 0)
		return -1;
	return apply(r, &p, p.journal, e);
}

/* --undo and --continue: the journal knows all. In the middle of a change no format is sure to be read. */
static int from_journal(struct resize *r, struct err *e)
{
	struct place p __attribute__((cleanup(place_release_p))) = { .file = { .fd = -1 } };
	CLEANUP(image_close) struct image *img = NULL;

	r->drives[0].format = "raw";
	img = guest_open_drive(r->drives, IMAGE_WRITE, e);
	if (!img || check_format(img, e) < 0 || place_open(r, img, &p, e) < 0)
		return -1;
	return r->o->resume ? apply(r, &p, r->o->resume, e) : go_back(r, &p, e);
}

int resize_in_place(struct resize *r, struct err *e)
{
	struct image *img;

	if (r->o->undo || r->o->resume)
		return from_journal(r, e);
	img = guest_open_drive(r->drives, IMAGE_WRITE | (r->c->images.allow_external ? IMAGE_ALLOW_EXTERNAL : 0), e);
	return img ? change(r, img, e) : -1;
}
