/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation
 *
 * The tool's side of the conversation with guestd. One call is under way at a
 * time; until its reply (or error) comes, these may come before it:
 *
 *   tool   ---- CALL read_file ---------------------------->  guestd
 *          <--- DATA small pieces | SLOT n, length | HOLE ---
 *          ---- ACK n ------------------------------------->   (slot n is free again)
 *          <--- PROGRESS, LOG, ALIVE -----------------------
 *          <--- REPLY | ERROR ------------------------------
 *
 * A slot's bytes are not in the frame. guestd has written them to its "ring" disk
 * at n * RING_SLOT; qemu has carried them out to a memfd; we have that mapped.
 * For the other direction we write the slot, say SLOT, and get the ACK.
 *
 * What guestd says is not trusted: slot numbers and lengths are checked, frames of
 * other calls are dropped, and a frame that cannot be is the end of the machine.
 */
#include "vm/vm.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "util/io.h"
#include "util/xalloc.h"

#define ZEROES (64u << 10)

/* A call under way. */
struct progress_of_call {
	const struct proc *proc;
	const struct stream *io;
	void *ret;
	bool done;
	bool cancelled; /* we asked guestd to stop, for this reason: */
	struct err reason;
	bool in_ended;	    /* IN: the end was sent */
	unsigned slots_out; /* IN: slots given to guestd so far */
	unsigned acks;	    /* IN: slots it gave back */
	int rc;
};

/* Sends bytes, taking in what comes meanwhile: guestd may be waiting for us to read. */
static int send_bytes(struct vm *vm, const char *p, size_t n, struct err *e)
{
	while (n) {
		ssize_t w = send(vm->rpc, p, n, MSG_NOSIGNAL);
		struct pollfd pf = { vm->rpc, POLLOUT, 0 };

		if (w > 0) {
			p += w;
			n -= w;
			continue;
		}
		if (w < 0 && errno != EAGAIN && errno != EINTR)
			return vm_died(vm, "the appliance ended", e);
		if (poll(&pf, 1, 20) == 0 && vm_step(vm, true, e) < 0)
			return -1;
	}
	return 0;
}

static int send_frame(struct vm *vm, enum frame_kind kind, bool (*xdr)(XDR *, void *),
		      const void *body, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct frame f = { .kind = kind, .serial = vm->serial };

	if (frame_add(&b, &f, xdr, body, e) < 0)
		return -1;
	return send_bytes(vm, b.data, b.len, e);
}

/* Asks guestd to give up the call; its error reply then ends it with our reason. */
static int cancel(struct vm *vm, struct progress_of_call *c, const struct err *reason,
		  struct err *e)
{
	if (c->cancelled)
		return 0;
	c->cancelled = true;
	c->reason = *reason;
	c->in_ended = true;
	return send_frame(vm, FRAME_CANCEL, NULL, NULL, e);
}

/* Hands bytes to the reader of the stream; if it will have no more, the call is cancelled. */
static int give_data(struct vm *vm, struct progress_of_call *c, const void *p, size_t n,
		     struct err *e)
{
	struct err reason = ERR_INIT;

	if (c->cancelled || n == 0 || c->io->data(c->io->ctx, p, n, &reason) == 0)
		return 0;
	return cancel(vm, c, &reason, e);
}

/* The same for zeroes. */
static int give_hole(struct vm *vm, struct progress_of_call *c, uint64_t n, struct err *e)
{
	static const char zeroes[ZEROES];
	struct err reason = ERR_INIT;

	if (c->cancelled)
		return 0;
	if (c->io->hole)
		return c->io->hole(c->io->ctx, n, &reason) == 0 ? 0 : cancel(vm, c, &reason, e);
	while (n && !c->cancelled) {
		size_t k = n < sizeof(zeroes) ? n : sizeof(zeroes);

		if (give_data(vm, c, zeroes, k, e) < 0)
			return -1;
		n -= k;
	}
	return 0;
}

static int give_slot(struct vm *vm, struct progress_of_call *c, const wire_msg_slot *s,
		     struct err *e)
{
	wire_msg_ack ack = { .slot = s->slot };

	if (s->slot >= RING_SLOTS || s->length > RING_SLOT)
		return vm_condemn(vm, EPROTO, "the appliance named a slot that does not exist", e);
	if (give_data(vm, c, vm->ring_map + (size_t)s->slot * RING_SLOT, s->length, e) < 0)
		return -1;
	return send_frame(vm, FRAME_ACK, frame_bodies[FRAME_ACK].xdr, &ack, e);
}

