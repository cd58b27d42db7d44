/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames: what travels over the virtio-serial port, both ways. docs/wire.md has
 * the picture. A frame is a length and that many bytes:
 *
 *   u32 length   of what follows, at most FRAME_MAX
 *   u32 kind     enum frame_kind
 *   u32 serial   of the call it belongs to, counted by the tool
 *   u32 proc     enum proc_nr for FRAME_CALL, else 0
 *   body         arguments, results, or the record of its kind
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/proto.h"
#include "util/buf.h"
#include "util/err.h"

#define FRAME_MAX  (4u << 20) /* bytes after the length */
#define FRAME_HEAD 12u	      /* kind, serial, proc */

/* The bulk ring: a disk of RING_SLOTS slots on memory shared with the tool. */
#define RING_SLOT  (2u << 20)
#define RING_SLOTS 8u

/* Stream chunks up to this size travel in the frame, larger ones through the ring. */
#define STREAM_INLINE_MAX (64u << 10)

enum frame_kind {
	FRAME_READY,	/* daemon, once, when it can be called */
	FRAME_CALL,	/* tool; body: arguments */
	FRAME_REPLY,	/* daemon; body: results */
	FRAME_ERROR,	/* daemon; body: msg_error; in place of the reply */
	FRAME_DATA,	/* either; body: msg_data; the next bytes of a stream; none: its end */
	FRAME_SLOT,	/* either; body: msg_slot; the next bytes of a stream are in that slot */
	FRAME_HOLE,	/* either; body: msg_hole; that many zeroes come next */
	FRAME_ACK,	/* either; body: msg_ack; the slot may be used again */
	FRAME_PROGRESS, /* daemon; body: msg_progress */
	FRAME_LOG,	/* daemon; body: msg_log */
	FRAME_CANCEL,	/* tool; no body; give up the call, an error reply follows */
	FRAME_ALIVE,	/* daemon, each second while in a call; no body */
	FRAME_KINDS
};

struct frame {
	uint32_t kind;
	uint32_t serial;
	uint32_t proc;
	const uint8_t *body; /* borrowed from the buffer it was parsed from */
	size_t body_len;
};

/*
 * Parses the frame at the front of n bytes. Returns its whole length in bytes, 0
 * where more bytes are needed, -1 with *e where this can never be a frame.
 */
ssize_t frame_parse(const void *p, size_t n, struct frame *ret_f, struct err *e);

/* Appends a frame to b; xdr (may be NULL) encodes v as its body. */
int frame_add(struct buf *b, const struct frame *head, bool (*xdr)(XDR *, void *), const void *v,
	      struct err *e);

/* Decodes a whole body into the zeroed v; on failure what was allocated is freed. what names it in
 * *e. */
int frame_decode(const void *body, size_t n, bool (*xdr)(XDR *, void *), void *v, const char *what,
		 struct err *e);

/*
 * Decodes one record at the front of n bytes into the zeroed v, for streams of
 * records. Returns the bytes it took, 0 where more are needed (v is zeroed again).
 */
size_t frame_decode_some(const void *p, size_t n, bool (*xdr)(XDR *, void *), void *v, size_t size);

/* Appends one encoded record to b. */
int frame_encode(struct buf *b, bool (*xdr)(XDR *, void *), const void *v, struct err *e);

/* The bytes that the decoding of x has left; for the filters in wire.c. */
size_t frame_bytes_left(XDR *x);

/* The bodies' filters by frame kind, NULL for those without a record. */
struct frame_body {
	const char *name;
	bool (*xdr)(XDR *x, void *v);
};
extern const struct frame_body frame_bodies[FRAME_KINDS];

/* Each body in one variable. */
union frame_msg {
	wire_msg_error error;
	wire_msg_data data;
	wire_msg_slot slot;
	wire_msg_hole hole;
	wire_msg_ack ack;
	wire_msg_progress progress;
	wire_msg_log log;
};

/* Decodes the record of f's kind into *ret; a kind without one leaves it zeroed. */
int frame_msg(const struct frame *f, union frame_msg *ret, struct err *e);
/* Frees what frame_msg allocated. */
void frame_msg_free(const struct frame *f, union frame_msg *m);

#endif
