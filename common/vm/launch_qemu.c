/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation
 *
 *   KVM or TCG? ---> a template for it? --yes--> restore, hello --> READY
 *        |                 | no                     | it fails, or its hash does
 *        |                 v                        v
 *        |          make one, locked         remove it, make it anew, once
 *        |                 | cannot (folder read-only, full, not ours)
 *        |                 v
 *        '----------> boot without a template, hello --> READY
 *
 * Everything that goes wrong with the cache folder costs time, never the result.
 * KVM is proved by making its template (or, without a cache, by booting with it);
 * what comes of that is remembered until the host boots again.
 *
 * A restore gives qemu all its commands before it runs: memory and state by
 * descriptors, the user's images in the slots from the start (template_make.c has
 * the trick), the three monitor commands and the hello call already in their
 * sockets. Meanwhile a thread reads the template against its hashes; nothing that
 * the machine said is used before that has ended well.
 */
#include "vm/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/accel.h"
#include "vm/appliance.h"
#include "vm/cache.h"
#include "vm/calls.h"
#include "vm/overlay.h"
#include "vm/template.h"

#define SEED_BYTES     64
#define QMP_TIMEOUT_MS 60000

/* A machine whose processor is emulated and shared may be slow; one that stands still is dead. */
static const struct patience patient = { .idle_s = 30, .cpu_s = 180 };
/* Once it was ready it says each second of its own time that it is alive. */
static const struct patience alive = { .idle_s = 30, .cpu_s = 20 };
/* KVM on its proof: the kernel's first lines come within milliseconds where it works. */
static const struct patience proving = { .wall_s = 4, .idle_s = 4, .cpu_s = 4 };

/* What launching goes by. */
struct context {
	struct launch *l;
	char *qemu;
	struct appliance *appliance;
	int cachefd;	/* or -1 */
	bool templates; /* may be used at all */
	struct kvm_verdict kvm;
	int *overlays; /* numbers of the overlays' descriptors, for the machine that runs */
};

static void context_release(struct context *c)
{
	free(c->qemu);
	appliance_close(c->appliance);
	fd_close(c->cachefd);
	free(c->overlays);
}

static void context_release_p(struct context *c)
{
	context_release(c);
}

static int context_init(struct context *c, struct launch *l, struct err *e)
{
	struct err cache = ERR_INIT;

	*c = (struct context){ .l = l, .cachefd = -1 };
	c->qemu = qemu_find(e);
	if (!c->qemu)
		return -1;
	c->appliance = appliance_open(l->options->appliance, e);
	if (!c->appliance)
		return -1;
	c->templates = !l->options->no_template && !l->options->append;
	c->cachefd = cache_open(&cache);
	if (c->cachefd < 0) {
		c->templates = false;
		vm_tell(l->host, SESSION_EV_STEP, "no template: %s", cache.msg);
	}
	return 0;
}

/* Whether to use KVM; KVM_UNPROVED means to try. Refusals only where it was asked for by name. */
static int choose_accel(struct context *c, bool *ret_kvm, struct err *e)
{
	enum session_accel want = c->l->options->accel;

	*ret_kvm = false;
	if (want == SESSION_ACCEL_TCG) {
		vm_tell(c->l->host, SESSION_EV_STEP, "accelerator: tcg, as asked");
		return 0;
	}
	kvm_look(c->cachefd, c->qemu, &c->kvm);
	if (c->kvm.state == KVM_WORKS || c->kvm.state == KVM_UNPROVED) {
		*ret_kvm = true;
		vm_tell(c->l->host, SESSION_EV_STEP, "accelerator: kvm: %s", c->kvm.why);
		return 0;
	}
	if (want == SESSION_ACCEL_KVM && c->kvm.state != KVM_BROKEN)
		return err_set(e, ENODEV, "KVM is asked for, but %s", c->kvm.why);
	*ret_kvm = want == SESSION_ACCEL_KVM;
	vm_tell(c->l->host, SESSION_EV_STEP, "accelerator: %s: %s%s", *ret_kvm ? "kvm" : "tcg",
		c->kvm.state == KVM_BROKEN ? "KVM was tried and failed: " : "", c->kvm.why);
	return 0;
}

