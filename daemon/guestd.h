/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guestd, the daemon in the appliance: what its parts share.
 *
 * One tool talks to it, one call at a time. Its state has one owner, struct
 * guestd, which every handler gets first. It runs on a developer's host too,
 * over a folder and a socket, for tests.
 */
#ifndef DAEMON_GUESTD_H
#define DAEMON_GUESTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/frame.h"
#include "proto/proto.h"
#include "util/buf.h"
#include "util/err.h"

#define GUEST_DISKS_MAX 256

/* One guest disk: the tool calls it by serial, the user /dev/sdX by its order, the kernel as it likes. */
struct guest_disk {
	char serial[24];
	char node[32]; /* the kernel's name, "vdc", without /dev; "" until disks_settle() */
	bool writable;
	uint64_t size; /* bytes, as the tool told */
	uint32_t blocksize;
};

struct guestd {
	int channel;           /* the port */
	struct buf in;         /* bytes that came and are not yet parsed */
	uint32_t serial;       /* of the call in progress */
	bool in_call;
	bool cancelled;        /* a cancel frame came for it */
	bool writable;         /* the session may write */
	bool tests;            /* the kernel's command line has guestutils.test */
	bool stop;             /* leave serve() after the reply */
	bool on_host;          /* --root: no disks, no mounts */
	int sysroot;           /* O_PATH descriptor of the guest's root; -1 while nothing is mounted */
	struct guest_disk disks[GUEST_DISKS_MAX];
	size_t n_disks;
	int ring;              /* the ring's block device, O_DIRECT; -1: inline only */
	unsigned ring_next;    /* slots handed out so far, counted on for ever */
	unsigned ring_acked;
	void *ring_buf;        /* one slot, aligned for O_DIRECT */
	struct serve *serve;   /* serve.c's own; NULL outside serve() */
	struct storage *storage; /* storage.h: of the calls on disks; NULL until the first */
};

/* serve.c: the channel. All return -1 only where the channel itself is gone, or the call was cancelled. */

/* Reads calls, checks policy, runs them, answers; until the channel closes or g->stop. */
int serve(struct guestd *g, struct err *e);
/* The next bytes of the stream: inline, or through the ring. */
int stream_data(struct guestd *g, const void *p, size_t n, struct err *e);
/* The next n bytes of the stream already lie in g->ring_buf (n at most RING_SLOT). */
int stream_slot(struct guestd *g, size_t n, struct err *e);
/* n zeroes are next in the stream. */
int stream_hole(struct guestd *g, uint64_t n, struct err *e);
/*
 * The next piece of an incoming stream. Returns its bytes with *ret_p borrowed
 * until the next call, or with *ret_p NULL where it is that many zeroes; 0 at the end.
 */
int64_t stream_next(struct guestd *g, const void **ret_p, struct err *e);
/* Has the tool asked for the call to stop? Cheap; -1 with *e (ECANCELED) if so. For loops. */
int check_cancel(struct guestd *g, struct err *e);
/* Tells the tool how far it is; total 0 where unknown. Rate-limited here. */
void progress(struct guestd *g, uint64_t position, uint64_t total);
/* One line for -v. */
void log_line(struct guestd *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The handlers: one each row of calls.def, success 0 with *r filled, or -1 with *e. */
#define PROC(name, policy, args, rets, doc) \
	int do_##name(struct guestd *g, const struct name##_args *a, struct name##_ret *r, struct err *e);
#define PROC_OUT PROC
#define PROC_IN PROC
#include "proto/calls.def"
#undef PROC
#undef PROC_OUT
#undef PROC_IN

#endif
