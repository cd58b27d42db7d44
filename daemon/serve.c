/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation
 *
 * One conversation over one channel, one call at a time. This file alone
 * decodes, checks policy, calls, encodes and frees; a handler sees its
 * arguments, its results and a struct err.
 *
 *      tool                                   guestd
 *       | <------------------------- READY ---- |  once
 *       | ---- CALL 7, read_file -------------> |  decode, policy, do_read_file()
 *       | <------------ DATA | SLOT | HOLE ---- |  a stream out ...
 *       | ---- ACK of a slot -----------------> |
 *       | <------------------------- ALIVE ---- |  each second, from the second thread
 *       | ---- CANCEL 7 ----------------------> |  seen by the next look at the channel
 *       | <------------- REPLY 7 | ERROR 7 ---- |  ... which ends with the call
 *       | ---- CALL 8, write_file ------------> |
 *       | ---- DATA | SLOT | HOLE | no DATA --> |  a stream in; empty DATA is its end
 *       | <-------------- ACK | REPLY 8 ------- |
 *
 * Bulk data goes through the ring, a disk on memory that the tool maps:
 *
 *       ring_acked            ring_next         counted for ever; slot = count % 8
 *           v                     v
 *       [ 4 | 5 | 6 | 7 | 0 | 1 | . | . ]       outstanding: at most all of them
 *
 * Each SLOT frame names a slot; its ACK gives it back. A call starts with every
 * slot its own: ACKs of an older serial come too late and are ignored, as are
 * CANCEL and stream frames of an older serial, which the tool had sent before it
 * saw the error that ended its call. Everything else that is out of place ends
 * the conversation: an end that is confused cannot be believed again.
 *
 * Frames to the tool gather in tx and are written together: a small file's data
 * and its reply are one write. Pieces of a stream gather in pending until they
 * fill a frame. Handlers that run long look for a CANCEL by check_cancel().
 *
 * The second thread is for calls that block in a mount or a program. It sleeps on
 * a timer that each call winds up and that nobody stops, since a short call is
 * over long before: it costs a call one system call, and an idle daemon nothing.
 * It shares the channel's writing end, under one lock, and nothing else.
 */
#include "serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mounts.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* ---- the handlers, as a table */

#define PROC(name, policy, args, rets, doc)                                                 \
	/* do_NAME() with the table's types. */                                             \
	static int call_##name(struct guestd *g, const void *a, void *r, struct err *e)     \
	{                                                                                   \
		return do_##name(g, a, r, e);                                               \
	}
#define PROC_OUT PROC
#define PROC_IN PROC
#include "proto/calls.def"
#undef PROC