/* KVM was tried and failed: TCG from here on, unless the user insists. */
static int kvm_failed(struct context *c, const struct err *why, struct err *e)
{
	kvm_remember(c->cachefd, c->qemu, false, why->msg);
	if (c->l->options->accel == SESSION_ACCEL_KVM)
		return err_set(e, EIO, "KVM is asked for, but it does not work here: %s", why->msg);
	vm_tell(c->l->host, SESSION_EV_STEP, "KVM does not work here (%s); using tcg", why->msg);
	c->l->kvm = false;
	return 0;
}

/*
 * The template for l->kvm, made if need be. NULL with *e filled where it cannot be
 * had; *ret_vm_failed if that was the machine's fault and not the folder's.
 */
static struct template *get_template(struct context *c, bool *ret_made, bool *ret_vm_failed,
				     struct err *e)
{
	struct template_source src = { c->qemu, c->appliance, c->l->kvm };
	CLEANUP(fd_close) int lock = -1;
	struct template *t;
	int waited;
	char key[33];

	*ret_made = *ret_vm_failed = false;
	template_key(key, &src);
	t = template_open(c->cachefd, key, e);
	if (t)
		return t;
	if (e->no != ENOENT)
		vm_tell(c->l->host, SESSION_EV_STEP, "%s; it is made anew", e->msg);
	lock = cache_lock(c->cachefd, &waited, e);
	if (lock < 0)
		return NULL;
	/* Whoever had the lock may have made it. */
	if (waited) {
		vm_tell(c->l->host, SESSION_EV_STEP,
			"waited for another run, which made the template");
		t = template_open(c->cachefd, key, e);
		if (t)
			return t;
	}
	if (template_make(c->l->host, c->cachefd, &src, c->l->kvm ? &proving : &patient,
			  ret_vm_failed, e) < 0)
		return NULL;
	*ret_made = true;
	return template_open(c->cachefd, key, e);
}

/* The same with the outcome for KVM drawn from it: NULL without *ret_failed means to boot. */
static struct template *get_template_proving(struct context *c, bool *ret_made, bool *ret_failed,
					     struct err *e)
{
	struct launch *l = c->l;
	struct err why = ERR_INIT;
	struct template *t;
	bool vm_failed;

	*ret_failed = false;
	t = get_template(c, ret_made, &vm_failed, &why);
	if (!t && vm_failed && l->kvm) {
		if (kvm_failed(c, &why, e) < 0) {
			*ret_failed = true;
			return NULL;
		}
		t = get_template(c, ret_made, &vm_failed, &why);
	} else if (t && *ret_made && l->kvm) {
		kvm_remember(c->cachefd, c->qemu, true, "it has booted the appliance");
	}
	if (t)
		return t;
	*e = why;
	*ret_failed = why.no == ECANCELED;
	if (!*ret_failed)
		vm_tell(l->host, SESSION_EV_STEP, "%s; booting without", why.msg);
	return NULL;
}

/* The first call: who we are, what time it is, randomness of the host, and the disks. */
static int say_hello(struct context *c, struct vm *vm, struct err *e)
{
	struct launch *l = c->l;
	CLEANUP(free) wire_disk *disks = xcalloc(l->n_images, sizeof(*disks));
	CLEANUP(free) char(*serials)[32] = xcalloc(l->n_images, 32);
	uint8_t seed[SEED_BYTES];
	struct hello_args a = {
		.hash = proto_hash(),
		.seed = { sizeof(seed), seed },
		.writable = l->options->writable,
		.disks = { l->n_images, disks },
	};
	struct hello_ret r;
	struct timespec now;

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return err_sys(e, "getrandom");
	clock_gettime(CLOCK_REALTIME, &now);
	a.sec = now.tv_sec;
	a.nsec = now.tv_nsec;
	for (size_t i = 0; i < l->n_images; i++) {
		const struct image *img = l->images[i];

		snprintf(serials[i], 32, "disk%zu", i);
		disks[i].serial = serials[i];
		disks[i].writable = l->options->writable && img->writable;
		/* As qemu shows it: whole sectors. */
		disks[i].size = (img->virtual_size + 511) & ~511ULL;
		disks[i].blocksize = img->blocksize ? img->blocksize : 512;
	}
	if (vm_call(vm, PROC_hello, &a, &r, NULL, e) < 0)
		return -1;
	vm_tell(l->host, SESSION_EV_STEP, "guestd %s on Linux %s", r.version, r.kernel);
	hello_ret_release_p(&r);
	return 0;
}

