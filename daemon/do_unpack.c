/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call unpack: a tar archive, below the guest's root.
 *
 * The stream goes through a pipe to a child of ours, which has made the guest's root its own
 * (chroot) before it looks at the first byte: whatever names and links are in the archive, there
 * is nothing else that they could lead to. libarchive takes it apart there, in bounded memory. It
 * is linked in, since GNU tar could not be run inside of the guest's root; and statically, for its
 * shared library would bring ICU into the appliance, by way of formats that nobody asks for.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "below.h"
#include "fstype.h"
#include "guestd.h"
#include "mounts.h"
#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"
#include "warnings.h"

#define READ_BYTES   (256u << 10)
#define ARCHIVE_FD   3 /* in the child */
#define PIPE_BYTES   (1 << 20)
#define HEAP_BYTES   ((rlim_t)256 << 20)
#define WARNINGS_MAX 20
#define WARNING_MAX  512

/* What the child answers; in memory that both see. */
struct answer {
	uint64_t files;
	uint64_t bytes;
	bool failed;
	struct err e;
	uint64_t n_warnings; /* more than WARNINGS_MAX: the rest is not there */
	char warnings[WARNINGS_MAX][WARNING_MAX];
};

/* ---- the child */

struct unpacker {
	struct archive *in;
	struct archive *disk;
	struct answer *answer;
};

static void warn(struct answer *a, const char *name, const char *words)
{
	if (a->n_warnings < WARNINGS_MAX)
		snprintf(a->warnings[a->n_warnings], WARNING_MAX, "'%s': %s", name, words);
	a->n_warnings++;
}

/* libarchive's words, and those of the errno, if there is one in it. */
static int cannot(struct archive *a, const char *verb, const char *name, struct err *e)
{
	const char *words = archive_error_string(a);
	const int no = archive_errno(a);

	if (no <= 0)
		return err_set(e, EINVAL, "cannot %s '%s': %s", verb, name, words ? words : "no reason is known");
	return err_set(e, no, "cannot %s '%s': %s", verb, name, strerror(no));
}

/* Names that are not in the character set of the archive's headers are taken as they are. */
static bool is_about_names(struct archive *a)
{
	const char *words = archive_error_string(a);

	return words && strstr(words, "can't be converted");
}

static int copy_data(struct unpacker *u, const char *name, struct err *e)
{
	const void *p;
	size_t n;
	int64_t at;
	int r;

	while ((r = archive_read_data_block(u->in, &p, &n, &at)) != ARCHIVE_EOF) {
		if (r < ARCHIVE_WARN)
			return err_set(e, EINVAL, "cannot read '%s': %s", name, archive_error_string(u->in));
		/* What it calls a warning here is a write that has failed. */
		if (n && archive_write_data_block(u->disk, p, n, at) < ARCHIVE_OK)
			return cannot(u->disk, "write", name, e);
		u->answer->bytes += n;
	}
	return 0;
}

/* A hard link that leads out of the archive by its absolute name means the same without it. */
static void make_relative(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	const char *link = archive_entry_hardlink(entry);

	if (name && *name == '/') {
		CLEANUP(free) char *own = xstrdup(name + strspn(name, "/"));

		archive_entry_copy_pathname(entry, *own ? own : ".");
	}
	if (link && *link == '/') {
		CLEANUP(free) char *own = xstrdup(link + strspn(link, "/"));

		archive_entry_copy_hardlink(entry, own);
	}
}

static int unpack_entry(struct unpacker *u, struct archive_entry *entry, struct err *e)
{
	const char *name;
	int r;

	make_relative(entry);
	name = archive_entry_pathname(entry);
	if (!name || !*name)
		return err_set(e, EINVAL, "the archive has a file without a name");
	r = archive_write_header(u->disk, entry);
	if (r < ARCHIVE_WARN)
		return cannot(u->disk, "make", name, e);
	if (r < ARCHIVE_OK)
		warn(u->answer, name, archive_error_string(u->disk));
	if (archive_entry_size(entry) > 0 && copy_data(u, name, e) < 0)
		return -1;
	r = archive_write_finish_entry(u->disk);
	if (r < ARCHIVE_WARN)
		return cannot(u->disk, "write", name, e);
	if (r < ARCHIVE_OK)
		warn(u->answer, name, archive_error_string(u->disk));
	u->answer->files++;
	return 0;
}

/* What comes after the archive's end is padding: nobody is to wait for it to be read. */
static void drain(int fd)
{
	char b[4096];

	while (read(fd, b, sizeof(b)) > 0)
		;
}

static int unpack_all(struct unpacker *u, int from, struct err *e)
{
	struct archive_entry *entry;
	int r;

	if (archive_read_open_fd(u->in, from, READ_BYTES) < ARCHIVE_WARN)
		return err_set(e, EINVAL, "it cannot be read: %s", archive_error_string(u->in));
	while ((r = archive_read_next_header(u->in, &entry)) != ARCHIVE_EOF) {
		if (r < ARCHIVE_WARN)
			return err_set(e, EINVAL, "it cannot be read: %s", archive_error_string(u->in));
		if (r < ARCHIVE_OK && !is_about_names(u->in))
			warn(u->answer, archive_entry_pathname(entry), archive_error_string(u->in));
		if (unpack_entry(u, entry, e) < 0)
			return -1;
	}
	/* Times and modes of folders are set now. */
	r = archive_write_close(u->disk);
	if (r < ARCHIVE_WARN)
		return cannot(u->disk, "finish", ".", e);
	drain(from);
	return 0;
}

