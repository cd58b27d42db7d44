/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See win_child.h. The process has what fork(2) gives it; of its descriptors it keeps two. */
#include "win_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/frame.h"
#include "util/cleanup.h"
#include "util/io.h"

#define CPU_SECONDS  15		       /* a hive of 100 MiB takes one, under emulation */
#define MEMORY_BYTES ((rlim_t)1 << 30) /* a hive of 512 MiB is mapped, and has some beside it */
#define SEND_BYTES   65536
#define RENEW_EVERY  1024 /* entries */
#define CHUNK	     65536

/* Where they lie in the child. */
enum { FILE_FD = 3, OUT_FD = 4 };

/* Sends what has gathered. */
static int flush(struct child_out *out, struct err *e)
{
	if (out->b.len && write_full(out->fd, out->b.data, out->b.len) < 0)
		return err_sys(e, "answering");
	out->b.len = 0;
	return 0;
}

int child_say(struct child_out *out, bool (*xdr)(XDR *, void *), const void *v, struct err *e)
{
	if (frame_encode(&out->b, xdr, v, e) < 0)
		return -1;
	return out->b.len < SEND_BYTES ? 0 : flush(out, e);
}

static void limit(int what, rlim_t soft, rlim_t hard)
{
	const struct rlimit l = { soft, hard };

	setrlimit(what, &l);
}

/* Two descriptors to their places, whatever their numbers were, and no others. */
static bool keep_only(int file, int out)
{
	int a = fcntl(file, F_DUPFD, OUT_FD + 1);
	int b = fcntl(out, F_DUPFD, OUT_FD + 1);

	return a >= 0 && b >= 0 && dup2(a, FILE_FD) >= 0 && dup2(b, OUT_FD) >= 0 &&
	       close_range(OUT_FD + 1, ~0u, 0) == 0;
}

/* A child that is to be. */
struct job {
	struct child_limits limits;
	int (*fn)(int fd, void *ctx, struct child_out *out, struct err *e);
	int (*take)(void *ctx, const void *p, size_t n, struct err *e);
	void *ctx;
	struct err *shared; /* the child's words */
};

/* The child's whole life. */
static void __attribute__((noreturn)) child_main(int file, int to, const struct job *job)
{
	struct child_out out = { OUT_FD, BUF_INIT };
	struct err e = ERR_INIT;
	rlim_t hard = job->limits.renewable ? RLIM_INFINITY : CPU_SECONDS + 1;
	int rc;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_CPU, CPU_SECONDS, hard);
#ifndef __SANITIZE_ADDRESS__ /* which reserves more than there is */
	limit(RLIMIT_AS, job->limits.address_space, job->limits.address_space);
	if (job->limits.heap)
		limit(RLIMIT_DATA, job->limits.heap, job->limits.heap);
#endif
	signal(SIGPIPE, SIG_DFL);
	if (!keep_only(file, to))
		_exit(2);
	rc = job->fn(FILE_FD, job->ctx, &out, &e);
	if (flush(&out, &e) < 0 || rc < 0) {
		*job->shared = e;
		_exit(1);
	}
	_exit(0);
}

void child_more_time(uint64_t n)
{
	struct rusage used;

	if (n % RENEW_EVERY || getrusage(RUSAGE_SELF, &used) < 0)
		return;
	limit(RLIMIT_CPU, (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + CPU_SECONDS,
	      RLIM_INFINITY);
}

/* Takes the answer to its end. */
static int collect(int from, const struct job *job, bool *ret_taken, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	ssize_t n;

	while ((n = read(from, buf_room(&b, CHUNK), CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "reading the answer");
		if (job->take(job->ctx, b.data, (size_t)n, e) < 0) {
			*ret_taken = true;
			return -1;
		}
	}
	return 0;
}

/* The child's end in words. */
static int judge(int status, struct err *shared, struct err *e)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return err_set(e, ETIMEDOUT, "reading it took too long");
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return err_set(e, ETIMEDOUT, "reading it took too much time or memory");
	if (WIFSIGNALED(status))
		return err_set(e, EUCLEAN, "it is damaged: reading it ended in signal %d",
			       WTERMSIG(status));
	shared->msg[sizeof(shared->msg) - 1] = '\0'; /* the child may have written anything there */
	return err_set(e, EUCLEAN, "%s", shared->msg[0] ? shared->msg : "it cannot be read");
}

/* Waits for the child and its words; one whose answer is not wanted any more is ended. */
static int follow(pid_t pid, int from, const struct job *job, bool *ret_taken, struct err *e)
{
	int status = 0;
	int rc = collect(from, job, ret_taken, e);

	if (rc < 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return rc < 0 ? -1 : judge(status, job->shared, e);
}

int child_stream(int fd, const char *name, const struct child_limits *l,
		 int (*fn)(int fd, void *ctx, struct child_out *out, struct err *e),
		 int (*take)(void *ctx, const void *p, size_t n, struct err *e), void *ctx,
		 bool *ret_taken, struct err *e)
{
	struct job job = { *l, fn, take, ctx, NULL };
	int ends[2];
	int rc = -1;

	*ret_taken = false;
	job.shared = mmap(NULL, sizeof(*job.shared), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (job.shared == MAP_FAILED)
		return err_sys(e, "'%s': mmap", name);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		munmap(job.shared, sizeof(*job.shared));
		return err_sys(e, "'%s': pipe", name);
	}
	pid_t pid = fork();
	if (pid == 0)
		child_main(fd, ends[1], &job);
	fd_close(ends[1]);
	if (pid < 0)
		err_sys(e, "fork");
	else
		rc = follow(pid, ends[0], &job, ret_taken, e);
	fd_close(ends[0]);
	munmap(job.shared, sizeof(*job.shared));
	return rc < 0 && !*ret_taken ? err_ctx(e, "'%s'", name) : rc;
}

/* ---- an answer in memory */

struct whole {
	child_fn fn;
	struct buf *ret;
	size_t start;
};

static int whole_fn(int fd, void *ctx, struct child_out *out, struct err *e)
{
	struct whole *w = ctx;
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return w->fn(path, out, e);
}

static int whole_take(void *ctx, const void *p, size_t n, struct err *e)
{
	struct whole *w = ctx;

	buf_add(w->ret, p, n);
	if (w->ret->len - w->start > CHILD_OUT_MAX)
		return err_set(e, EFBIG, "it has too much in it");
	return 0;
}

int child_run(int fd, const char *name, child_fn fn, struct buf *ret, struct err *e)
{
	static const struct child_limits limits = { .address_space = MEMORY_BYTES };
	struct whole w = { fn, ret, ret->len };
	bool taken;
	int rc = child_stream(fd, name, &limits, whole_fn, whole_take, &w, &taken, e);

	return rc < 0 && taken ? err_ctx(e, "'%s'", name) : rc;
}
