/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See interrupt.h. A signal handler gets no context, so this file holds the one
 * session that is interrupted: the only mutable globals of the tools.
 */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "util/cleanup.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static struct session *volatile watched;
static volatile sig_atomic_t caught;

/* Interrupts again, each second: a system call that began just after the signal blocks, too. */
static void again(int sig)
{
	(void)sig;
	alarm(1);
}

static void handle(int sig)
{
	struct session *s = watched;

	if (s)
		session_interrupt(s);
	if (caught || !s) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	caught = sig;
	alarm(1);
}

void interrupt_watch(struct session *s)
{
	/* No SA_RESTART: a write to a pipe that nobody reads must end. */
	struct sigaction sa = { .sa_handler = handle };
	struct sigaction alarms = { .sa_handler = again };
	struct sigaction old;

	watched = s;
	sigemptyset(&sa.sa_mask);
	sigemptyset(&alarms.sa_mask);
	sigaction(SIGALRM, &alarms, NULL);
	for (size_t i = 0; s && i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
	}
}

bool interrupt_caught(void)
{
	return caught;
}

void interrupt_die(void)
{
	if (!caught)
		return;
	signal(caught, SIG_DFL);
	raise(caught);
}