/* Plugs in the disks that have no slot. */
static int hotplug(struct context *c, struct vm *vm, const struct machine *m, struct err *e)
{
	CLEANUP(strvec_release) struct strvec cmds = STRVEC_INIT;

	for (size_t i = DISK_SLOTS; i < c->l->n_images; i++)
		machine_hotplug(&cmds, m, i);
	for (size_t i = 0; i < cmds.n; i++)
		if (qmp_send(&vm->qmp, cmds.v[i], -1, e) < 0 ||
		    qmp_settle(&vm->qmp, QMP_TIMEOUT_MS, e) < 0)
			return -1;
	return 0;
}

/* What all machines of this launch have in common. */
static struct machine machine_for(const struct context *c, enum machine_how how)
{
	return (struct machine){
		.how = how,
		.kvm = c->l->kvm,
		.append = c->l->options->append,
		.root = c->appliance->root,
		.vmlinux = c->appliance->vmlinux,
		.initrd = c->appliance->initrd,
		.images = c->l->images,
		.n_images = c->l->n_images,
		.writable = c->l->options->writable,
		.discard = c->l->options->discard,
		.ram = -1,
	};
}

/* Starts qemu, in a reading session with a new overlay over each image. */
static struct vm *start(struct context *c, struct machine *m, const struct patience *p,
			struct err *e)
{
	bool reading = !c->l->options->writable;
	size_t n = c->l->n_images;
	struct vm *vm = NULL;
	bool ok = true;

	free(c->overlays);
	c->overlays = xcalloc(n, sizeof(*c->overlays));
	for (size_t i = 0; i < n; i++) {
		c->overlays[i] = -1;
		if (ok && reading) {
			c->overlays[i] = overlay_create(c->l->images[i]->virtual_size, e);
			ok = c->overlays[i] >= 0;
		}
		ok = ok && image_connect(c->l->images[i], e) == 0;
	}
	m->overlays = reading ? c->overlays : NULL;
	if (ok)
		vm = vm_start(c->l->host, c->qemu, m, p, e);
	/* qemu has them; their numbers stay the names of what it has. */
	for (size_t i = 0; i < n; i++) {
		fd_close(c->overlays[i]);
		image_disconnect(c->l->images[i]);
	}
	return vm;
}

/* Restores t; the machine has answered hello and the template was found undamaged. */
static struct vm *restore(struct context *c, struct template *t, struct err *e)
{
	struct machine m = machine_for(c, MACHINE_RESTORE);
	CLEANUP(vm_close) struct vm *vm = NULL;
	CLEANUP(free) char *incoming = NULL;
	struct err check = ERR_INIT;
	bool ok;

	m.ram = t->ram;
	m.state = t->state;
	vm = start(c, &m, &alive, e);
	if (!vm)
		return NULL;
	if (template_check_start(t, e) < 0)
		return NULL;
	incoming = xasprintf("{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"fd:%d\"}}",
			     t->state);
	ok = qmp_send(&vm->qmp, "{\"execute\":\"qmp_capabilities\"}", -1, e) == 0 &&
	     qmp_send_ignore_shared(&vm->qmp, e) == 0 && qmp_send(&vm->qmp, incoming, -1, e) == 0 &&
	     /* What is plugged in while the state is still being read is not seen. */
	     say_hello(c, vm, e) == 0 && hotplug(c, vm, &m, e) == 0;
	/* Its monitor went away before its channel did: it has words about that. */
	if (!ok && e->no == EPIPE && !vm->dead)
		vm_died(vm, e->msg, e);
	if (template_check_end(t, &check) < 0) {
		*e = check;
		return NULL;
	}
	return ok ? TAKE(vm) : NULL;
}

