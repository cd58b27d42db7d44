/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The streams of bytes in a call, and the words in between. See serve.c. */
#include "serve.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"

#define TX_MAX	    (64u << 10) /* frames are written at the latest when they are this much */
#define CHECK_EVERY 32		/* calls of check_cancel() for one look at the channel */
#define PROGRESS_NS (200 * 1000 * 1000) /* between two messages */
#define LOG_MAX	    4096		/* bytes of a log line */
#define BLOCK	    4096u		/* what O_DIRECT wants lengths to be multiples of */

/* The call is to end where the tool says so. */
static int call_cancelled(const struct guestd *g, struct err *e)
{
	return g->cancelled ? err_set(e, ECANCELED, "cancelled") : 0;
}

/* Looks, without waiting, at what the tool has sent in between. */
static int look(struct guestd *g, struct err *e)
{
	struct frame f;
	int r;

	while ((r = channel_next(g, false, &f, e)) == 1) {
		r = channel_side(g, &f, e);
		if (r > 0)
			g->serve->used = 0; /* stream_next() will find it again */
		if (r)
			break;
	}
	return r < 0 ? -1 : call_cancelled(g, e);
}

int check_cancel(struct guestd *g, struct err *e)
{
	if (g->cancelled)
		return call_cancelled(g, e);
	return ++g->serve->checks % CHECK_EVERY ? 0 : look(g, e);
}

/* ---- out */

/* Makes a frame of what is pending. */
int stream_pending(struct guestd *g, struct err *e)
{
	struct serve *s = g->serve;
	wire_msg_data m = { { s->pending.len, (uint8_t *)s->pending.data } };
	int r;

	if (!s->pending.len)
		return 0;
	r = s->mute ? 0 : channel_msg(g, FRAME_DATA, &m, e);
	s->pending.len = 0;
	return r;
}

/* Writes the frames once they are worth it, and sees whether the tool still wants more. */
static int stream_flush(struct guestd *g, size_t at_least, struct err *e)
{
	if (g->serve->tx.len < at_least)
		return 0;
	return channel_flush(g, e) || look(g, e) ? -1 : 0;
}

/* Bytes that travel in frames. */
static int stream_inline(struct guestd *g, const char *p, size_t n, struct err *e)
{
	struct serve *s = g->serve;

	while (n) {
		size_t room = STREAM_INLINE_MAX - s->pending.len;
		size_t now = n < room ? n : room;

		buf_add(&s->pending, p, now);
		p += now;
		n -= now;
		if (s->pending.len == STREAM_INLINE_MAX &&
		    (stream_pending(g, e) || stream_flush(g, TX_MAX, e)))
			return -1;
	}
	return 0;
}

/* Waits until a slot is free. */
static int wait_slot(struct guestd *g, struct err *e)
{
	struct frame f;

	while (g->ring_next - g->ring_acked >= RING_SLOTS)
		if (channel_next(g, true, &f, e) < 0 || channel_side(g, &f, e) < 0 ||
		    call_cancelled(g, e))
			return -1;
	return 0;
}

int stream_slot(struct guestd *g, size_t n, struct err *e)
{
	wire_msg_slot m = { .slot = g->ring_next % RING_SLOTS, .length = n };
	size_t padded = (n + BLOCK - 1) & ~(size_t)(BLOCK - 1);

	if (n <= STREAM_INLINE_MAX || g->ring < 0)
		return stream_inline(g, g->ring_buf, n, e);
	if (stream_pending(g, e) || stream_flush(g, 1, e) || wait_slot(g, e))
		return -1;
	ssize_t r = pwrite(g->ring, g->ring_buf, padded, (off_t)m.slot * RING_SLOT);
	if (r != (ssize_t)padded)
		return r < 0 ? err_sys(e, "write to the ring")
			     : err_set(e, EIO, "write to the ring: short");
	if (g->serve->mute)
		return 0;
	g->ring_next++;
	return channel_msg(g, FRAME_SLOT, &m, e) || stream_flush(g, 1, e) ? -1 : 0;
}

