/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * make-corpus DIR: writes fuzz-frame's seeds, one file each: a frame of every
 * call's arguments and results, of every message, and of a stream of records.
 * To be run again where a row of calls.def or records.def has changed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/frame.h"
#include "proto/proto.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* One file. */
static int write_seed(const char *dir, const char *what, const char *name, const struct buf *b,
		      struct err *e)
{
	CLEANUP(free) char *path = xasprintf("%s/%s-%s", dir, what, name);
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write_full(fd, b->data, b->len))
		return err_sys(e, "write '%s'", path);
	return 0;
}

/* One side of a call. */
static int seed_side(const char *dir, const char *what, size_t nr, const struct proc_side *side,
		     enum frame_kind kind, struct err *e)
{
	CLEANUP(free) void *v = xcalloc(1, side->size);
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct frame f = { .kind = kind, .serial = (uint32_t)nr + 1, .proc = (uint32_t)nr };
	unsigned seed = (unsigned)nr;
	int r;

	side->make(&seed, v);
	r = frame_add(&b, &f, side->xdr, v, e);
	proto_free(side, v);
	return r ? -1 : write_seed(dir, what, procs[nr].name, &b, e);
}

/* A message frame. */
static int seed_msg(const char *dir, enum frame_kind kind, const void *msg, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct frame f = { .kind = kind, .serial = 1 };

	if (frame_add(&b, &f, frame_bodies[kind].xdr, msg, e))
		return -1;
	return write_seed(dir, "msg", frame_bodies[kind].name, &b, e);
}

/* wire_xdr_entry for frame_encode. */
static bool xdr_entry(XDR *x, void *v)
{
	return wire_xdr_entry(x, v);
}

/* Two records in a frame of their own. */
static int seed_records(const char *dir, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	wire_entry x = { .path = (char[]){ "/etc" }, .mode = 040755 };
	wire_entry y = { .path = (char[]){ "/etc/x\n\xff" },
			 .mode = 0120777,
			 .mtime = -1,
			 .link = (char[]){ "../y" } };
	wire_msg_data body;

	if (frame_encode(&b, xdr_entry, &x, e) || frame_encode(&b, xdr_entry, &y, e))
		return -1;
	body.data = (wire_bytes){ (uint32_t)b.len, (uint8_t *)b.data };
	if (seed_msg(dir, FRAME_DATA, &body, e))
		return -1;
	/* And bare, as fuzz-frame takes a body: behind the head of a frame without a record. */
	CLEANUP(buf_release) struct buf bare = BUF_INIT;
	struct frame f = { .kind = FRAME_ALIVE };
	if (frame_add(&bare, &f, NULL, NULL, e))
		return -1;
	buf_add(&bare, b.data, b.len);
	bare.data[2] = (char)((bare.len - 4) >> 8);
	bare.data[3] = (char)(bare.len - 4);
	return write_seed(dir, "records", "entry", &bare, e);
}

/* All of them. */
static int seed_all(const char *dir, struct err *e)
{
	wire_msg_error error = { (char[]){ "ENOENT" }, (char[]){ "open '/x'" } };
	wire_msg_slot slot = { 7, RING_SLOT };
	wire_msg_hole hole = { 1ull << 40 };
	wire_msg_ack ack = { 7 };
	wire_msg_progress progress = { 1, 2 };
	wire_msg_log line = { (char[]){ "a line" } };

	for (size_t i = 0; i < PROC_COUNT; i++)
		if (seed_side(dir, "call", i, &procs[i].args, FRAME_CALL, e) ||
		    seed_side(dir, "reply", i, &procs[i].ret, FRAME_REPLY, e))
			return -1;
	return seed_records(dir, e) || seed_msg(dir, FRAME_ERROR, &error, e) ||
			       seed_msg(dir, FRAME_SLOT, &slot, e) ||
			       seed_msg(dir, FRAME_HOLE, &hole, e) ||
			       seed_msg(dir, FRAME_ACK, &ack, e) ||
			       seed_msg(dir, FRAME_PROGRESS, &progress, e) ||
			       seed_msg(dir, FRAME_LOG, &line, e) ||
			       seed_msg(dir, FRAME_READY, NULL, e) ||
			       seed_msg(dir, FRAME_CANCEL, NULL, e) ||
			       seed_msg(dir, FRAME_ALIVE, NULL, e)
		       ? -1
		       : 0;
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	if (argc != 2) {
		fprintf(stderr, "usage: make-corpus DIR\n");
		return 2;
	}
	if (seed_all(argv[1], &e)) {
		fprintf(stderr, "make-corpus: %s\n", e.msg);
		return 1;
	}
	return 0;
}
