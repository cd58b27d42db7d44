/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: one appliance with its disks, from the first option to the last flush.
 *
 *   CONFIG --session_launch--> LAUNCHING --> READY <--call--> BUSY
 *   session_finish leads to CLOSED; the death of the appliance, at any moment, to DEAD.
 *
 * Nothing here prints: what happens is told to the event function.
 */
#ifndef VM_SESSION_H
#define VM_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/proto.h"
#include "util/cleanup.h"
#include "util/err.h"
#include "vm/image.h"

struct session;

enum session_state {
	SESSION_CONFIG,	   /* disks may be added */
	SESSION_LAUNCHING, /* in session_launch */
	SESSION_READY,	   /* calls may be made */
	SESSION_BUSY,	   /* in a call */
	SESSION_CLOSED,	   /* session_finish has succeeded */
	SESSION_DEAD,	   /* the appliance is gone; every call fails with the reason */
};

enum session_event {
	SESSION_EV_STATE,    /* text: the new state's name */
	SESSION_EV_STEP,     /* text: a step of the launch or the end, for -v */
	SESSION_EV_CONSOLE,  /* text: a line from the appliance's console or qemu's stderr */
	SESSION_EV_LOG,	     /* text: a line from guestd */
	SESSION_EV_WARNING,  /* text: what the user should know whether or not he asked */
	SESSION_EV_TRACE,    /* text: a call with its arguments, or its results and duration */
	SESSION_EV_PROGRESS, /* position, total */
};

struct session_event_data {
	enum session_event event;
	const char *text;  /* one line, no newline; bytes may come from a guest: escape them */
	double ms;	   /* since session_new */
	uint64_t position; /* SESSION_EV_PROGRESS; total 0: unknown */
	uint64_t total;
};

typedef void (*session_event_fn)(void *ctx, const struct session_event_data *ev);

enum session_accel { SESSION_ACCEL_AUTO, SESSION_ACCEL_KVM, SESSION_ACCEL_TCG };

/* What a launch can be told. All zero is what the tools do by default; strings are borrowed. */
struct session_options {
	bool writable;	  /* disks are attached read-write as their images were opened */
	bool discard;	  /* what guestd discards is given back to the host; disks have images for that */
	bool no_template; /* boot, do not restore */
	enum session_accel accel;
	const char *appliance; /* folder, or NULL: see appliance_find() */
	const char *append;    /* more kernel command line, for tests; implies no_template */
	bool trace;	       /* SESSION_EV_TRACE events */
};

/* A session in CONFIG. */
struct session *session_new(const struct session_options *o);

/* Whom to tell; at most one function, set before the launch. */
void session_on_event(struct session *s, session_event_fn fn, void *ctx);

/*
 * Adds an image, which then belongs to the session, also where that fails. Disks keep the order in
 * which they are added: the first is /dev/sda in what users read and write. No file that is written may
 * be another disk, or a layer of one.
 */
int session_add_image(struct session *s, struct image *img, struct err *e)
	__attribute__((warn_unused_result));

/* Starts the appliance and shakes hands with guestd: LAUNCHING, then READY, or DEAD with *e. */
int session_launch(struct session *s, struct err *e) __attribute__((warn_unused_result));

/*
 * Makes the template for these options if there is none that fits, without
 * starting a session. *ret_made tells whether it had to be made.
 */
int session_warm(const struct session_options *o, session_event_fn fn, void *ctx, bool *ret_made,
		 struct err *e) __attribute__((warn_unused_result));

/* The two ends of a stream call; functions return 0, or -1 with *e to cancel the call. */
struct stream {
	int (*data)(void *ctx, const void *p, size_t n, struct err *e); /* OUT: the next bytes */
	int (*hole)(void *ctx, uint64_t n, struct err *e); /* OUT: zeroes; NULL: given as data */
	ssize_t (*fill)(void *ctx, void *p, size_t n,
			struct err *e); /* IN: up to n bytes; 0: the end */
	void *ctx;
};

/*
 * Makes a call. args and ret are the structs of that row; ret may be NULL where
 * the results do not matter, else it is filled on success and proto_free()d by
 * the caller. io is NULL but for stream calls. Use the typed call_NAME() of
 * vm/calls.h. errno values of the guest arrive in e->no.
 */
int session_call(struct session *s, enum proc_nr nr, const void *args, void *ret,
		 const struct stream *io, struct err *e) __attribute__((warn_unused_result));

/*
 * Ends a session well: unmounts, flushes, waits for qemu to go. Any failure is
 * the job's failure. Sessions that wrote must end here.
 */
int session_finish(struct session *s, struct err *e) __attribute__((warn_unused_result));

/* Ends a session at once, whatever its state; for reading tools and for the way out after a
 * failure. */
void session_close(struct session *s);
DEFINE_CLEANUP(struct session *, session_close);

/*
 * Asks the call in progress to stop: it then fails with ECANCELED. To be called
 * from a signal handler. The second time kills the appliance.
 */
void session_interrupt(struct session *s);

/*
 * What is written from now on is of no use unfinished, and the first interrupt kills the appliance: as for
 * calls that take long and do not look whether they are cancelled.
 */
void session_expendable(struct session *s);

enum session_state session_state(const struct session *s);
bool session_writable(const struct session *s);
size_t session_n_disks(const struct session *s);
/* The i-th image as it was added; borrowed. */
const struct image *session_image(const struct session *s, size_t i);
/* The accelerator in use ("kvm" or "tcg") once READY. */
const char *session_accel_name(const struct session *s);
/* Milliseconds from session_launch to READY. */
double session_ready_ms(const struct session *s);
/* Is qemu under Landlock, once READY? */
bool session_landlocked(const struct session *s);
/* qemu's process id while it runs, else 0: for who wants to see it in /proc. */
pid_t session_pid(const struct session *s);

#endif
