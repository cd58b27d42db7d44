/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See child.h. What goes in and comes out lies in memory files, not in pipes: neither end can
 * wait for the other.
 */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"

#define WORDS_MAX 8192		/* of a child's words that are kept */
#define OUT_MAX	  (4ULL << 30)

extern char **environ;

/* A memory file, with the bytes in it and read from its start. */
static int memory_file(const void *p, size_t n, struct err *e)
{
	CLEANUP(fd_close) int fd = memfd_create("guest-edit", MFD_CLOEXEC);

	if (fd < 0 || (n && write_full(fd, p, n) < 0) || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, "memory for a file");
	return TAKE_FD(fd);
}

static int take_back(int fd, size_t max, struct buf *b, struct err *e)
{
	struct stat st;
	size_t n;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat");
	if ((uint64_t)st.st_size > OUT_MAX)
		return err_set(e, EFBIG, "more than %llu bytes came out", OUT_MAX);
	n = (uint64_t)st.st_size < max ? (size_t)st.st_size : max;
	if (n && pread_full(fd, buf_room(b, n), n, 0) != (ssize_t)n)
		return err_sys(e, "read what came out");
	b->len += n;
	if (b->data)
		b->data[b->len] = '\0';
	return 0;
}

/* The environment with one variable more. */
static char **add_env(const char *env)
{
	size_t n = 0, len = strcspn(env, "="), k = 0;
	char **v;

	while (environ[n])
		n++;
	v = xcalloc(n + 2, sizeof(*v));
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], env, len + 1) != 0)
			v[k++] = environ[i];
	v[k] = (char *)(uintptr_t)env;
	return v;
}

/* As a signal was: while an editor has the terminal, Ctrl-C is not for us. */
struct signals {
	struct sigaction interrupt, quit;
};

static void signals_leave(struct signals *s, posix_spawnattr_t *attr)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t theirs;

	sigaction(SIGINT, &ignore, &s->interrupt);
	sigaction(SIGQUIT, &ignore, &s->quit);
	/* What was ignored before, by nohup say, stays so. */
	sigemptyset(&theirs);
	if (s->interrupt.sa_handler != SIG_IGN)
		sigaddset(&theirs, SIGINT);
	if (s->quit.sa_handler != SIG_IGN)
		sigaddset(&theirs, SIGQUIT);
	posix_spawnattr_setsigdefault(attr, &theirs);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF);
}

static void signals_return(const struct signals *s)
{
	sigaction(SIGINT, &s->interrupt, NULL);
	sigaction(SIGQUIT, &s->quit, NULL);
}

static int spawn_and_wait(char *const *argv, char *const *env, posix_spawn_file_actions_t *fa,
			  bool terminal, int *ret_status)
{
	struct signals s;
	posix_spawnattr_t attr;
	pid_t pid;
	int no;

	posix_spawnattr_init(&attr);
	if (terminal)
		signals_leave(&s, &attr);
	no = posix_spawnp(&pid, argv[0], fa, &attr, argv, env);
	while (no == 0 && waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			no = errno;
	if (terminal)
		signals_return(&s);
	posix_spawnattr_destroy(&attr);
	return no;
}

int child_run(char *const *argv, const char *env, const struct child_io *io, int *ret_status,
	      struct err *e)
{
	CLEANUP(fd_close) int in = -1;
	CLEANUP(fd_close) int out = -1;
	CLEANUP(fd_close) int errors = -1;
	CLEANUP(free) char **more = env ? add_env(env) : NULL;
	posix_spawn_file_actions_t fa;
	int no;

	if ((io->in && (in = memory_file(io->in, io->n, e)) < 0) ||
	    (io->out && (out = memory_file(NULL, 0, e)) < 0) ||
	    (io->errors && io->errors != io->out && (errors = memory_file(NULL, 0, e)) < 0))
		return -1;
	posix_spawn_file_actions_init(&fa);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&fa, in, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&fa, out, 1);
	if (io->errors)
		posix_spawn_file_actions_adddup2(&fa, errors >= 0 ? errors : out, 2);
	no = spawn_and_wait(argv, more ? more : environ, &fa, io->terminal, ret_status);
	posix_spawn_file_actions_destroy(&fa);
	if (no) {
		errno = no;
		return err_sys(e, "cannot run '%s'", argv[0]);
	}
	if (errors >= 0 && take_back(errors, WORDS_MAX, io->errors, e) < 0)
		return -1;
	return out >= 0 ? take_back(out, OUT_MAX, io->out, e) : 0;
}

int child_shell(const char *command, const char *arg, const struct child_io *io, int *ret_status,
		struct err *e)
{
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;

	strvec_add(&argv, "/bin/sh");
	strvec_add(&argv, "-c");
	strvec_addf(&argv, "%s \"$@\"", command);
	strvec_add(&argv, command);
	strvec_add(&argv, arg);
	return child_run(argv.v, NULL, io, ret_status, e);
}

const char *child_ended(int status, char ret[64])
{
	if (WIFSIGNALED(status))
		snprintf(ret, 64, "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(ret, 64, "exit status %d", WEXITSTATUS(status));
	return ret;
}