/* Sends the next piece of an incoming stream, if guestd has a slot free. */
static int feed(struct vm *vm, struct progress_of_call *c, struct err *e)
{
	struct err reason = ERR_INIT;
	wire_msg_slot s = { .slot = c->slots_out % RING_SLOTS };
	uint8_t *p = vm->ring_map + (size_t)s.slot * RING_SLOT;
	wire_msg_data inline_data;
	ssize_t n = 0;

	if (c->slots_out - c->acks >= RING_SLOTS)
		return 0;
	/* A reader that gives little at a time would waste round trips: fill the slot. */
	while ((size_t)n < RING_SLOT) {
		ssize_t k = c->io->fill(c->io->ctx, p + n, RING_SLOT - n, &reason);

		if (k < 0)
			return cancel(vm, c, &reason, e);
		if (k == 0)
			break;
		n += k;
	}
	if ((size_t)n == RING_SLOT) {
		s.length = n;
		c->slots_out++;
		return send_frame(vm, FRAME_SLOT, frame_bodies[FRAME_SLOT].xdr, &s, e);
	}
	for (ssize_t done = 0; done < n; done += inline_data.data.len) {
		inline_data.data.len = n - done < STREAM_INLINE_MAX ? n - done : STREAM_INLINE_MAX;
		inline_data.data.data = p + done;
		if (send_frame(vm, FRAME_DATA, frame_bodies[FRAME_DATA].xdr, &inline_data, e) < 0)
			return -1;
	}
	c->in_ended = true;
	inline_data = (wire_msg_data){ 0 };
	return send_frame(vm, FRAME_DATA, frame_bodies[FRAME_DATA].xdr, &inline_data, e);
}

/* guestd's error becomes ours; after a cancel of ours, our own reason. */
static void take_error(struct progress_of_call *c, const wire_msg_error *m, struct err *e)
{
	c->done = true;
	c->rc = -1;
	if (c->cancelled)
		*e = c->reason;
	else
		err_set(e, errno_value(m->no), "%s", m->text);
}

static int take_reply(struct vm *vm, struct progress_of_call *c, const struct frame *f,
		      struct err *e)
{
	const struct proc_side *side = &c->proc->ret;
	CLEANUP(free) void *v = xcalloc(1, side->size);

	if (frame_decode(f->body, f->body_len, side->xdr, v, c->proc->name, e) < 0)
		return vm_condemn(vm, EPROTO, e->msg, e);
	c->done = true;
	if (c->ret && !c->cancelled)
		memcpy(c->ret, v, side->size);
	else
		proto_free(side, v);
	if (c->cancelled) {
		*e = c->reason;
		c->rc = -1;
	}
	return 0;
}

/* What a frame of the call under way means. */
static int take_message(struct vm *vm, struct progress_of_call *c, const struct frame *f,
			union frame_msg *m, struct err *e)
{
	bool out = c->proc->stream == STREAM_OUT;
	struct session_event_data d = { .event = SESSION_EV_PROGRESS };

	switch (f->kind) {
	case FRAME_ERROR:
		take_error(c, &m->error, e);
		return 0;
	case FRAME_REPLY:
		return take_reply(vm, c, f, e);
	case FRAME_DATA:
		return out ? give_data(vm, c, m->data.data.data, m->data.data.len, e) : 0;
	case FRAME_HOLE:
		return out ? give_hole(vm, c, m->hole.length, e) : 0;
	case FRAME_SLOT:
		return out ? give_slot(vm, c, &m->slot, e) : 0;
	case FRAME_ACK:
		c->acks += c->acks < c->slots_out;
		return 0;
	case FRAME_PROGRESS:
		d.position = m->progress.position;
		d.total = m->progress.total;
		d.ms = (now_ns() - vm->host->t0) / 1e6;
		if (vm->host->fn)
			vm->host->fn(vm->host->ctx, &d);
		return 0;
	default:
		return 0;
	}
}

/*
 * Takes all whole frames off the buffer; c is NULL outside of calls. The buffer is
 * set aside meanwhile: an answer that has to wait for the channel reads more into it.
 */
