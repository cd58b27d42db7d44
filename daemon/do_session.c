/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls about the session itself: its start, its end, and getting ready to be copied. */
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "disks.h"
#include "guestd.h"
#include "mounts.h"
#include "run.h"
#include "serve.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define SEED_MIN 16
#define SEED_MAX 512

/*
 * Makes what the tool sent, bits of it counted as entropy, part of the kernel's
 * randomness, and has the kernel use it from now on: before this, every copy of
 * a template would make the same "random" numbers.
 */
static int credit_seed(const void *seed, size_t n, int bits, struct err *e)
{
	CLEANUP(fd_close) int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	union {
		struct rand_pool_info info;
		char room[sizeof(struct rand_pool_info) + SEED_MAX];
	} u;

	if (fd < 0)
		return err_sys(e, "open '/dev/urandom'");
	u.info.entropy_count = bits;
	u.info.buf_size = n;
	memcpy(u.info.buf, seed, n);
	if (ioctl(fd, RNDADDENTROPY, &u.info) || ioctl(fd, RNDRESEEDCRNG))
		return err_sys(e, "renew the kernel's randomness");
	return 0;
}

/* A clock that is wrong by years would be written into every file system. */
static int set_clock(int64_t sec, uint32_t nsec, struct err *e)
{
	struct timespec t = { .tv_sec = sec, .tv_nsec = nsec };

	return clock_settime(CLOCK_REALTIME, &t) ? err_sys(e, "set the clock") : 0;
}

int do_hello(struct guestd *g, const struct hello_args *a, struct hello_ret *r, struct err *e)
{
	struct utsname u;

	/* The hash was checked before the arguments were decoded. */
	if (a->seed.len < SEED_MIN || a->seed.len > SEED_MAX)
		return err_set(e, EINVAL, "seed of %u bytes", a->seed.len);
	if (!g->on_host && (credit_seed(a->seed.data, a->seed.len, (int)a->seed.len * 8, e) ||
			    set_clock(a->sec, a->nsec, e)))
		return -1;
	g->writable = a->writable;
	if (!g->on_host && disks_take(g, &a->disks, e))
		return -1;
	uname(&u);
	r->version = xstrdup(PACKAGE_VERSION);
	r->kernel = xstrdup(u.release);
	return 0;
}

/* Reads, lists and walks the appliance as if it were a guest, with nobody listening. */
static int warm_files(struct guestd *g, uint32_t *paths, struct err *e)
{
	struct read_file_args small = { .path = (char[]){ "/etc/passwd" } };
	struct read_file_args large = { .path = (char[]){ "/usr/sbin/guestd" } };
	struct list_dir_args dir = { .path = (char[]){ "/etc" } };
	struct walk_args walk = { .path = (char[]){ "/etc" },
				  .recursive = true,
				  .parents = true,
				  .checksum = (char[]){ "" } };
	struct stat_args one = { .path = (char[]){ "/etc/passwd" }, .follow = true };
	struct read_file_ret read_ret;
	struct list_dir_ret dir_ret;
	struct walk_ret walk_ret;
	struct stat_ret stat_ret = { .entry.n = 0 };
	int r;

	r = do_read_file(g, &small, &read_ret, e) || do_read_file(g, &large, &read_ret, e) ||
	    do_list_dir(g, &dir, &dir_ret, e) || do_walk(g, &walk, &walk_ret, e) ||
	    do_stat(g, &one, &stat_ret, e);
	proto_free(&procs[PROC_stat].ret, &stat_ret);
	*paths += 5;
	return r ? -1 : 0;
}

/* Renews randomness and clock with what they are: hello's code without its effect. */
static int warm_hello(uint32_t *paths, struct err *e)
{
	unsigned char seed[SEED_MIN];
	struct timespec t;

	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed) ||
	    clock_gettime(CLOCK_REALTIME, &t))
		return err_sys(e, "getrandom");
	*paths += 2;
	return credit_seed(seed, sizeof(seed), 0, e) || set_clock(t.tv_sec, t.tv_nsec, e) ? -1 : 0;
}

int do_warm(struct guestd *g, const struct warm_args *a, struct warm_ret *r, struct err *e)
{
	CLEANUP(fd_close) int root = -1;
	int sysroot = g->sysroot;
	int res;

	r->paths = 0;
	if (g->on_host)
		return 0;
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return err_sys(e, "open '/'");
	g->sysroot = root;
	serve_mute(g, true);
	res = warm_hello(&r->paths, e) || warm_files(g, &r->paths, e) ? -1 : 0;
	serve_mute(g, false);
	g->sysroot = sysroot;
	return res || storage_warm(g, a->programs, e) ? -1 : 0;
}

int do_shutdown(struct guestd *g, const struct shutdown_args *a, struct shutdown_ret *r,
		struct err *e)
{
	(void)a;
	(void)r;
	if (!g->on_host && (mounts_release(g, e) || disks_flush(g, e)))
		return -1;
	g->stop = true;
	return 0;
}

/* One word into a file of /proc. */
static int proc_write(const char *path, const char *word, struct err *e)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write_full(fd, word, strlen(word)))
		return err_sys(e, "write '%s'", path);
	return 0;
}

/* Does nothing for ever, and does it busily: what a loop in a handler looks like. */
static __attribute__((noreturn)) void spin(void)
{
	for (volatile unsigned long i = 0;; i++)
		;
}

/*
 * panic: the kernel dies. exit: the daemon does. hang: nothing more is heard of
 * it. spin: it does not answer, but its heart goes on.
 */
int do_crash(struct guestd *g, const struct crash_args *a, struct crash_ret *r, struct err *e)
{
	(void)r;
	if (!strcmp(a->how, "exit"))
		_exit(1);
	if (!strcmp(a->how, "hang"))
		serve_silence(g);
	if (!strcmp(a->how, "hang") || !strcmp(a->how, "spin"))
		spin();
	if (strcmp(a->how, "panic"))
		return err_set(e, EINVAL, "'%s' is not panic, exit, hang or spin", a->how);
	if (g->on_host)
		return err_set(e, EPERM, "no panic on a host");
	if (proc_write("/proc/sys/kernel/sysrq", "1", e))
		return -1;
	return proc_write("/proc/sysrq-trigger", "c", e);
}
