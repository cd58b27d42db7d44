/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See run.h. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"

#define WORDS_MAX 4096 /* bytes of standard error that are kept: the last ones */
#define CHUNK	  16384

/* A started program and our ends of its pipes. */
struct child {
	const char *name;
	pid_t pid;
	int end;	/* readable when it has ended; what it left running may hold the pipes */
	int out, words; /* -1: closed, or not wanted */
};

/* Starts argv with these for input and output, -1 for nothing, and all else as in a fresh process. */
static int spawn(const char *const argv[], int in, int out, int words, pid_t *ret_pid,
		 struct err *e)
{
	posix_spawn_file_actions_t fa;
	posix_spawnattr_t at;
	sigset_t all, none;
	int no;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&fa);
	posix_spawnattr_init(&at);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&fa, in, 0);
	else
		posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&fa, out, 1);
	else
		posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&fa, words, 2);
	posix_spawnattr_setsigdefault(&at, &all);
	posix_spawnattr_setsigmask(&at, &none);
	posix_spawnattr_setflags(&at, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	/* posix_spawn only reads its arguments. */
	no = posix_spawnp(ret_pid, argv[0], &fa, &at, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	posix_spawnattr_destroy(&at);
	errno = no;
	return no ? err_sys(e, "cannot run '%s'", argv[0]) : 0;
}

/* Opens the pipes and starts the program. */
static int start(struct child *c, const char *const argv[], int in, bool want_out, struct err *e)
{
	int out[2] = { -1, -1 }, words[2] = { -1, -1 };
	int r = -1;

	if ((want_out && pipe2(out, O_CLOEXEC)) || pipe2(words, O_CLOEXEC))
		err_sys(e, "cannot run '%s': pipe", argv[0]);
	else
		r = spawn(argv, in, out[1], words[1], &c->pid, e);
	fd_close(out[1]);
	fd_close(words[1]);
	if (r < 0) {
		fd_close(out[0]);
		fd_close(words[0]);
		return -1;
	}
	c->name = argv[0];
	c->end = (int)syscall(SYS_pidfd_open, c->pid, 0);
	c->out = out[0];
	c->words = words[0];
	if (c->out >= 0)
		fcntl(c->out, F_SETFL, O_NONBLOCK);
	fcntl(c->words, F_SETFL, O_NONBLOCK);
	return 0;
}

/* Reads some of *fd to the end of b; closes it at its end. Was there anything? */
static bool take(int *fd, struct buf *b)
{
	ssize_t n = *fd < 0 ? -1 : read(*fd, buf_room(b, CHUNK), CHUNK);

	if (n > 0) {
		b->len += n;
		b->data[b->len] = '\0';
		return true;
	}
	if (*fd >= 0 && (n == 0 || (errno != EINTR && errno != EAGAIN))) {
		fd_close(*fd);
		*fd = -1;
	}
	return false;
}

/* Takes all that is there, and holds it to its bounds. */
static int take_all(struct child *c, struct buf *out, size_t out_max, struct buf *words,
		    struct err *e)
{
	while (take(&c->words, words))
		if (words->len > WORDS_MAX)
			buf_keep_tail(words, WORDS_MAX);
	while (out && take(&c->out, out))
		if (out->len > out_max)
			return err_set(e, EFBIG, "'%s' wrote more than %u bytes", c->name,
				       RUN_OUT_MAX);
	return 0;
}

/* Collects what the program says until it has ended, or has closed both pipes. */
static int collect(struct child *c, struct buf *out, struct buf *words, struct err *e)
{
	size_t out_max = (out ? out->len : 0) + RUN_OUT_MAX;
	struct pollfd p[3];

	do {
		p[0] = (struct pollfd){ .fd = c->end, .events = POLLIN };
		p[1] = (struct pollfd){ .fd = c->out, .events = POLLIN };
		p[2] = (struct pollfd){ .fd = c->words, .events = POLLIN };
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			return err_sys(e, "cannot run '%s': poll", c->name);
		if (take_all(c, out, out_max, words, e))
			return -1;
	} while (!p[0].revents && (c->out >= 0 || c->words >= 0));
	return 0;
}

/* As the first process, what lost its parent is ours to bury. */
static void reap_orphans(void)
{
	if (getpid() == 1)
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
}

/* Waits for the program's end. */
static int wait_child(const struct child *c, int *ret_status, struct err *e)
{
	int r;

	while ((r = waitpid(c->pid, ret_status, 0)) < 0 && errno == EINTR)
		;
	reap_orphans();
	return r < 0 ? err_sys(e, "cannot wait for '%s'", c->name) : 0;
}

/* Makes one line of a program's words: line ends become "; ", spaces and tabs one space. */
static void one_line(struct buf *words)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT;

	for (size_t i = 0; i < words->len; i++) {
		unsigned char c = words->data[i] == '\t' ? ' ' : (unsigned char)words->data[i];

		if (c == '\n' || c == '\r') {
			if (line.len && line.data[line.len - 1] != ' ')
				buf_addstr(&line, "; ");
		} else if (c && (c != ' ' || (line.len && line.data[line.len - 1] != ' '))) {
			buf_addch(&line, (char)c);
		}
	}
	while (line.len && (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == ';'))
		line.data[--line.len] = '\0';
	buf_release(words);
	*words = line;
	line = (struct buf)BUF_INIT;
}

/* As run_status(), with that as its standard input; -1: none. */
static int run_with(const char *const argv[], int in, struct buf *out, struct buf *ret_words,
		    int *ret_status, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	struct child c;
	int status = 0;

	if (start(&c, argv, in, out != NULL, e))
		return -1;
	int r = collect(&c, out, &words, e);
	fd_close(c.end);
	fd_close(c.out);
	fd_close(c.words);
	if (r < 0) {
		struct err ignored;

		kill(c.pid, SIGKILL);
		wait_child(&c, &status, &ignored);
		return -1;
	}
	if (wait_child(&c, &status, e))
		return -1;
	one_line(&words);
	if (WIFSIGNALED(status))
		return err_set(e, EIO, "'%s' was killed by signal %d%s%s", argv[0],
			       WTERMSIG(status), words.len ? ": " : "",
			       words.len ? words.data : "");
	if (ret_words) {
		buf_release(ret_words);
		*ret_words = words;
		words = (struct buf)BUF_INIT;
	}
	*ret_status = WEXITSTATUS(status);
	return 0;
}

int run_status(const char *const argv[], struct buf *out, struct buf *ret_words, int *ret_status,
	       struct err *e)
{
	return run_with(argv, -1, out, ret_words, ret_status, e);
}

/* As run(), with that as its standard input. */
static int run_on(const char *const argv[], int in, struct buf *out, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	int status = 0;

	if (run_with(argv, in, out, &words, &status, e))
		return -1;
	if (!status)
		return 0;
	if (words.len)
		return err_set(e, EIO, "%s: %s", argv[0], words.data);
	return err_set(e, EIO, "'%s' ended with status %d", argv[0], status);
}

int run(const char *const argv[], struct buf *out, struct err *e)
{
	return run_on(argv, -1, out, e);
}

int run_filter(const char *const argv[], const void *in, size_t n, struct buf *out, struct err *e)
{
	CLEANUP(fd_close) int fd = memfd_create("input", MFD_CLOEXEC);

	if (fd < 0 || write_full(fd, in, n) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(e, "memory for the input of '%s'", argv[0]);
	return run_on(argv, fd, out, e);
}
