/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Done once, before the template is saved: modules are loaded, and the paths of
 * code that a run takes are taken once, over small file systems in memory and
 * over a placeholder, so that their pages are in the template. Nothing of it is
 * necessary for the results: what fails is passed over.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices.h"
#include "devname.h"
#include "disks.h"
#include "fstype.h"
#include "lvm.h"
#include "modules.h"
#include "mounts.h"
#include "run.h"
#include "storage.h"
#include "util/io.h"
#include "util/xalloc.h"

#define WARM_NS ((int64_t)3 * 1000000000) /* no new step is begun after this */
#define WARM_FILE "/run/guestd-warm"
#define WARM_SIZE ((off_t)300 << 20) /* sparse; xfs takes no less */

/* Takes a free loop device for the file; its node is in *ret. */
static int loop_attach(const char *file, char ret[DEVNAME_MAX], struct err *e)
{
	CLEANUP(fd_close) int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	CLEANUP(fd_close) int back = open(file, O_RDONLY | O_CLOEXEC);
	int n = control < 0 || back < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE);

	if (n < 0)
		return err_sys(e, "no loop device");
	snprintf(ret, DEVNAME_MAX, "/dev/loop%d", n);
	CLEANUP(fd_close) int fd = open(ret, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, LOOP_SET_FD, back) < 0)
		return err_sys(e, "open '%s'", ret);
	return 0;
}

static void loop_detach(const char *node)
{
	CLEANUP(fd_close) int fd = open(node, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		ioctl(fd, LOOP_CLR_FD, 0);
}

/* Looks at the file system on node just as a search for the guest does. */
static int warm_mount(struct guestd *g, const char *node, struct err *e)
{
	struct device d = { .user = (char *)node, .node = (char *)node, .disk = -1 };
	CLEANUP(buf_release) struct buf options = BUF_INIT;
	int rc = mounts_look(g, &d, NULL, &options, e);

	if (rc == 0)
		mounts_look_end(g, &d);
	probe_release(&d.probe);
	return rc;
}

/* Makes a file system of that type in memory and mounts it. */
static int warm_fs(struct guestd *g, const struct fstype *t, struct err *e)
{
	const char *argv[8] = { NULL };
	char node[DEVNAME_MAX];
	size_t n = 0;
	int rc;

	CLEANUP(fd_close) int fd = open(WARM_FILE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, WARM_SIZE) < 0)
		return err_sys(e, "create '%s'", WARM_FILE);
	for (; t->mkfs[n]; n++)
		argv[n] = t->mkfs[n];
	argv[n] = WARM_FILE;
	if (run(argv, NULL, e) < 0 || loop_attach(WARM_FILE, node, e) < 0)
		return -1;
	rc = warm_mount(g, node, e);
	loop_detach(node);
	return rc;
}

/* Partitions and signatures of a placeholder, of which there are none: every prober runs. */
static void warm_placeholder(struct storage *st, bool programs)
{
	struct err e;

	for (size_t i = 0; i < st->n_slots; i++) {
		struct probe p;
		char node[64];

		if (strcmp(st->slots[i].serial, "disk0") != 0)
			continue;
		devname_kernel(st->slots[i].node, 0, node, sizeof(node));
		if (probe_read(node, &p, &e) == 0)
			probe_release(&p);
		if (programs)
			lvm_warm(node);
	}
}

int storage_warm(struct guestd *g, bool programs, struct err *e)
{
	struct storage *st = storage_of(g);
	int64_t end = now_ns() + WARM_NS;
	const struct fstype *t;
	struct err ignored;

	if (mkdir(LOOK_DIR, 0700) < 0 && errno != EEXIST)
		return err_sys(e, "mkdir '%s'", LOOK_DIR);
	st->warmed = true;
	for (size_t i = 0; (t = fstype_at(i)); i++)
		if (t->warm)
			(void)!modules_for_fs(g, t, t->name, &ignored);
	(void)!module_load(g, "dm_mod", &ignored);
	(void)!module_load(g, "loop", &ignored);
	warm_placeholder(st, programs);
	for (size_t i = 0; programs && (t = fstype_at(i)) && now_ns() < end; i++)
		if (t->warm && warm_fs(g, t, &ignored) < 0)
			log_line(g, "warming %s: %s", t->name, ignored.msg);
	unlink(WARM_FILE);
	return 0;
}
