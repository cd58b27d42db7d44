/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See birth.h. Between fork and exec only system calls are made. */
#include "vm/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/sandbox.h"

/* Keeps files from growing beyond MAX bytes, or beyond a lower limit that we were given. */
static int limit_files(rlim_t max)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_FSIZE, &now) < 0)
		return -1;
	if (now.rlim_cur != RLIM_INFINITY && now.rlim_cur < max)
		max = now.rlim_cur;
	return setrlimit(RLIMIT_FSIZE, &(struct rlimit){ max, max });
}

/*
 * No core file of it: the guest's data and its keys would be in there. A limit of one byte is
 * too little for any, and unlike none at all also keeps the kernel from handing one to a program.
 */
static void limit_core(void)
{
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ 1, 1 }) < 0)
		(void)!setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

/* The child: becomes the program, or reports the errno that kept it from that. */
static void become(const struct birth *b, pid_t parent, int report)
{
	sigset_t none;
	int no;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* A full overlay is a failed write to a disk, not the end of qemu. */
	signal(SIGXFSZ, SIG_IGN);
	limit_core();
	if (b->file_max && limit_files(b->file_max) < 0)
		goto fail;
	/* Ctrl-C is the tool's to handle, which then ends us. */
	setpgid(0, 0);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	if (dup2(b->null, 0) < 0 || dup2(b->out, 1) < 0 || dup2(b->words ? b->words : b->out, 2) < 0)
		goto fail;
	if (syscall(SYS_close_range, 3, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */) < 0)
		goto fail;
	for (size_t i = 0; i < b->fds->n; i++)
		if (fcntl(b->fds->v[i], F_SETFD, 0) < 0)
			goto fail;
	if (b->ruleset >= 0 && sandbox_enter(b->ruleset) < 0)
		goto fail;
	execv(b->program, b->argv);
fail:
	no = errno;
	if (write(report, &no, sizeof(no)) < 0)
		_exit(126);
	_exit(127);
}

void birth_keep(struct birth_fds *f, int fd)
{
	f->v = xreallocarray(f->v, f->n + 1, sizeof(*f->v));
	f->v[f->n++] = fd;
}

void birth_fds_release(struct birth_fds *f)
{
	free(f->v);
	*f = (struct birth_fds){ NULL, 0 };
}

char *program_find(const char *name)
{
	const char *path = getenv("PATH");

	for (const char *p = path && *path ? path : "/usr/local/bin:/usr/bin:/bin"; *p;) {
		size_t n = strcspn(p, ":");
		CLEANUP(free) char *try = xasprintf("%.*s/%s", (int)n, p, name);

		if (n && access(try, X_OK) == 0)
			return realpath(try, NULL);
		p += n + (p[n] == ':');
	}
	return NULL;
}

pid_t birth(const struct birth *b, struct err *e)
{
	const pid_t parent = getpid();
	int report[2];
	int no = 0;
	ssize_t n;
	pid_t pid;

	if (pipe2(report, O_CLOEXEC) < 0) {
		err_sys(e, "pipe");
		return 0;
	}
	pid = fork();
	if (pid == 0)
		become(b, parent, report[1]);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		err_sys(e, "cannot start another process");
		return 0;
	}
	n = read_full(report[0], &no, sizeof(no));
	close(report[0]);
	if (n != sizeof(no))
		return pid;
	waitpid(pid, NULL, 0);
	errno = no;
	err_sys(e, "cannot run '%s'", b->program);
	return 0;
}
