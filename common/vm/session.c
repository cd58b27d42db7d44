/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The session's states and what users of the library call. How it starts is in launch_qemu.c. */
#include "vm/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/calls.h"
#include "vm/image_header.h"
#include "vm/launch.h"
#include "vm/vm.h"

#define IMAGES_MAX 255

struct session {
	struct session_options o;
	struct vm_host host;
	struct image *images[IMAGES_MAX];
	size_t n_images;
	struct vm *vm;
	enum session_state state;
	struct err why; /* while DEAD */
	bool kvm;
	double ready_ms;
};

static void set_state(struct session *s, enum session_state st)
{
	static const char *const names[] = {
		[SESSION_CONFIG] = "config", [SESSION_LAUNCHING] = "launching",
		[SESSION_READY] = "ready",   [SESSION_BUSY] = "busy",
		[SESSION_CLOSED] = "closed", [SESSION_DEAD] = "dead",
	};

	s->state = st;
	/* READY and BUSY alternate with each call: the trace tells that better. */
	if (st != SESSION_BUSY && st != SESSION_READY)
		vm_tell(&s->host, SESSION_EV_STATE, "%s", names[st]);
}

/* To DEAD, with the reason that every later call repeats. */
static int die(struct session *s, const struct err *e)
{
	s->why = *e;
	set_state(s, SESSION_DEAD);
	return -1;
}

struct session *session_new(const struct session_options *o)
{
	struct session *s = xcalloc(1, sizeof(*s));
	struct err e = ERR_INIT;

	s->o = *o;
	s->host.trace = o->trace;
	/* Without the pipe an interrupt is seen a little later. */
	(void)vm_host_init(&s->host, &e);
	return s;
}

void session_on_event(struct session *s, session_event_fn fn, void *ctx)
{
	s->host.fn = fn;
	s->host.ctx = ctx;
}

/* Is what one of them writes a part of the other one, too? qemu would only find out once both are running. */
static int check_shared(const struct image *a, const struct image *b, struct err *e)
{
	const char *path = a->writable ? image_shares(a, 1, b) : NULL;
	char shown[IMAGE_NAME_SHOWN_MAX];

	if (!path && b->writable)
		path = image_shares(b, 1, a);
	if (!path)
		return 0;
	image_name_shown(path, shown);
	if (a->n_layers == 1 && b->n_layers == 1)
		return err_set(e, EBUSY, "'%s' is given twice: not opened for writing", shown);
	return err_set(e, EBUSY, "'%s' is a part of two of the disks: not opened for writing", shown);
}

int session_add_image(struct session *s, struct image *img, struct err *e)
{
	CLEANUP(image_close) struct image *added = img;

	if (s->state != SESSION_CONFIG)
		return err_set(e, EINVAL, "disks are added before the launch");
	if (s->n_images == IMAGES_MAX)
		return err_set(e, E2BIG, "more than %d disks", IMAGES_MAX);
	for (size_t i = 0; i < s->n_images; i++)
		if (check_shared(s->images[i], added, e) < 0)
			return -1;
	s->images[s->n_images++] = TAKE(added);
	return 0;
}

/* qemu could not lock an image: where there is one, it is that. */
static void name_image(const struct session *s, struct err *e)
{
	char shown[IMAGE_NAME_SHOWN_MAX];

	if (e->no == EBUSY && s->n_images == 1)
		err_set(e, EBUSY, "'%s' is in use by another process: not opened for writing",
			image_name_shown(s->images[0]->name, shown));
}

int session_launch(struct session *s, struct err *e)
{
	int64_t t0 = now_ns();
	struct launch l = {
		.options = &s->o,
		.host = &s->host,
		.images = s->images,
		.n_images = s->n_images,
	};

	if (s->state != SESSION_CONFIG)
		return err_set(e, EINVAL, "the session was launched already");
	set_state(s, SESSION_LAUNCHING);
	for (size_t i = 0; i < s->n_images; i++)
		if (s->images[i]->warning)
			vm_tell(&s->host, SESSION_EV_WARNING, "%s", s->images[i]->warning);
	s->vm = launch(&l, e);
	if (!s->vm) {
		name_image(s, e);
		return die(s, e);
	}
	s->kvm = l.kvm;
	s->ready_ms = (now_ns() - t0) / 1e6;
	vm_tell(&s->host, SESSION_EV_STEP, "ready (%s%s) after %.1f ms", l.kvm ? "kvm" : "tcg",
		l.restored ? ", template restored" : ", booted", s->ready_ms);
	set_state(s, SESSION_READY);
	return 0;
}

int session_warm(const struct session_options *o, session_event_fn fn, void *ctx, bool *ret_made,
		 struct err *e)
{
	struct vm_host h = { .fn = fn, .ctx = ctx, .trace = o->trace };
	struct launch l = { .options = o, .host = &h };
	int rc;

	if (vm_host_init(&h, e) < 0)
		return -1;
	rc = launch_warm(&l, ret_made, e);
	vm_host_release(&h);
	return rc;
}

int session_call(struct session *s, enum proc_nr nr, const void *args, void *ret,
		 const struct stream *io, struct err *e)
{
	int rc;

	if (s->state == SESSION_DEAD) {
		*e = s->why;
		return -1;
	}
	if (s->state != SESSION_READY)
		return err_set(e, EINVAL, "the session is not ready");
	if ((procs[nr].stream == STREAM_NONE) != (io == NULL))
		return err_set(e, EINVAL, "'%s' and its stream do not fit", procs[nr].name);
	set_state(s, SESSION_BUSY);
	rc = vm_call(s->vm, nr, args, ret, io, e);
	if (s->vm->dead)
		return die(s, &s->vm->why);
	set_state(s, SESSION_READY);
	return rc;
}

int session_finish(struct session *s, struct err *e)
{
	struct shutdown_args none = { 0 };

	if (call_shutdown(s, &none, NULL, e) < 0)
		return err_ctx(e, "cannot end the appliance cleanly");
	if (vm_wait_exit(s->vm, e) < 0) {
		die(s, e);
		return err_ctx(e, "cannot end the appliance cleanly");
	}
	set_state(s, SESSION_CLOSED);
	return 0;
}

void session_close(struct session *s)
{
	if (!s)
		return;
	vm_close(s->vm);
	for (size_t i = 0; i < s->n_images; i++)
		image_close(s->images[i]);
	vm_host_release(&s->host);
	free(s);
}

void session_interrupt(struct session *s)
{
	int no = errno;

	atomic_fetch_add(&s->host.interrupts, 1);
	/* A full pipe has woken the loop already. */
	if (write(s->host.wake[1], "", 1) < 0)
		errno = no;
	errno = no;
}

void session_expendable(struct session *s)
{
	s->host.expendable = true;
}

enum session_state session_state(const struct session *s)
{
	return s->state;
}

bool session_writable(const struct session *s)
{
	return s->o.writable;
}

size_t session_n_disks(const struct session *s)
{
	return s->n_images;
}

const struct image *session_image(const struct session *s, size_t i)
{
	return s->images[i];
}

const char *session_accel_name(const struct session *s)
{
	return s->kvm ? "kvm" : "tcg";
}

double session_ready_ms(const struct session *s)
{
	return s->ready_ms;
}

bool session_landlocked(const struct session *s)
{
	return s->vm && s->vm->landlocked;
}

pid_t session_pid(const struct session *s)
{
	return s->vm ? s->vm->pid : 0;
}
