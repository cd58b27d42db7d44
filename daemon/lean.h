/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Little memory for a long job. What the kernel caches of a disk is memory of qemu's that no other
 * process has, and stays so: a page that was used once is not given back. So what is clean is dropped
 * before others are taken, while the job runs.
 */
#ifndef DAEMON_LEAN_H
#define DAEMON_LEAN_H

#include <pthread.h>
#include <stdbool.h>

/* One job. */
struct lean {
	pthread_t thread;
	int stop; /* an eventfd */
	bool runs;
};

/* Where it cannot be done it is not: the job takes more memory then. */
void lean_begin(struct lean *l);
void lean_end(struct lean *l);

#endif
