/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The heartbeat: the second thread of serve.c's essay. */
#include "serve.h"

#include <errno.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"

/* One beat, or the end of the timer's work until the next call winds it up. */
static void beat_once(struct guestd *g, struct buf *b)
{
	struct serve *s = g->serve;
	struct frame f = { .kind = FRAME_ALIVE, .serial = s->serial };
	const struct itimerspec stop = { 0 };
	struct err ignored;

	b->len = 0;
	if (!s->busy)
		timerfd_settime(s->timer, 0, &stop, NULL);
	else if (!s->silent && !frame_add(b, &f, NULL, NULL, &ignored) &&
		 write_full(g->channel, b->data, b->len))
		s->busy = false; /* the other thread will notice by itself */
}

/* The second thread. */
static void *beat_run(void *p)
{
	struct guestd *g = p;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	uint64_t ticks;

	for (bool quit = false; !quit;) {
		if (read(g->serve->timer, &ticks, sizeof(ticks)) < 0 && errno != EINTR)
			break;
		pthread_mutex_lock(&g->serve->lock);
		quit = g->serve->quit;
		if (!quit)
			beat_once(g, &b);
		pthread_mutex_unlock(&g->serve->lock);
	}
	return NULL;
}

/* Winds the timer up, or with quit makes it fire at once. */
void beat_set(struct serve *s, bool busy, uint32_t serial, bool quit)
{
	const struct itimerspec each_second = { .it_interval.tv_sec = 1,
						.it_value.tv_sec = quit ? 0 : 1,
						.it_value.tv_nsec = quit };

	pthread_mutex_lock(&s->lock);
	s->busy = busy;
	s->serial = serial;
	s->quit = quit;
	pthread_mutex_unlock(&s->lock);
	if (busy || quit)
		timerfd_settime(s->timer, 0, &each_second, NULL);
}

/* Starts the thread, with every signal left to the first one. */
int beat_start(struct guestd *g, struct err *e)
{
	struct serve *s = g->serve;
	sigset_t all, old;

	s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (s->timer < 0)
		return err_sys(e, "timerfd_create");
	pthread_mutex_init(&s->lock, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(&s->beat, NULL, beat_run, g);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!errno)
		return 0;
	err_sys(e, "pthread_create");
	fd_close(s->timer);
	return -1;
}

void beat_stop(struct serve *s)
{
	beat_set(s, false, 0, true);
	pthread_join(s->beat, NULL);
	pthread_mutex_destroy(&s->lock);
	fd_close(s->timer);
}

void serve_silence(struct guestd *g)
{
	pthread_mutex_lock(&g->serve->lock);
	g->serve->silent = true;
	pthread_mutex_unlock(&g->serve->lock);
}