/* Boots; the machine has answered hello. */
static struct vm *boot(struct context *c, struct err *e)
{
	struct machine m = machine_for(c, MACHINE_BOOT);
	bool unproved = c->l->kvm && c->kvm.state != KVM_WORKS;
	CLEANUP(vm_close) struct vm *vm = NULL;

	m.verbose_boot = c->l->kvm;
	m.tsc_khz = host_tsc_khz();
	vm = start(c, &m, unproved ? &proving : &patient, e);
	if (!vm || vm_wait_ready(vm, e) < 0)
		return NULL;
	vm->patience = alive;
	if (c->l->n_images > DISK_SLOTS &&
	    (qmp_send(&vm->qmp, "{\"execute\":\"qmp_capabilities\"}", -1, e) < 0 ||
	     hotplug(c, vm, &m, e) < 0))
		return NULL;
	return say_hello(c, vm, e) < 0 ? NULL : TAKE(vm);
}

/* Boots, with KVM if it may work, else without. */
static struct vm *boot_proving(struct context *c, struct err *e)
{
	struct vm *vm = boot(c, e);
	struct err why = *e;

	if (vm || !c->l->kvm || c->kvm.state == KVM_WORKS || e->no == ECANCELED)
		return vm;
	if (kvm_failed(c, &why, e) < 0)
		return NULL;
	return boot(c, e);
}

/*
 * Is a failed restore the template's fault? Not where qemu refused an image, or the
 * user gave up; a second try would only fail more slowly.
 */
static bool template_at_fault(const struct err *e)
{
	if (e->no == ECANCELED)
		return false;
	return e->no == EUCLEAN || e->no == ETIMEDOUT || strstr(e->msg, "migration") ||
	       strstr(e->msg, "panicked") || strstr(e->msg, "guestd");
}

/* Removes a template that was found bad, under the lock. */
static void drop_template(struct context *c, const char *key)
{
	struct err e = ERR_INIT;
	CLEANUP(fd_close) int lock = cache_lock(c->cachefd, NULL, &e);

	if (lock >= 0)
		template_remove(c->cachefd, key);
}

struct vm *launch(struct launch *l, struct err *e)
{
	CLEANUP(context_release) struct context c;

	if (context_init(&c, l, e) < 0 || choose_accel(&c, &l->kvm, e) < 0)
		return NULL;
	for (int try = 0; c.templates && try < 2; try++) {
		CLEANUP(template_close) struct template *t = NULL;
		struct vm *vm;
		bool made, failed;

		t = get_template_proving(&c, &made, &failed, e);
		if (failed)
			return NULL;
		if (!t)
			break;
		vm = restore(&c, t, e);
		l->restored = vm != NULL;
		if (vm && l->kvm && c.kvm.state == KVM_UNPROVED && !made)
			kvm_remember(c.cachefd, c.qemu, true, "it has restored the appliance");
		if (vm || !template_at_fault(e))
			return vm;
		vm_tell(l->host, SESSION_EV_STEP, "%s; the template is removed", e->msg);
		drop_template(&c, t->key);
	}
	return boot_proving(&c, e);
}

int launch_warm(struct launch *l, bool *ret_made, struct err *e)
{
	CLEANUP(context_release) struct context c;
	CLEANUP(template_close) struct template *t = NULL;
	bool failed;

	if (context_init(&c, l, e) < 0 || choose_accel(&c, &l->kvm, e) < 0)
		return -1;
	if (c.cachefd < 0) {
		fd_close(cache_open(e));
		return -1;
	}
	t = get_template_proving(&c, ret_made, &failed, e);
	if (t && !*ret_made && (template_check_start(t, e) < 0 || template_check_end(t, e) < 0)) {
		vm_tell(l->host, SESSION_EV_STEP, "%s; it is made anew", e->msg);
		drop_template(&c, t->key);
		template_close(TAKE(t));
		t = get_template_proving(&c, ret_made, &failed, e);
	}
	return t ? 0 : -1;
}
