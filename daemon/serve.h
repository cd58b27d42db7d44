/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's insides: what serve.c, channel.c, stream.c and beat.c share. The
 * rest of the daemon sees guestd.h, and do_session.c the last two functions.
 */
#ifndef DAEMON_SERVE_H
#define DAEMON_SERVE_H

#include <pthread.h>
#include <stdbool.h>

#include "guestd.h"

struct serve {
	bool is_port;        /* a read of 0 bytes means that nobody is connected, not the end */
	bool gone;           /* the channel ended or failed */
	size_t used;         /* bytes of the frame in hand at the front of g->in */
	struct buf tx;       /* frames that are not written yet */
	struct buf pending;  /* bytes of the outgoing stream that are not in a frame yet */
	bool mute;
	unsigned checks;     /* calls of check_cancel() */
	int64_t progress_ns; /* when progress was told last; 0: not in this call */
	enum proc_stream stream;
	bool in_ended;       /* the incoming stream's end was seen */
	struct frame piece;  /* the incoming piece in hand, lent to the handler */
	union frame_msg piece_msg;

	pthread_t beat;
	int timer;
	pthread_mutex_t lock; /* of the channel's writing end and of what is below */
	bool busy, quit, silent;
	uint32_t serial;
};

/* channel.c */

/* Adds a frame of the call in progress to tx; xdr, or NULL, encodes v as its body. */
int channel_add(struct guestd *g, enum frame_kind kind, bool (*xdr)(XDR *, void *), const void *v,
		struct err *e);
/* The same with the record that belongs to the kind. */
int channel_msg(struct guestd *g, enum frame_kind kind, const void *msg, struct err *e);
/* Writes tx. */
int channel_flush(struct guestd *g, struct err *e);
/* The next frame, which is valid until the next one: 1, 0 none (only without wait), or -1. */
int channel_next(struct guestd *g, bool wait, struct frame *ret_f, struct err *e);
/* Deals with a frame in the middle of a call: 1 it is of the incoming stream, 0 it is done, -1. */
int channel_side(struct guestd *g, const struct frame *f, struct err *e);

/* stream.c */

/* Makes a frame of what is pending. */
int stream_pending(struct guestd *g, struct err *e);
/* What was lent to the handler is not needed any more. */
void stream_piece_free(struct serve *s);

/* beat.c */

/* Starts the thread, with every signal left to the first one. */
int beat_start(struct guestd *g, struct err *e);
/* A call begins, ends, or with quit the thread does. */
void beat_set(struct serve *s, bool busy, uint32_t serial, bool quit);
void beat_stop(struct serve *s);

/* While muted, streams go through all their code but for the last step to the tool. */
void serve_mute(struct guestd *g, bool mute);
/* Never sends a heartbeat again: a daemon that hangs, for tests. */
void serve_silence(struct guestd *g);

#endif
