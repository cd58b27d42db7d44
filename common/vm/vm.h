/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One running qemu with guestd in it: the process (vm.c), and the conversation
 * with guestd (rpc.c). The session and the maker of templates stand on this.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "proto/frame.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/err.h"
#include "vm/qemu_args.h"
#include "vm/qmp.h"
#include "vm/session.h"

/* Whom to tell, and what the user did: outlives each vm of a session. */
struct vm_host {
	session_event_fn fn; /* or NULL */
	void *ctx;
	int64_t t0; /* now_ns() of the session's birth */
	bool trace;
	int wake[2]; /* a pipe that a signal handler writes to */
	atomic_int interrupts;
	bool expendable; /* the first of them kills the machine */
};

int vm_host_init(struct vm_host *h, struct err *e);
void vm_host_release(struct vm_host *h);

/* Tells one line. */
void vm_tell(struct vm_host *h, enum session_event ev, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * How long to wait for a sign of life (a byte from console, daemon or qemu) before
 * the machine is taken for dead. Wall-clock time alone says little on a busy or
 * nested host, so mostly the processor time that qemu got is counted.
 */
struct patience {
	double wall_s; /* this long without a sign; 0: does not count */
	double idle_s; /* this long without a sign, and qemu hardly ran */
	double cpu_s;  /* qemu ran this long without a sign */
};

struct vm {
	struct vm_host *host;
	pid_t pid;		  /* qemu; 0 once reaped */
	int rpc, console, errors; /* our ends; -1 once closed */
	struct qmp qmp;
	int ring; /* memfd of RING_SLOTS slots */
	uint8_t *ring_map;
	struct buf in;			      /* from guestd, not yet parsed */
	struct buf console_line, errors_line; /* begun lines */
	struct buf console_tail;	      /* the last lines of the console */
	struct buf errors_tail;		      /* and of qemu's stderr */
	uint32_t serial;		      /* of the last call */
	bool ready;			      /* FRAME_READY came */
	bool dead;			      /* and why: */
	struct err why;
	struct patience patience;
	int64_t last_sign;  /* now_ns() */
	double cpu_at_sign; /* seconds of qemu's processor time then */
	bool landlocked;
};

/* The absolute path of qemu: $GUESTUTILS_QEMU, or the first in $PATH. The caller frees; NULL with
 * *e. */
char *qemu_find(struct err *e);

/*
 * Starts qemu. m's own ends (rpc, console, monitor, ring, placeholder) are filled
 * in here; what is left of it is the caller's. The child dies with the calling
 * thread. Returns NULL with *e.
 */
struct vm *vm_start(struct vm_host *h, const char *qemu, struct machine *m,
		    const struct patience *p, struct err *e);

/* Waits until guestd says that it can be called. */
int vm_wait_ready(struct vm *vm, struct err *e);

/* See session_call. */
int vm_call(struct vm *vm, enum proc_nr nr, const void *args, void *ret, const struct stream *io,
	    struct err *e);

/* Waits for qemu to end by itself, which must be with status 0. */
int vm_wait_exit(struct vm *vm, struct err *e);

/* Kills qemu if it runs, reaps it, and frees everything; NULL is fine. */
void vm_close(struct vm *vm);
DEFINE_CLEANUP(struct vm *, vm_close);

/* rpc.c and vm.c between themselves. */

/*
 * Waits for the next thing to happen, and takes in what came: bytes of guestd into
 * vm->in, lines to the event function. -1 where the machine is dead (vm->why is
 * filled and copied to *e), or the user interrupted a call that wrote nothing.
 */
int vm_step(struct vm *vm, bool in_call, struct err *e);
/* Marks it dead, for the reason that its last words give, or else for what. */
int vm_died(struct vm *vm, const char *what, struct err *e);
/* Marks it dead by our own decision. */
int vm_condemn(struct vm *vm, int no, const char *why, struct err *e);

#endif