/* The argument "device" of a call, NULL where it has none. */
#define F(type, name)                  \
	if (!strcmp(#name, "device"))  \
		device = _Generic(a->name, char *: a->name, default: NULL);
#define PROC(name, policy, args, rets, doc)                  \
	static const char *device_##name(const void *p)      \
	{                                                    \
		const struct name##_args *a = p;             \
		const char *device = NULL;                   \
		(void)a;                                     \
		args return device;                          \
	}
#include "proto/calls.def"
#undef PROC
#undef F

static const struct {
	int (*call)(struct guestd *g, const void *a, void *r, struct err *e);
	const char *(*device)(const void *a);
} handlers[PROC_COUNT] = {
#define PROC(name, policy, args, rets, doc) [PROC_##name] = { call_##name, device_##name },
#include "proto/calls.def"
#undef PROC
#undef PROC_OUT
#undef PROC_IN
};

/* ---- calls */

/* The errno and words of a failed call. */
static int tx_error(struct guestd *g, struct err *why, struct err *e)
{
	/* Only read: an encoded string is not const in its record. */
	wire_msg_error m = { .no = (char *)(uintptr_t)errno_name(why->no), .text = why->msg };

	return channel_msg(g, FRAME_ERROR, &m, e);
}

/* The first eight bytes of hello: they must mean the same in all versions there will ever be. */
static int check_hash(const struct frame *f, struct err *e)
{
	uint64_t hash = 0;

	for (size_t i = 0; i < 8 && i < f->body_len; i++)
		hash = hash << 8 | f->body[i];
	if (f->body_len >= 8 && hash == proto_hash())
		return 0;
	return err_set(e, EPROTONOSUPPORT,
		       "appliance was built from another version of guestutils (it has %s)",
		       PACKAGE_VERSION);
}

/* What the call's row demands of the session. */
static int check_policy(struct guestd *g, enum proc_nr nr, const void *args, struct err *e)
{
	unsigned policy = procs[nr].policy;
	const char *device = policy & P_OFFLINE ? handlers[nr].device(args) : NULL;

	if (policy & P_WRITE && !g->writable)
		return err_set(e, EROFS, "session is read-only");
	if (policy & P_MOUNTED && g->sysroot < 0)
		return err_set(e, EINVAL, "no file system is mounted as the guest's root");
	if (policy & P_TEST && !g->tests)
		return err_set(e, EPERM, "'%s' is for tests only", procs[nr].name);
	if (device && device_is_mounted(g, device))
		return err_set(e, EBUSY, "'%s' is mounted", device);
	return 0;
}

/* Decodes, checks, calls; *args and *ret are zeroed structs of their row. */
static int run_call(struct guestd *g, const struct frame *f, void *args, void *ret, struct err *e)
{
	const struct proc *p = &procs[f->proc];
	int r;

	if (f->proc == PROC_hello && check_hash(f, e))
		return -1;
	r = frame_decode(f->body, f->body_len, p->args.xdr, args, p->name, e);
	/* The body lies in our own buffer, and is of no more use. */
	if (p->policy & P_SECRET)
		explicit_bzero((void *)(uintptr_t)f->body, f->body_len);
	if (r < 0)
		return -1;
	if (check_policy(g, f->proc, args, e))
		return -1;
	return handlers[f->proc].call(g, args, ret, e);
}

/* Runs a call and leaves its answer in tx; fails only where not even an error can be told. */
static int answer(struct guestd *g, const struct frame *f, struct err *e)
{
	struct err why = ERR_INIT;
	const struct proc *p;
	int r;

	if (f->proc >= PROC_COUNT) {
		err_set(&why, ENOSYS, "no call has number %u", f->proc);
		return tx_error(g, &why, e);
	}
	p = &procs[f->proc];
	g->serve->stream = p->stream;
	CLEANUP(free) void *args = xcalloc(1, p->args.size);
	CLEANUP(free) void *ret = xcalloc(1, p->ret.size);
	r = run_call(g, f, args, ret, &why);
	/* What a failed call has sent so far is the tool's to use: records before a bad folder. */
	if (!g->serve->gone && stream_pending(g, e))
		return -1;
	if (!r)
		r = channel_add(g, FRAME_REPLY, p->ret.xdr, ret, &why);
	if (r)
		r = tx_error(g, &why, e);
	proto_free(&p->args, args);
	proto_free(&p->ret, ret);
	return r;
}

/* One call from its frame to its answer; -1 where the channel is gone. */
static int one_call(struct guestd *g, const struct frame *f, struct err *e)
{
	struct serve *s = g->serve;
	int r;

	g->serial = f->serial;
	g->in_call = true;
	g->cancelled = false;
	g->ring_acked = g->ring_next;
	s->in_ended = false;
	s->progress_ns = 0;
	s->checks = 0;
	beat_set(s, true, f->serial, false);
	r = answer(g, f, e);
	beat_set(s, false, 0, false);
	stream_piece_free(s);
	s->pending.len = 0;
	if (!r)
		r = s->gone ? err_set(e, EPIPE, "the tool has gone in the middle of a call")
			    : channel_flush(g, e);
	g->in_call = false;
	return r;
}

/* Between calls: what is late is ignored, what makes no sense ends the conversation. */
static int idle_frame(struct guestd *g, const struct frame *f, struct err *e)
{
	switch (f->kind) {
	case FRAME_CALL:
		return one_call(g, f, e);
	case FRAME_CANCEL:
	case FRAME_ACK:
	case FRAME_DATA:
	case FRAME_SLOT:
	case FRAME_HOLE:
		return 0;
	default:
		return err_set(e, EPROTO, "'%s' frame from the tool", frame_bodies[f->kind].name);
	}
}

/* The conversation. */
static int converse(struct guestd *g, struct err *e)
{
	struct frame f;

	if (channel_add(g, FRAME_READY, NULL, NULL, e) || channel_flush(g, e))
		return -1;
	while (!g->stop) {
		if (channel_next(g, true, &f, e) < 0)
			/* The end between two calls is a good end. */
			return g->serve->gone && e->no == EPIPE && !g->in.len ? 0 : -1;
		if (idle_frame(g, &f, e))
			return -1;
	}
	return 0;
}

int serve(struct guestd *g, struct err *e)
{
	struct serve s = { .piece.kind = FRAME_ALIVE };
	struct stat st;
	int r = -1;

	if (fstat(g->channel, &st))
		return err_sys(e, "fstat of the channel");
	s.is_port = S_ISCHR(st.st_mode);
	g->serve = &s;
	if (!beat_start(g, e)) {
		r = converse(g, e);
		beat_stop(&s);
	}
	g->serve = NULL;
	buf_release(&s.tx);
	buf_release(&s.pending);
	return r;
}