int stream_data(struct guestd *g, const void *p, size_t n, struct err *e)
{
	const char *c = p;

	while (g->ring >= 0 && n > STREAM_INLINE_MAX) {
		size_t now = n < RING_SLOT ? n : RING_SLOT;

		memcpy(g->ring_buf, c, now);
		if (stream_slot(g, now, e))
			return -1;
		c += now;
		n -= now;
	}
	return stream_inline(g, c, n, e);
}

int stream_hole(struct guestd *g, uint64_t n, struct err *e)
{
	wire_msg_hole m = { .length = n };

	if (!n)
		return 0;
	if (stream_pending(g, e) || (!g->serve->mute && channel_msg(g, FRAME_HOLE, &m, e)))
		return -1;
	return stream_flush(g, TX_MAX, e);
}

/* ---- in */

/* The piece that was lent to the handler is not needed any more. */
void stream_piece_free(struct serve *s)
{
	frame_msg_free(&s->piece, &s->piece_msg);
	s->piece = (struct frame){ .kind = FRAME_ALIVE };
}

/* Fetches a slot's content and gives the slot back. */
static int64_t piece_slot(struct guestd *g, const wire_msg_slot *m, struct err *e)
{
	size_t padded = ((size_t)m->length + BLOCK - 1) & ~(size_t)(BLOCK - 1);
	wire_msg_ack ack = { .slot = m->slot };

	if (g->ring < 0 || m->slot >= RING_SLOTS || m->length > RING_SLOT || !m->length)
		return err_set(e, EPROTO, "slot %u of %u bytes", m->slot, m->length);
	ssize_t r = pread(g->ring, g->ring_buf, padded, (off_t)m->slot * RING_SLOT);
	if (r < (ssize_t)m->length)
		return r < 0 ? err_sys(e, "read from the ring")
			     : err_set(e, EIO, "read from the ring: short");
	return channel_msg(g, FRAME_ACK, &ack, e) || channel_flush(g, e) ? -1 : (int64_t)m->length;
}

/* What the piece in hand holds; 0 is the stream's end, or a hole of nothing. */
static int64_t piece_content(struct guestd *g, const void **ret_p, struct err *e)
{
	struct serve *s = g->serve;
	const union frame_msg *m = &s->piece_msg;

	if (s->piece.kind == FRAME_DATA) {
		s->in_ended = !m->data.data.len;
		*ret_p = m->data.data.data;
		return m->data.data.len;
	}
	if (s->piece.kind == FRAME_SLOT) {
		*ret_p = g->ring_buf;
		return piece_slot(g, &m->slot, e);
	}
	*ret_p = NULL;
	if (m->hole.length > INT64_MAX)
		return err_set(e, EFBIG, "hole of %llu bytes", (unsigned long long)m->hole.length);
	return (int64_t)m->hole.length;
}

int64_t stream_next(struct guestd *g, const void **ret_p, struct err *e)
{
	struct serve *s = g->serve;

	while (!s->in_ended) {
		struct frame f;
		int r = channel_next(g, true, &f, e);

		if (r < 0 || (r = channel_side(g, &f, e)) < 0 || call_cancelled(g, e))
			return -1;
		if (!r)
			continue;
		stream_piece_free(s);
		if (frame_msg(&f, &s->piece_msg, e))
			return -1;
		s->piece = f;
		int64_t n = piece_content(g, ret_p, e);
		if (n)
			return n;
	}
	return 0;
}

/* ---- words in between */

void progress(struct guestd *g, uint64_t position, uint64_t total)
{
	struct serve *s = g->serve;
	wire_msg_progress m = { .position = position, .total = total };
	int64_t now = now_ns();
	struct err ignored; /* a channel that is gone shows in what the call does next */

	if (!s->progress_ns)
		s->progress_ns = now;
	if (s->mute || now - s->progress_ns < PROGRESS_NS)
		return;
	s->progress_ns = now;
	if (!channel_msg(g, FRAME_PROGRESS, &m, &ignored))
		channel_flush(g, &ignored);
}

void log_line(struct guestd *g, const char *fmt, ...)
{
	char line[LOG_MAX];
	wire_msg_log m = { .text = line };
	struct err ignored;
	va_list ap;

	if (!g->serve)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (!channel_msg(g, FRAME_LOG, &m, &ignored))
		channel_flush(g, &ignored);
}

void serve_mute(struct guestd *g, bool mute)
{
	g->serve->mute = mute;
}
