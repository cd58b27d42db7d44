/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-df --each. Every image has a process of its own, so that nothing in one can reach
 * another. It tells what it found through a pipe, as the call's list was encoded; whoever
 * reads all the pipes prints it, in the order of the images. Words go to stderr by themselves.
 *
 * A process is in a session of its own: it cannot ask at the terminal, and a signal that
 * is typed there goes to the tool, with whose death all of them and their qemu are killed.
 */
#include "df.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/storage.h"
#include "each_keys.h"
#include "proto/frame.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* One image. */
struct job {
	const struct drive_arg *drive;
	char *name;
	pid_t pid;      /* 0: not started, or ended */
	int fd;         /* of the pipe while it is read, or -1 */
	struct buf b;   /* what came through it */
	bool done;      /* ended well or not; usages is what there is to print */
	wire_usages usages;
};

struct jobs {
	struct job *v;
	size_t n;
	size_t started;
	size_t printed;
	struct each_keys keys;
};

static void jobs_release_p(struct jobs *js)
{
	for (size_t i = 0; i < js->n; i++) {
		struct job *j = &js->v[i];

		if (j->pid) {
			kill(j->pid, SIGKILL);
			waitpid(j->pid, NULL, 0);
		}
		fd_close(j->fd);
		buf_release(&j->b);
		free(j->name);
		for (uint32_t k = 0; k < j->usages.n; k++)
			wire_free_usage(&j->usages.v[k]);
		free(j->usages.v);
	}
	free(js->v);
	each_keys_release(&js->keys);
}

/* Has another image the same file name? */
static bool is_twice(const struct drive_arg *drives, size_t n, size_t i, bool uuid)
{
	CLEANUP(free) char *name = df_name(&drives[i], 1, uuid);

	for (size_t k = 0; k < n; k++) {
		CLEANUP(free) char *other = df_name(&drives[k], 1, uuid);

		if (k != i && !strcmp(name, other))
			return true;
	}
	return false;
}

static bool usages_xdr(XDR *x, void *v)
{
	return wire_xdr_usages(x, v);
}

/* In the process of one image: 0, or -1 with *e. */
static int look(struct cli *c, int fd, struct err *e)
{
	CLEANUP(usage_ret_release) struct usage_ret u = { 0 };
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (guest_launch(c, e) < 0 || storage_usage(c, &u, e) < 0 ||
	    frame_encode(&b, usages_xdr, &u.list, e) < 0)
		return -1;
	return write_full(fd, b.data, b.len) < 0 ? err_sys(e, "write to a pipe") : 0;
}

/* The process of one image. Its status is 0 where nothing went wrong at all. */
__attribute__((noreturn)) static void child(struct cli *c, struct jobs *js, const struct job *j,
					    pid_t parent, int fd)
{
	struct err e = ERR_INIT;

	setsid();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	each_keys_take(&c->images.keys, &js->keys);
	c->images.drives = (struct drive_arg *)(uintptr_t)j->drive; /* one of them */
	c->images.n_drives = 1;
	progress_init(&c->report.progress, c->tool->name, PROGRESS_NONE);
	c->report.image = j->drive->name;
	if (look(c, fd, &e) < 0)
		report_fail(&c->report, NULL, &e);
	session_close(c->session);
	keys_release(&c->images.keys);
	_exit(c->report.failed);
}

static int start(struct cli *c, struct jobs *js, struct err *e)
{
	struct job *j = &js->v[js->started];
	pid_t parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	j->pid = fork();
	if (j->pid == 0) {
		close(fds[0]);
		child(c, js, j, parent, fds[1]);
	}
	close(fds[1]);
	j->fd = fds[0];
	if (j->pid > 0)
		return 0;
	j->pid = 0;
	return err_sys(e, "fork");
}

/* Waits for a process that has closed its pipe: 0, or -1 with *e where it did not end itself. */
static int reap(struct cli *c, struct job *j, struct err *e)
{
	int status = 0;

	while (waitpid(j->pid, &status, 0) < 0 && errno == EINTR)
		;
	j->pid = 0;
	if (WIFSIGNALED(status))
		return err_set(e, EIO, "the process for it was killed by signal %d",
			       WTERMSIG(status));
	/* Then it has said why, and may have found something all the same. */
	if (WEXITSTATUS(status))
		c->report.failed = true;
	if (!j->b.len && WEXITSTATUS(status))
		return 0;
	return frame_decode(j->b.data, j->b.len, usages_xdr, &j->usages, "list", e);
}

