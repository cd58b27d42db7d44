/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lean.h. Growing an ext4 to 2 TiB writes 128 MiB of bitmaps, none of which is read again. */
#include "lean.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"

#define LOOK_MS	   2
#define TAKEN_MAX  (2u << 20) /* bytes, since the last time that all was dropped */
#define DIRTY	   "4194304"  /* bytes that wait to be written, at the most */
#define DIRTY_SOON "1048576"  /* and from which on they are written */
#define VM	   "/proc/sys/vm/"

static void put(const char *path, const char *value)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* Nothing fails for want of it. */
	if (fd >= 0 && write(fd, value, strlen(value)) < 0)
		return;
}

static uint64_t free_bytes(void)
{
	struct sysinfo s;

	return sysinfo(&s) == 0 ? (uint64_t)s.freeram * s.mem_unit : 0;
}

static void *run(void *p)
{
	const struct lean *l = p;
	struct pollfd stop = { .fd = l->stop, .events = POLLIN };
	uint64_t most = free_bytes();

	while (poll(&stop, 1, LOOK_MS) <= 0) {
		uint64_t now = free_bytes();

		if (now + TAKEN_MAX < most) {
			put(VM "drop_caches", "3");
			most = free_bytes();
		}
		most = now > most ? now : most;
	}
	return NULL;
}

void lean_begin(struct lean *l)
{
	sigset_t all, old;

	l->runs = false;
	l->stop = eventfd(0, EFD_CLOEXEC);
	if (l->stop < 0)
		return;
	put(VM "dirty_background_bytes", DIRTY_SOON);
	put(VM "dirty_bytes", DIRTY);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	l->runs = pthread_create(&l->thread, NULL, run, l) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void lean_end(struct lean *l)
{
	const uint64_t one = 1;

	if (l->runs && write(l->stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(l->thread, NULL);
	fd_close(l->stop);
}