/* Into the guest's root, for good. On a developer's host, where that may not be, the names are looked at. */
static int enter(const struct guestd *g, int *flags, struct err *e)
{
	if (fchdir(g->sysroot) < 0)
		return err_sys(e, "enter the guest's root");
	if (chroot(".") == 0)
		return chdir("/") < 0 ? err_sys(e, "enter the guest's root") : 0;
	if (!g->on_host)
		return err_sys(e, "make the guest's root our own");
	*flags |= ARCHIVE_EXTRACT_SECURE_SYMLINKS;
	return 0;
}

static void __attribute__((noreturn)) child_main(const struct guestd *g, int from, bool owners,
						 struct answer *answer)
{
	struct unpacker u = { archive_read_new(), archive_write_disk_new(), answer };
	int flags = ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_NODOTDOT;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
#ifndef __SANITIZE_ADDRESS__ /* which reserves more than there is */
	setrlimit(RLIMIT_DATA, &(struct rlimit){ HEAP_BYTES, HEAP_BYTES });
#endif
	umask(022); /* for folders that the archive has no word of; all else gets the mode it wants */
	setlocale(LC_CTYPE, "C.UTF-8");
	if (owners)
		flags |= ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_ACL |
			 ARCHIVE_EXTRACT_XATTR;
	answer->failed = true;
	/* No other descriptor leads out of there. */
	if (enter(g, &flags, &answer->e) == 0 && dup2(from, ARCHIVE_FD) >= 0 &&
	    close_range(ARCHIVE_FD + 1, ~0u, 0) == 0) {
		archive_read_support_format_tar(u.in);
		archive_write_disk_set_options(u.disk, flags);
		answer->failed = unpack_all(&u, ARCHIVE_FD, &answer->e) < 0;
	}
	_exit(answer->failed ? 1 : 0);
}

/* ---- and who feeds it */

/* A run of zeroes. */
static int write_zeroes(int to, uint64_t n)
{
	static const char zeroes[READ_BYTES];

	while (n) {
		size_t now = n < sizeof(zeroes) ? (size_t)n : sizeof(zeroes);

		if (write_full(to, zeroes, now) < 0)
			return -1;
		n -= now;
	}
	return 0;
}

/* Passes the stream on. *ret_early: the child wants no more, and says why itself. */
static int feed(struct guestd *g, int to, uint64_t total, bool *ret_early, struct err *e)
{
	uint64_t done = 0;
	const void *p;
	int64_t n;

	while ((n = stream_next(g, &p, e)) > 0) {
		if ((p ? write_full(to, p, (size_t)n) : write_zeroes(to, (uint64_t)n)) < 0) {
			*ret_early = errno == EPIPE;
			return *ret_early ? 0 : err_sys(e, "unpack");
		}
		done += (uint64_t)n;
		progress(g, done, total);
	}
	return n < 0 ? -1 : 0;
}

/* How it ended, in words. */
static int judge(struct answer *a, int status, struct err *e)
{
	a->e.msg[sizeof(a->e.msg) - 1] = '\0';
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(e, EINVAL, "the archive is damaged: reading it ended in signal %d",
			       WTERMSIG(status));
	*e = a->e;
	return -1;
}

/* Starts the child, feeds it, and waits for it. */
static int run_child(struct guestd *g, const struct unpack_args *a, bool owners, struct answer *answer,
		     struct err *e)
{
	bool early = false;
	int ends[2], status = 0, rc;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		child_main(g, ends[0], owners, answer);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return err_sys(e, "fork");
	}
	rc = feed(g, ends[1], a->total, &early, e);
	close(ends[1]);
	if (rc < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return rc < 0 ? -1 : judge(answer, status, e);
}

/* Has what is mounted owners and modes? */
static bool has_owners(const struct guestd *g)
{
	const struct storage *st = g->storage;
	const struct fstype *t = st && st->n_mounts ? fstype_find(st->mounts[0].type) : NULL;

	return !t || !t->no_owners;
}

/* All that was written is on the disk, or there was no room for it. */
static int sync_root(struct guestd *g, struct unpack_ret *r, struct err *e)
{
	CLEANUP(fd_close) int fd = below_open(g->sysroot, "/", O_RDONLY | O_DIRECTORY, 0);
	struct statvfs v;

	if (fd < 0 || (!g->on_host && syncfs(fd) < 0) || fstatvfs(fd, &v) < 0)
		return err_sys(e, "write out what was unpacked");
	r->free = (uint64_t)v.f_bavail * v.f_frsize;
	return 0;
}

/* The child's warnings; it may have written anything there. */
static void answer_warnings(struct answer *a, struct unpack_ret *r)
{
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;
	size_t n = a->n_warnings < WARNINGS_MAX ? (size_t)a->n_warnings : WARNINGS_MAX;

	for (size_t i = 0; i < n; i++) {
		a->warnings[i][WARNING_MAX - 1] = '\0';
		strvec_add(&v, a->warnings[i]);
	}
	if (a->n_warnings > n)
		strvec_addf(&v, "%llu more warnings are left out", (unsigned long long)(a->n_warnings - n));
	warnings_answer(&v, &r->warnings);
}

int do_unpack(struct guestd *g, const struct unpack_args *a, struct unpack_ret *r, struct err *e)
{
	struct answer *answer;
	int rc;

	if (mounts_make_writable(g, "/", e) < 0)
		return -1;
	answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answer == MAP_FAILED)
		return err_sys(e, "mmap");
	*answer = (struct answer){ 0 };
	rc = run_child(g, a, has_owners(g), answer, e);
	if (rc == 0)
		rc = sync_root(g, r, e);
	if (rc == 0) {
		r->files = answer->files;
		r->bytes = answer->bytes;
		answer_warnings(answer, r);
	}
	munmap(answer, sizeof(*answer));
	return rc;
}