static int take_frames(struct vm *vm, struct progress_of_call *c, struct err *e)
{
	CLEANUP(buf_release) struct buf in = vm->in;
	size_t off = 0;
	int rc = 0;

	vm->in = (struct buf)BUF_INIT;
	while (rc == 0 && off < in.len && !(c && c->done)) {
		struct frame f;
		union frame_msg m;
		struct err bad = ERR_INIT;
		ssize_t n = frame_parse(in.data + off, in.len - off, &f, &bad);

		if (n == 0)
			break;
		if (n < 0 || frame_msg(&f, &m, &bad) < 0)
			return vm_condemn(vm, EPROTO, bad.msg, e);
		off += n;
		if (f.kind == FRAME_READY)
			vm->ready = true;
		else if (f.kind == FRAME_LOG)
			vm_tell(vm->host, SESSION_EV_LOG, "%s", m.log.text);
		else if (c && f.serial == vm->serial)
			rc = take_message(vm, c, &f, &m, e);
		frame_msg_free(&f, &m);
	}
	if (off < in.len || vm->in.len) {
		struct buf rest = BUF_INIT;

		buf_add(&rest, in.data + off, in.len - off);
		buf_add(&rest, vm->in.data, vm->in.len);
		buf_release(&vm->in);
		vm->in = rest;
	}
	return rc;
}

/* What the user's signals ask for: first the call is cancelled, then the machine killed. */
static int heed_interrupt(struct vm *vm, struct progress_of_call *c, struct err *e)
{
	int n = atomic_load(&vm->host->interrupts);
	struct err reason = ERR_INIT;
	char drop[16];

	if (n == 0)
		return 0;
	if (read(vm->host->wake[0], drop, sizeof(drop)) < 0 && errno != EAGAIN)
		return err_sys(e, "read");
	if (n > 1 || !c || vm->host->expendable)
		return vm_condemn(vm, ECANCELED, "interrupted", e);
	err_set(&reason, ECANCELED, "interrupted");
	return cancel(vm, c, &reason, e);
}

int vm_wait_ready(struct vm *vm, struct err *e)
{
	while (!vm->ready) {
		if (vm_step(vm, true, e) < 0 || heed_interrupt(vm, NULL, e) < 0 ||
		    take_frames(vm, NULL, e) < 0)
			return -1;
	}
	return 0;
}

static void trace_call(struct vm *vm, const struct proc *p, const void *args)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (!vm->host->trace)
		return;
	p->args.print(&b, args);
	vm_tell(vm->host, SESSION_EV_TRACE, "%s%s", p->name, b.len ? b.data : "");
}

static void trace_end(struct vm *vm, const struct proc *p, const struct progress_of_call *c,
		      int64_t start, const struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	double ms = (now_ns() - start) / 1e6;

	if (!vm->host->trace)
		return;
	if (c->rc < 0) {
		vm_tell(vm->host, SESSION_EV_TRACE, "%s = error %s \"%s\" (%.1f ms)", p->name,
			errno_name(e->no), e->msg, ms);
		return;
	}
	if (c->ret)
		p->ret.print(&b, c->ret);
	vm_tell(vm->host, SESSION_EV_TRACE, "%s =%s (%.1f ms)", p->name, b.len ? b.data : " ok",
		ms);
}

/* Runs the conversation until the call is done. */
static int converse(struct vm *vm, struct progress_of_call *c, struct err *e)
{
	while (!c->done) {
		unsigned out = c->slots_out;

		if (c->proc->stream == STREAM_IN && !c->in_ended && feed(vm, c, e) < 0)
			return -1;
		/* More to send and room for it: look only whether something came. */
		if (c->slots_out != out && c->slots_out - c->acks < RING_SLOTS && !c->in_ended) {
			struct pollfd p = { vm->rpc, POLLIN, 0 };

			if (poll(&p, 1, 0) == 0)
				continue;
		}
		if (vm_step(vm, true, e) < 0 || take_frames(vm, c, e) < 0)
			return -1;
		if (!c->done && heed_interrupt(vm, c, e) < 0)
			return -1;
	}
	return c->rc;
}

int vm_call(struct vm *vm, enum proc_nr nr, const void *args, void *ret, const struct stream *io,
	    struct err *e)
{
	const struct proc *p = &procs[nr];
	struct progress_of_call c = { .proc = p, .io = io, .ret = ret };
	struct frame f = { .kind = FRAME_CALL, .serial = ++vm->serial, .proc = nr };
	CLEANUP(buf_release) struct buf b = { .secret = p->policy & P_SECRET };
	int64_t start = now_ns();

	if (vm->dead) {
		*e = vm->why;
		return -1;
	}
	trace_call(vm, p, args);
	if (ret)
		memset(ret, 0, p->ret.size);
	vm->last_sign = start;
	if (frame_add(&b, &f, p->args.xdr, args, e) < 0)
		return -1;
	if (send_bytes(vm, b.data, b.len, e) < 0 || converse(vm, &c, e) < 0)
		c.rc = -1;
	trace_end(vm, p, &c, start, e);
	return c.rc;
}
