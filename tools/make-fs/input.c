/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See input.h. The children are confined as qemu is: one that unpacks has the open file as its
 * standard input, and may open none of the user's; tar may read the one folder.
 */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"
#include "vm/birth.h"
#include "vm/sandbox.h"

#define MAGIC_MAX  8
#define WORDS_MAX  4096
#define PIPE_BYTES (1 << 20)

/* What packs a file, told by its first bytes; the program writes what is in its input to its output. */
static const struct packing {
	const char *magic;
	size_t len;
	const char *argv[4];
	const char *package; /* Debian's */
} packings[] = {
	{ "\x1f\x8b", 2, { "gzip", "-dc" }, "gzip" },
	{ "\x1f\x9d", 2, { "gzip", "-dc" }, "gzip" }, /* compress */
	{ "BZh", 3, { "bzip2", "-dc" }, "bzip2" },
	{ "\xfd" "7zXZ\0", 6, { "xz", "-dc" }, "xz-utils" },
	{ "\x5d\0\0", 3, { "xz", "-dc", "--format=lzma" }, "xz-utils" },
	{ "\x28\xb5\x2f\xfd", 4, { "zstd", "-dcq" }, "zstd" },
	{ "\x04\x22\x4d\x18", 4, { "lz4", "-dcq" }, "lz4" },
	{ "LZIP", 4, { "lzip", "-dc" }, "lzip" },
	{ "\x89LZO\0", 5, { "lzop", "-dc" }, "lzop" },
};

/* Owners as numbers, holes, attributes; in an order that does not change, without times of reading. */
static const char *const pack_folder[] = { "tar", "--create", "--format=posix", "--numeric-owner", "--sparse",
					   "--xattrs", "--acls", "--sort=name",
					   "--pax-option=delete=atime,delete=ctime" };

static const struct packing *find_packing(int fd)
{
	char b[MAGIC_MAX] = { 0 };
	ssize_t n = pread_full(fd, b, sizeof(b), 0);

	for (size_t i = 0; i < ARRAY_SIZE(packings); i++)
		if (n >= (ssize_t)packings[i].len && !memcmp(b, packings[i].magic, packings[i].len))
			return &packings[i];
	return NULL;
}

int input_open(struct input *s, const char *name, struct err *e)
{
	/* O_NONBLOCK: a pipe is refused below, not waited for. */
	CLEANUP(fd_close) int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "cannot open '%s'", name);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(e, EINVAL, "'%s' is neither a folder nor a file: it has to be read twice", name);
	s->name = name;
	s->folder = S_ISDIR(st.st_mode);
	s->packing = s->folder ? NULL : find_packing(fd);
	s->fd = TAKE_FD(fd);
	return 0;
}

static int make_ruleset(const struct input *s, const char *program)
{
	CLEANUP(free) char *path = xasprintf("/proc/self/fd/%d", s->fd);
	struct err ignored;
	CLEANUP(fd_close) int rs = sandbox_ruleset(program, false, &ignored);

	if (rs >= 0 && s->folder && sandbox_allow_folder(rs, path, &ignored) < 0)
		return -1;
	return TAKE_FD(rs);
}

static void make_argv(const struct input *s, struct strvec *argv)
{
	if (s->folder) {
		for (size_t i = 0; i < ARRAY_SIZE(pack_folder); i++)
			strvec_add(argv, pack_folder[i]);
		strvec_addf(argv, "--directory=/proc/self/fd/%d", s->fd);
		strvec_add(argv, ".");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(s->packing->argv) && s->packing->argv[i]; i++)
		strvec_add(argv, s->packing->argv[i]);
}

static int start_child(struct input *s, int out, struct err *e)
{
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;
	CLEANUP(birth_fds_release) struct birth_fds fds = { NULL, 0 };
	CLEANUP(fd_close) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CLEANUP(fd_close) int ruleset = -1;
	CLEANUP(free) char *program = NULL;
	struct birth b = { .fds = &fds, .out = out, .words = s->words, .null = s->folder ? null : s->fd };

	make_argv(s, &argv);
	program = program_find(argv.v[0]);
	if (!program)
		return err_set(e, ENOENT, "'%s' needs '%s', which is not in PATH; install it (Debian: %s)",
			       s->name, argv.v[0], s->folder ? "tar" : s->packing->package);
	if (s->folder)
		birth_keep(&fds, s->fd);
	ruleset = make_ruleset(s, program);
	b.program = program;
	b.argv = argv.v;
	b.ruleset = ruleset;
	s->pid = birth(&b, e);
	return s->pid ? 0 : -1;
}

int input_start(struct input *s, struct err *e)
{
	int ends[2];
	int r;

	input_stop(s);
	if (!s->folder && lseek(s->fd, 0, SEEK_SET) < 0)
		return err_sys(e, "cannot read '%s'", s->name);
	if (!s->folder && !s->packing) {
		s->out = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
		return s->out < 0 ? err_sys(e, "cannot read '%s'", s->name) : 0;
	}
	s->words = memfd_create("words", MFD_CLOEXEC);
	if (s->words < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "cannot read '%s'", s->name);
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_BYTES);
	s->out = ends[0];
	r = start_child(s, ends[1], e);
	close(ends[1]);
	return r;
}

/* The child's end: was it a good one? What it said goes to *words. */
static int await(struct input *s, struct buf *words, struct err *e)
{
	int status = 0;
	char *p = buf_room(words, WORDS_MAX + 1);
	ssize_t n = pread_full(s->words, p, WORDS_MAX, 0);
	pid_t pid = s->pid;

	words->len += n > 0 ? (size_t)n : 0;
	words->data[words->len] = '\0';
	s->pid = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* tar's status 1: a file has changed while it was read, and it says which. */
	if (WIFEXITED(status) && (!WEXITSTATUS(status) || (s->folder && WEXITSTATUS(status) == 1)))
		return 0;
	p = words->data + strspn(words->data, "\r\n");
	p[strcspn(p, "\r\n")] = '\0';
	err_set(e, EIO, "cannot read '%s': %s", s->name,
		*p ? p : WIFSIGNALED(status) ? "what unpacks it was killed" : "it is damaged");
	return -1;
}

ssize_t input_read(struct input *s, void *p, size_t n, struct buf *warnings, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	ssize_t r;

	while ((r = read(s->out, p, n)) < 0 && errno == EINTR)
		if (interrupt_caught())
			return err_set(e, ECANCELED, "interrupted");
	if (r < 0)
		return err_sys(e, "cannot read '%s'", s->name);
	if (r > 0 || !s->pid)
		return r;
	if (await(s, &words, e) < 0)
		return -1;
	buf_add(warnings, words.data, words.len);
	return 0;
}

void input_stop(struct input *s)
{
	if (s->pid) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	s->pid = 0;
	fd_close(TAKE_FD(s->out));
	fd_close(TAKE_FD(s->words));
}

void input_release(struct input *s)
{
	input_stop(s);
	fd_close(TAKE_FD(s->fd));
}