/* Ends one whose pipe has ended. */
static void end(struct cli *c, struct job *j)
{
	struct err e = ERR_INIT;

	fd_close(TAKE_FD(j->fd));
	if (reap(c, j, &e) < 0) {
		c->report.image = j->drive->name;
		report_fail(&c->report, NULL, &e);
		c->report.image = NULL;
	}
	j->done = true;
	buf_release(&j->b);
}

/* Reads what there is; true at the end of it. */
static bool take(struct job *j)
{
	ssize_t n = read(j->fd, buf_room(&j->b, 65536), 65536);

	if (n > 0)
		j->b.len += (size_t)n;
	return n == 0 || (n < 0 && errno != EINTR);
}

/* Waits for any of those that run, and ends those that have ended. */
static int wait_some(struct cli *c, struct jobs *js, struct err *e)
{
	CLEANUP(free) struct pollfd *fds = xcalloc(js->started, sizeof(*fds));

	for (size_t i = 0; i < js->started; i++)
		fds[i] = (struct pollfd){ .fd = js->v[i].fd, .events = POLLIN };
	if (poll(fds, js->started, -1) < 0 && errno != EINTR)
		return err_sys(e, "poll");
	for (size_t i = 0; i < js->started; i++)
		if (fds[i].revents && take(&js->v[i]))
			end(c, &js->v[i]);
	return 0;
}

static size_t running(const struct jobs *js)
{
	size_t n = 0;

	for (size_t i = 0; i < js->started; i++)
		n += js->v[i].pid != 0;
	return n;
}

/* Prints those that are next in the order. */
static int print(struct cli *c, struct table *t, struct jobs *js, struct err *e)
{
	size_t before = js->printed;

	for (; js->printed < js->started && js->v[js->printed].done; js->printed++) {
		struct job *j = &js->v[js->printed];

		df_list(t, j->name, j->drive, 1, &j->usages);
	}
	progress_update(&c->report.progress, js->printed, js->n);
	return js->printed > before ? out_flush(&c->out, e) : 0;
}

static int run_all(struct cli *c, struct table *t, struct jobs *js, size_t most, struct err *e)
{
	while (js->printed < js->n) {
		while (js->started < js->n && running(js) < most) {
			if (start(c, js, e) < 0)
				return -1;
			js->started++;
		}
		if (wait_some(c, js, e) < 0 || print(c, t, js, e) < 0)
			return -1;
	}
	return 0;
}

/* How many at a time. */
static size_t processes(const struct df_options *o)
{
	long n = o->procs ? (long)o->procs : sysconf(_SC_NPROCESSORS_ONLN);

	return n > 1 ? (size_t)n : 1;
}

int df_each(struct cli *c, struct table *t, struct err *e)
{
	const struct image_opts *io = &c->images;
	const bool uuid = ((const struct df_options *)c->own)->uuid;
	__attribute__((cleanup(jobs_release_p))) struct jobs js = { .n = io->n_drives };
	int r;

	js.v = xcalloc(js.n, sizeof(*js.v));
	for (size_t i = 0; i < js.n; i++)
		js.v[i] = (struct job){
			.drive = &io->drives[i],
			.fd = -1,
			.b = BUF_INIT,
			.name = is_twice(io->drives, js.n, i, uuid) ? xstrdup(io->drives[i].name) :
								df_name(&io->drives[i], 1, uuid),
		};
	if (each_keys_share(&c->images.keys, &js.keys, e) < 0)
		return -1;
	/* The others' words would come into the middle of a bar that nobody has asked for. */
	if (c->report.progress.mode == PROGRESS_AUTO)
		c->report.progress.mode = PROGRESS_NONE;
	table_begin(t);
	r = out_flush(&c->out, e);
	progress_start(&c->report.progress);
	if (r == 0)
		r = run_all(c, t, &js, processes(c->own), e);
	progress_hide(&c->report.progress);
	if (r == 0)
		table_end(t);
	return r;
}
