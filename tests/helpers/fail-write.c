/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into qemu, or into a tool: counts the calls that change or flush one file, and lets one
 * go wrong.
 *
 *   FAIL_WRITE_INODE   of that file, or
 *   FAIL_WRITE_PATH    its path, for one that is not there yet
 *   FAIL_WRITE_ALONE   what the program starts is not to have this
 *   FAIL_WRITE_AT      the number of the call, from 1 on; 0: none, only count
 *   FAIL_WRITE_HOW     kill: qemu dies. torn: it dies with half of the write done. tool: who
 *                      started it dies. eio, enospc: this call and all after it fail
 *
 * At the end it says on stderr how many calls there were; of qemu's the tools show that with -v.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at);
ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at);
int fdatasync(int fd);
int fallocate64(int fd, int mode, off64_t at, off64_t n);
int ftruncate64(int fd, off64_t n);

static atomic_ulong calls;

static unsigned long number(const char *name)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 10) : 0;
}

static bool how_is(const char *word)
{
	const char *s = getenv("FAIL_WRITE_HOW");

	return s && !strcmp(s, word);
}

static void die(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* Is it the file whose calls count? */
static bool is_meant(int fd)
{
	const char *want = getenv("FAIL_WRITE_PATH");
	char link[32], path[4096];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (!want)
		return st.st_ino == number("FAIL_WRITE_INODE");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return !strcmp(path, want);
}

static void __attribute__((constructor)) begin(void)
{
	if (getenv("FAIL_WRITE_ALONE"))
		unsetenv("LD_PRELOAD");
}

/* One more call on a descriptor: 0, or the errno that it is to fail with. *ret_torn: half of it. */
static int count(int fd, bool *ret_torn)
{
	unsigned long at = number("FAIL_WRITE_AT"), nr;

	*ret_torn = false;
	if (!is_meant(fd))
		return 0;
	nr = atomic_fetch_add(&calls, 1) + 1;
	if (!at || nr < at)
		return 0;
	if (how_is("eio") || how_is("enospc"))
		return how_is("eio") ? EIO : ENOSPC;
	if (nr != at)
		return 0;
	if (how_is("tool"))
		kill(getppid(), SIGKILL);
	else if (how_is("torn"))
		*ret_torn = true;
	else
		die();
	return 0;
}

static void *next(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (!p)
		abort();
	return p;
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	ssize_t (*real)(int, const void *, size_t, off64_t) = next("pwrite64");
	bool torn;
	int no = count(fd, &torn);

	if (torn) {
		real(fd, p, n / 2, at);
		die();
	}
	errno = no;
	return no ? -1 : real(fd, p, n, at);
}

ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
	ssize_t (*real)(int, const struct iovec *, int, off64_t) = next("pwritev64");
	bool torn;
	int no = count(fd, &torn);

	if (torn) {
		real(fd, v, (n + 1) / 2, at);
		die();
	}
	errno = no;
	return no ? -1 : real(fd, v, n, at);
}

int fdatasync(int fd)
{
	int (*real)(int) = next("fdatasync");
	bool torn;
	int no = count(fd, &torn);

	errno = no;
	return no ? -1 : real(fd);
}

int fallocate64(int fd, int mode, off64_t at, off64_t n)
{
	int (*real)(int, int, off64_t, off64_t) = next("fallocate64");
	bool torn;
	int no = count(fd, &torn);

	errno = no;
	return no ? -1 : real(fd, mode, at, n);
}

int ftruncate64(int fd, off64_t n)
{
	int (*real)(int, off64_t) = next("ftruncate64");
	bool torn;
	int no = count(fd, &torn);

	errno = no;
	return no ? -1 : real(fd, n);
}

/* The same functions by the names that programs use that were built another way. */
ssize_t pwrite(int fd, const void *p, size_t n, off_t at) __attribute__((alias("pwrite64")));
int fallocate(int fd, int mode, off_t at, off_t n) __attribute__((alias("fallocate64")));
int ftruncate(int fd, off_t n) __attribute__((alias("ftruncate64")));

static void __attribute__((destructor)) tell(void)
{
	fprintf(stderr, "fail-write: %lu calls\n", (unsigned long)atomic_load(&calls));
}
