/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See capture.h. */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/io.h"

#define PATIENCE_S 20
#define WORDS_MAX (256u << 10)
#define CHUNK 4096

/* Starts it with the pipe's end out as stdout and stderr. */
static int start(const char *const argv[], int out, pid_t *ret_pid, struct err *e)
{
	posix_spawn_file_actions_t fa;
	int no;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, out, 1);
	posix_spawn_file_actions_adddup2(&fa, out, 2);
	no = posix_spawn(ret_pid, argv[0], &fa, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	return no ? err_set(e, no, "cannot run '%s': %s", argv[0], strerror(no)) : 0;
}

/* Takes in all that comes; false where it does not come to an end. */
static bool take_words(int fd, struct buf *words)
{
	int64_t end = now_ns() + PATIENCE_S * INT64_C(1000000000);

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		char chunk[CHUNK];
		ssize_t n;

		if (now_ns() >= end)
			return false;
		if (poll(&p, 1, 500) <= 0)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		if (words->len < WORDS_MAX)
			buf_add(words, chunk, (size_t)n);
	}
}

int capture(const char *const argv[], struct buf *ret_words, struct err *e)
{
	CLEANUP(fd_close) int from = -1;
	CLEANUP(fd_close) int to = -1;
	int status = 0;
	bool ended;
	pid_t pid;
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	from = p[0];
	to = p[1];
	if (start(argv, to, &pid, e) < 0)
		return -1;
	fd_close(TAKE_FD(to));
	ended = take_words(from, ret_words);
	if (!ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!ended)
		return err_set(e, ETIMEDOUT, "'%s %s' did not end within %d seconds", argv[0],
			       argv[1], PATIENCE_S);
	if (WIFSIGNALED(status))
		return err_set(e, EIO, "'%s %s' was killed by signal %d", argv[0], argv[1],
			       WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(e, EIO, "'%s %s' ended with status %d: %.*s", argv[0], argv[1],
			       WEXITSTATUS(status), (int)strcspn(ret_words->data ?: "", "\n"),
			       ret_words->data ?: "");
	return 0;
}
