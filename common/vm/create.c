/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See create.h. */
#include "vm/create.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"
#include "vm/birth.h"
#include "vm/image_header.h"
#include "vm/image_parse.h"
#include "vm/sandbox.h"

#define PROGRAM	  "qemu-img"
#define WORDS_MAX 4096 /* of qemu-img's that are read */

/* Is it made without qemu-img? */
static bool is_plain(const struct image_new *n)
{
	return !strcmp(n->format, "raw") && !n->options;
}

static char *find_program(const struct image_new *n, struct err *e)
{
	CLEANUP(free) char *path = program_find(PROGRAM);

	if (!path)
		err_set(e, ENOENT,
			"cannot make an image of format '%s': '" PROGRAM
			"' is not in PATH; install it (Debian: qemu-utils)", n->format);
	return TAKE(path);
}

/* An option of that name in a list with commas, "a=1,b=2"? */
static bool has_option(const char *list, const char *name)
{
	for (const char *p = list; p && *p; p += *p == ',') {
		size_t len = strcspn(p, "=,");

		if (len == strlen(name) && !strncmp(p, name, len))
			return true;
		p += strcspn(p, ",");
	}
	return false;
}

int image_create_check(const struct image_new *n, struct err *e)
{
	static const char *const not_options[] = { "help", "?", "size" };

	if (!image_format_name(n->format)) {
		CLEANUP(free) char *list = image_format_list();

		return err_set(e, EINVAL, "cannot make an image of format '%s'; known are: %s",
			       n->format, list);
	}
	if (n->size == 0 || n->size > INT64_MAX - SECTOR)
		return err_set(e, EINVAL, "a disk of %" PRIu64 " bytes cannot be made", n->size);
	for (size_t i = 0; i < ARRAY_SIZE(not_options); i++)
		if (has_option(n->options, not_options[i]))
			return err_set(e, EINVAL, "'%s' is no option for a new image", not_options[i]);
	if (is_plain(n))
		return 0;
	CLEANUP(free) char *program = find_program(n, e);
	return program ? 0 : -1;
}

static uint64_t whole_sectors(const struct image_new *n)
{
	return (n->size + SECTOR - 1) / SECTOR * SECTOR;
}

static int cannot(const struct image_new *n, struct err *e)
{
	char shown[IMAGE_NAME_SHOWN_MAX];

	return err_ctx(e, "cannot make '%s'", image_name_shown(n->path, shown));
}

/* Bytes of zeroes; a block device is as large as it is, and keeps what is on it. */
static int make_plain(int fd, const struct image_new *n, struct err *e)
{
	const off_t size = (off_t)whole_sectors(n);
	uint64_t there;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat");
	if (S_ISBLK(st.st_mode)) {
		if (ioctl(fd, BLKGETSIZE64, &there) < 0)
			return err_sys(e, "BLKGETSIZE64");
		return there >= n->size ? 0
					: err_set(e, ENOSPC, "it has %" PRIu64 " bytes, and %" PRIu64 " are needed",
						  there, n->size);
	}
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, size) < 0)
		return err_sys(e, "%" PRIu64 " bytes", n->size);
	return 0;
}

static char *without(char *s, const char *front)
{
	size_t n = strlen(front);

	return !strncmp(s, front, n) && !strncmp(s + n, ": ", 2) ? s + n + 2 : s;
}

/*
 * What it complained of, without the names that it knows the file and itself by. What it could not make
 * it wants to delete, which it cannot, and says that first.
 */
static const char *complaint(char *words, const char *file)
{
	static const char deleting[] = "Error when deleting file";
	char *line;

	while ((line = strsep(&words, "\r\n"))) {
		line = without(line, PROGRAM);
		if (*line && strncmp(line, deleting, sizeof(deleting) - 1) != 0)
			return without(line, file);
	}
	return NULL;
}

