/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Theory of operation
 *
 * A template is made by booting the appliance with its memory in a shared file and
 * all disk slots empty, letting guestd run its common paths once, stopping the
 * processor, and writing the device state out as a migration that leaves the
 * memory where it is (x-ignore-shared).
 *
 * The slots: each is a virtio-blk disk that the guest's driver has bound already,
 * with a placeholder of 1 MiB behind it. After the processor was stopped, each
 * placeholder is resized. The guest cannot see that any more, but the "your
 * configuration has changed" interrupt is now pending in the saved state:
 *
 *   make:     boot . bind . stop . resize --> interrupt pending --> save
 *   restore:  slots have the user's images behind them . load . run
 *             --> the interrupt is delivered, the driver reads the capacity: the image's
 *
 * So a run needs neither hot-plug nor a probe of a new device. The probe is some
 * 60 ms of code that TCG has not translated yet; taking in a new capacity is 5.
 */
#include "vm/template.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/accel.h"
#include "vm/cache.h"
#include "vm/calls.h"
#include "vm/template_meta.h"

#define QMP_TIMEOUT_MS 60000
#define SETTLE_MS      200 /* for the guest's deferred work to end */

/* Says early what would otherwise be qemu's SIGBUS. */
static int check_space(int dirfd, struct err *e)
{
	struct statvfs v;
	uint64_t mib;

	if (fstatvfs(dirfd, &v) < 0)
		return err_sys(e, "cannot tell the free space of the cache folder");
	mib = (uint64_t)v.f_bavail * v.f_frsize >> 20;
	if (mib < TEMPLATE_SPACE_MIB)
		return err_set(e, ENOSPC, "the cache folder has %llu MiB free, a template needs %d",
			       (unsigned long long)mib, TEMPLATE_SPACE_MIB);
	return 0;
}

/* Waits until the state is written out. */
static int wait_saved(struct vm *vm, struct err *e)
{
	for (;;) {
		CLEANUP(free)
		char *r = qmp_ask(&vm->qmp, "{\"execute\":\"query-migrate\"}", QMP_TIMEOUT_MS, e);

		if (!r)
			return -1;
		if (strstr(r, "\"completed\""))
			return 0;
		if (strstr(r, "\"failed\""))
			return err_set(e, EIO, "qemu could not save its state: %.300s", r);
		poll(NULL, 0, 2);
	}
}

/* Stops the machine and writes its device state to the descriptor. */
static int save(struct vm *vm, int state, struct err *e)
{
	struct qmp *q = &vm->qmp;

	if (qmp_send(q, "{\"execute\":\"qmp_capabilities\"}", -1, e) < 0 ||
	    qmp_send(q, "{\"execute\":\"stop\"}", -1, e) < 0)
		return -1;
	for (unsigned i = 0; i < DISK_SLOTS; i++) {
		char node[32];
		CLEANUP(free) char *cmd = NULL;

		machine_slot_node(node, i);
		cmd = xasprintf("{\"execute\":\"block_resize\",\"arguments\":{\"node-name\":\"%s\","
				"\"size\":%u}}",
				node, 2 * SLOT_EMPTY_SIZE);
		if (qmp_send(q, cmd, -1, e) < 0)
			return -1;
	}
	if (qmp_send_ignore_shared(q, e) < 0 ||
	    qmp_send(q, "{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"state\"}}", state, e) <
		    0 ||
	    qmp_settle(q, QMP_TIMEOUT_MS, e) < 0 ||
	    qmp_send(q, "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"fd:state\"}}", -1, e) <
		    0 ||
	    qmp_settle(q, QMP_TIMEOUT_MS, e) < 0)
		return -1;
	return wait_saved(vm, e);
}

/* Boots into the memory file, warms up, saves the state. */
static int boot_and_save(struct vm_host *h, const struct template_source *src,
			 const struct patience *p, int ram, int state, struct err *e)
{
	struct machine m = {
		.how = MACHINE_TEMPLATE,
		.kvm = src->kvm,
		.verbose_boot = src->kvm,
		.tsc_khz = host_tsc_khz(),
		.ram = ram,
		.vmlinux = src->appliance->vmlinux,
		.initrd = src->appliance->initrd,
		.root = src->appliance->root,
	};
	CLEANUP(vm_close) struct vm *vm = vm_start(h, src->qemu, &m, p, e);
	struct warm_args args = { .programs = true };

	if (!vm || vm_wait_ready(vm, e) < 0)
		return -1;
	vm_tell(h, SESSION_EV_STEP, "booted; warming up");
	if (vm_call(vm, PROC_warm, &args, NULL, NULL, e) < 0)
		return err_ctx(e, "warming up");
	poll(NULL, 0, SETTLE_MS);
	return save(vm, state, e);
}

/* Fills the new folder. */
static int make_in(struct vm_host *h, int dir, const struct template_source *src,
		   const struct patience *p, bool *ret_vm_failed, struct err *e)
{
	CLEANUP(fd_close) int ram = openat(dir, "ram", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	CLEANUP(fd_close)
	int state = openat(dir, "state", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct template_meta meta;

	if (ram < 0 || state < 0 || ftruncate(ram, (off_t)MACHINE_MEMORY << 20) < 0)
		return err_sys(e, "cannot write in the cache folder");
	if (boot_and_save(h, src, p, ram, state, e) < 0) {
		if (ret_vm_failed)
			*ret_vm_failed = e->no != ECANCELED;
		return -1;
	}
	if (template_meta_compute(&meta, ram, state, e) < 0)
		return -1;
	return template_meta_write(&meta, dir, e);
}

int template_make(struct vm_host *h, int cachefd, const struct template_source *src,
		  const struct patience *p, bool *ret_vm_failed, struct err *e)
{
	CLEANUP(free) char *tmp = xasprintf("making-%ld", (long)getpid());
	CLEANUP(free) char *name = NULL;
	CLEANUP(fd_close) int dir = -1;
	int64_t t0 = now_ns();
	char key[33];
	int rc = -1;

	template_key(key, src);
	name = xasprintf("template-%s", key);
	/* Whoever left these died: we have the lock. */
	cache_prune(cachefd, "making-", NULL, 0);
	if (check_space(cachefd, e) < 0)
		return -1;
	vm_tell(h, SESSION_EV_STEP, "making the template, once (%s)", src->kvm ? "kvm" : "tcg");
	if (mkdirat(cachefd, tmp, 0700) < 0 ||
	    (dir = openat(cachefd, tmp, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		err_sys(e, "cannot write in the cache folder");
	else
		rc = make_in(h, dir, src, p, ret_vm_failed, e);
	if (rc == 0) {
		cache_remove_folder(cachefd, name);
		if (renameat(cachefd, tmp, cachefd, name) < 0)
			rc = err_sys(e, "cannot write in the cache folder");
	}
	if (rc < 0) {
		cache_remove_folder(cachefd, tmp);
		/* With KVM this is its proof, and the reason goes into a verdict. */
		return src->kvm ? -1 : err_ctx(e, "cannot make the template");
	}
	/* One more is left: for who uses two accelerators, or two versions, by turns. */
	cache_prune(cachefd, "template-", name, 1);
	vm_tell(h, SESSION_EV_STEP, "made the template in %.1f s", (now_ns() - t0) / 1e9);
	return 0;
}
