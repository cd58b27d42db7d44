/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation
 *
 * Both ends of the port hold one incoming buffer and parse frames off its front:
 *
 *   | length | kind | serial | proc | body ......... | length | kind | ...
 *     4 bytes  '------------- length bytes ---------'
 *
 * The other end is not trusted with memory: a length over FRAME_MAX ends the
 * conversation, so a buffer never grows past FRAME_MAX + 4; inside a body every
 * count is held against the bytes that are left (wire.c) before it allocates.
 * Nothing in a frame is used before its whole body was decoded, and a body must
 * be used up by its filter to the last byte.
 *
 * libtirpc's memory streams do the encoding. Their public word carries the size
 * of the stream, which the filters need and XDR does not tell.
 */
#include "proto/frame.h"

#include <errno.h>
#include <string.h>

#include "util/bytes.h"
#include "util/xalloc.h"

static void put32(uint8_t *p, uint32_t v)
{
	p[0] = v >> 24;
	p[1] = v >> 16;
	p[2] = v >> 8;
	p[3] = v;
}

size_t frame_bytes_left(XDR *x)
{
	size_t size = x->x_public ? *(const size_t *)(const void *)x->x_public : 0;
	size_t pos = xdr_getpos(x);

	return pos < size ? size - pos : 0;
}

ssize_t frame_parse(const void *p, size_t n, struct frame *ret_f, struct err *e)
{
	const uint8_t *b = p;
	uint32_t len;

	if (n < 4)
		return 0;
	len = get_be32(b);
	if (len < FRAME_HEAD || len > FRAME_MAX)
		return err_set(e, EPROTO, "frame of %u bytes", len);
	if (n < 4 + (size_t)len)
		return 0;
	*ret_f = (struct frame){ .kind = get_be32(b + 4),
				 .serial = get_be32(b + 8),
				 .proc = get_be32(b + 12),
				 .body = b + 16,
				 .body_len = len - FRAME_HEAD };
	if (ret_f->kind >= FRAME_KINDS)
		return err_set(e, EPROTO, "frame of unknown kind %u", ret_f->kind);
	return 4 + (ssize_t)len;
}

/* Encodes v at the end of b, with room that doubles until it is enough. */
int frame_encode(struct buf *b, bool (*xdr)(XDR *, void *), const void *v, struct err *e)
{
	for (size_t room = 4096; room <= FRAME_MAX; room *= 2) {
		XDR x;
		unsigned used;
		bool ok;

		xdrmem_create(&x, buf_room(b, room), room, XDR_ENCODE);
		/* An encoding filter only reads v. */
		ok = xdr(&x, (void *)(uintptr_t)v);
		used = xdr_getpos(&x);
		xdr_destroy(&x);
		if (ok) {
			b->len += used;
			return 0;
		}
	}
	return err_set(e, EMSGSIZE, "message of more than %u bytes", FRAME_MAX);
}

int frame_add(struct buf *b, const struct frame *head, bool (*xdr)(XDR *, void *), const void *v,
	      struct err *e)
{
	size_t start = b->len;
	uint8_t h[16];

	put32(h + 4, head->kind);
	put32(h + 8, head->serial);
	put32(h + 12, head->proc);
	buf_add(b, h, sizeof(h));
	if ((xdr && frame_encode(b, xdr, v, e) < 0) ||
	    (b->len - start - 4 > FRAME_MAX && err_set(e, EMSGSIZE, "frame too large") < 0)) {
		b->len = start;
		return -1;
	}
	put32((uint8_t *)b->data + start, b->len - start - 4);
	return 0;
}

/* Decodes into v; returns the bytes used, or -1 with what was allocated freed. */
static ssize_t decode(const void *p, size_t n, bool (*xdr)(XDR *, void *), void *v)
{
	XDR x;
	XDR f = { .x_op = XDR_FREE };
	ssize_t used = -1;

	if (n > FRAME_MAX)
		n = FRAME_MAX;
	/* A decoding memory stream only reads its bytes. */
	xdrmem_create(&x, (char *)(uintptr_t)p, n, XDR_DECODE);
	x.x_public = (char *)&n;
	if (xdr(&x, v))
		used = xdr_getpos(&x);
	else
		xdr(&f, v);
	xdr_destroy(&x);
	return used;
}

int frame_decode(const void *body, size_t n, bool (*xdr)(XDR *, void *), void *v, const char *what,
		 struct err *e)
{
	XDR f = { .x_op = XDR_FREE };
	ssize_t used = decode(body, n, xdr, v);

	if (used >= 0 && (size_t)used == n)
		return 0;
	if (used >= 0)
		xdr(&f, v);
	return err_set(e, EPROTO, "malformed '%s' message", what);
}

size_t frame_decode_some(const void *p, size_t n, bool (*xdr)(XDR *, void *), void *v, size_t size)
{
	ssize_t used = n ? decode(p, n, xdr, v) : 0;

	if (used > 0)
		return used;
	memset(v, 0, size);
	return 0;
}

#define BODY(name)                                                                                 \
	static bool body_##name(XDR *x, void *v)                                                   \
	{                                                                                          \
		return wire_xdr_msg_##name(x, v);                                                  \
	}
BODY(error)
BODY(data)
BODY(slot)
BODY(hole)
BODY(ack)
BODY(progress)
BODY(log)

const struct frame_body frame_bodies[FRAME_KINDS] = {
	[FRAME_READY] = { "ready", NULL },
	[FRAME_CALL] = { "call", NULL },
	[FRAME_REPLY] = { "reply", NULL },
	[FRAME_ERROR] = { "error", body_error },
	[FRAME_DATA] = { "data", body_data },
	[FRAME_SLOT] = { "slot", body_slot },
	[FRAME_HOLE] = { "hole", body_hole },
	[FRAME_ACK] = { "ack", body_ack },
	[FRAME_PROGRESS] = { "progress", body_progress },
	[FRAME_LOG] = { "log", body_log },
	[FRAME_CANCEL] = { "cancel", NULL },
	[FRAME_ALIVE] = { "alive", NULL },
};

int frame_msg(const struct frame *f, union frame_msg *ret, struct err *e)
{
	const struct frame_body *b = &frame_bodies[f->kind];

	memset(ret, 0, sizeof(*ret));
	if (!b->xdr)
		return 0;
	return frame_decode(f->body, f->body_len, b->xdr, ret, b->name, e);
}

void frame_msg_free(const struct frame *f, union frame_msg *m)
{
	XDR x = { .x_op = XDR_FREE };

	if (frame_bodies[f->kind].xdr)
		frame_bodies[f->kind].xdr(&x, m);
}