/* Waits for it. */
static int await(pid_t pid, int words, const char *file, struct err *e)
{
	char b[WORDS_MAX + 1];
	const char *line;
	int status;
	ssize_t n;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "waitpid");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	n = pread_full(words, b, WORDS_MAX, 0);
	b[n > 0 ? n : 0] = '\0';
	line = complaint(b, file);
	if (line)
		return err_set(e, strstr(line, strerror(ENOSPC)) ? ENOSPC : EIO, "%s", line);
	return WIFSIGNALED(status) ? err_set(e, EIO, PROGRAM " was killed by signal %d", WTERMSIG(status))
				   : err_set(e, EIO, PROGRAM " ended with status %d", WEXITSTATUS(status));
}

/* What it may touch beside what it consists of: the one file. Without Landlock: -1. */
static int make_ruleset(const char *program, int fd)
{
	struct err ignored;
	CLEANUP(fd_close) int rs = sandbox_ruleset(program, false, &ignored);

	if (rs >= 0 && sandbox_allow_resize(rs, fd, &ignored) < 0)
		return -1;
	return TAKE_FD(rs);
}

/* A vhd's size would else be rounded to a geometry of the nineties. */
static char *options_for(const struct image_new *n)
{
	const char *own = n->options ? n->options : "";

	if (strcmp(n->format, "vpc") != 0 || has_option(own, "force_size"))
		return n->options ? xstrdup(own) : NULL;
	return xasprintf("force_size=on%s%s", *own ? "," : "", own);
}

static int run_program(int fd, const struct image_new *n, struct err *e)
{
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;
	CLEANUP(birth_fds_release) struct birth_fds fds = { NULL, 0 };
	CLEANUP(free) char *program = find_program(n, e);
	CLEANUP(free) char *file = xasprintf("/proc/self/fd/%d", fd);
	CLEANUP(free) char *options = options_for(n);
	CLEANUP(fd_close) int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CLEANUP(fd_close) int words = memfd_create("words", MFD_CLOEXEC);
	CLEANUP(fd_close) int ruleset = program ? make_ruleset(program, fd) : -1;
	struct birth b = { .program = program, .fds = &fds, .out = words, .null = null, .ruleset = ruleset };
	pid_t pid;

	if (!program)
		return -1;
	if (null < 0 || words < 0)
		return err_sys(e, "cannot run " PROGRAM);
	strvec_add(&argv, PROGRAM);
	strvec_add(&argv, "create");
	strvec_add(&argv, "-q");
	strvec_add(&argv, "-f");
	strvec_add(&argv, n->format);
	if (options) {
		strvec_add(&argv, "-o");
		strvec_add(&argv, options);
	}
	strvec_add(&argv, file);
	strvec_addf(&argv, "%" PRIu64, whole_sectors(n));
	b.argv = argv.v;
	birth_keep(&fds, fd);
	pid = birth(&b, e);
	return pid ? await(pid, words, file, e) : -1;
}

/* Is it what was wished for? */
static int check_made(int fd, const struct image_new *n, struct err *e)
{
	CLEANUP(image_header_release) struct image_header h = { 0 };
	char shown[IMAGE_NAME_SHOWN_MAX];
	struct image_source src = { .fd = fd, .name = image_name_shown(n->path, shown) };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat");
	src.size = (uint64_t)st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &src.size) < 0)
		return err_sys(e, "BLKGETSIZE64");
	if (image_header_read(&src, n->format, &h, e) < 0)
		return -1;
	return h.virtual_size >= n->size
		       ? 0
		       : err_set(e, EIO, "it has only %" PRIu64 " of %" PRIu64 " bytes", h.virtual_size, n->size);
}

int image_create(int fd, const struct image_new *n, struct err *e)
{
	if (image_create_check(n, e) < 0)
		return -1;
	if ((is_plain(n) ? make_plain(fd, n, e) : run_program(fd, n, e)) < 0 || check_made(fd, n, e) < 0)
		return cannot(n, e);
	return 0;
}
