/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames over the channel, both ways, as serve.c tells. */
#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"

#define READ_SIZE (64u << 10)

/* ---- frames to the tool */

int channel_flush(struct guestd *g, struct err *e)
{
	struct serve *s = g->serve;
	int r;

	if (!s->tx.len)
		return 0;
	pthread_mutex_lock(&s->lock);
	r = write_full(g->channel, s->tx.data, s->tx.len);
	pthread_mutex_unlock(&s->lock);
	s->tx.len = 0;
	if (r < 0) {
		s->gone = true;
		return err_sys(e, "write to the tool");
	}
	return 0;
}

int channel_add(struct guestd *g, enum frame_kind kind, bool (*xdr)(XDR *, void *), const void *v,
		struct err *e)
{
	struct frame f = { .kind = kind, .serial = g->in_call ? g->serial : 0 };

	return frame_add(&g->serve->tx, &f, xdr, v, e);
}

int channel_msg(struct guestd *g, enum frame_kind kind, const void *msg, struct err *e)
{
	return channel_add(g, kind, frame_bodies[kind].xdr, msg, e);
}

/* ---- frames from the tool */

/* Has something come? 1 yes, 0 no. */
static int readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLIN | POLLERR | POLLHUP);
}

/* The end of the channel, or its failure. */
static int gone(struct guestd *g, struct err *e, ssize_t n)
{
	g->serve->gone = true;
	return n < 0 ? err_sys(e, "read from the tool")
		     : err_set(e, EPIPE, "the tool has closed the channel");
}

/* Reads what is there: 1 something came, 0 nothing (only without wait), -1 the channel is gone. */
static int fill(struct guestd *g, bool wait, struct err *e)
{
	const struct timespec nobody = { .tv_nsec = 1000 * 1000 };

	for (;;) {
		if (!wait && !readable(g->channel))
			return 0;
		ssize_t n = read(g->channel, buf_room(&g->in, READ_SIZE), READ_SIZE);

		if (n > 0) {
			g->in.len += n;
			return 1;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || !g->serve->is_port)
			return gone(g, e, n);
		/* A port that nobody is connected to is readable all the time: poll would spin. */
		if (!wait)
			return 0;
		nanosleep(&nobody, NULL);
	}
}

/* The next frame, which is valid until the next one: 1, 0 none (only without wait), or -1. */
int channel_next(struct guestd *g, bool wait, struct frame *ret_f, struct err *e)
{
	struct serve *s = g->serve;

	if (s->used)
		buf_drop(&g->in, s->used);
	s->used = 0;
	for (;;) {
		ssize_t n = frame_parse(g->in.data, g->in.len, ret_f, e);

		if (n > 0)
			s->used = n;
		if (n)
			return n < 0 ? -1 : 1;
		int r = fill(g, wait, e);
		if (r <= 0)
			return r;
	}
}

/* Gives a slot back; they come in the order in which the slots were filled. */
static int take_ack(struct guestd *g, const struct frame *f, struct err *e)
{
	union frame_msg m;

	if (frame_msg(f, &m, e))
		return -1;
	if (g->ring_acked == g->ring_next || m.ack.slot != g->ring_acked % RING_SLOTS)
		return err_set(e, EPROTO, "acknowledgement of slot %u, which is not out",
			       m.ack.slot);
	g->ring_acked++;
	return 0;
}

/* A frame in the middle of a call: 1 it is of the incoming stream, 0 it was dealt with, -1. */
int channel_side(struct guestd *g, const struct frame *f, struct err *e)
{
	bool ours = f->serial == g->serial;

	switch (f->kind) {
	case FRAME_CANCEL:
		g->cancelled |= ours;
		return 0;
	case FRAME_ACK:
		return ours ? take_ack(g, f, e) : 0;
	case FRAME_DATA:
	case FRAME_SLOT:
	case FRAME_HOLE:
		return ours && g->serve->stream == STREAM_IN && !g->serve->in_ended;
	default:
		g->serve->gone = true;
		return err_set(e, EPROTO, "'%s' frame in the middle of a call",
			       frame_bodies[f->kind].name);
	}
}
