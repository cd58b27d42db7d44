/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proof: launch as any tool does, on a disk that is only memory, do there what
 * tools do with disks, and end well. What confines qemu is looked at meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checks.h"
#include "cli/interrupt.h"
#include "help.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/calls.h"
#include "vm/image.h"
#include "vm/sandbox.h"

#define DISK_MIB 64
/* More than two slots of the bulk ring, and no multiple of anything. */
#define DATA_BYTES ((5u << 20) + 4321)

static char device[] = "/dev/sda";
static char top[] = "/";
static char file[] = "/guest-doctor";
static char type[] = "ext4";
static char none[] = "";

/* Bytes that are at no place what they are at another near it. */
static uint8_t byte_at(uint64_t i)
{
	uint64_t x = (i / 8 + 1) * 0x9e3779b97f4a7c15;

	return (uint8_t)((x ^ x >> 29) >> (i % 8 * 8));
}

/* Stream ends; ctx is the position. */
static ssize_t give(void *ctx, void *p, size_t n, struct err *e)
{
	uint64_t *at = ctx;
	uint8_t *to = p;
	size_t i = 0;

	(void)e;
	for (; i < n && *at < DATA_BYTES; i++)
		to[i] = byte_at((*at)++);
	return (ssize_t)i;
}

static int compare(void *ctx, const void *p, size_t n, struct err *e)
{
	uint64_t *at = ctx;
	const uint8_t *from = p;

	for (size_t i = 0; i < n; i++, ++*at)
		if (*at >= DATA_BYTES || from[i] != byte_at(*at))
			return err_set(e, EIO, "byte %llu is not what was written",
				       (unsigned long long)*at);
	return 0;
}

static int make_fs(struct session *s, struct err *e)
{
	char label[] = "";
	struct mkfs_args a = { .device = device, .type = type, .label = label };

	return call_mkfs(s, &a, NULL, e);
}

static int mount_fs(struct session *s, struct err *e)
{
	struct mount_args a = {
		.device = device, .mountpoint = top, .options = none, .type = none
	};

	return call_mount(s, &a, NULL, e);
}

static int write_it(struct session *s, struct err *e)
{
	struct write_file_args a = { .path = file, .mode = 0644 };
	uint64_t at = 0;
	const struct stream io = { .fill = give, .ctx = &at };

	return call_write_file(s, &a, NULL, &io, e);
}

/* Mounts anew first: what is read comes from the disk. */
static int unmount_fs(struct session *s, struct err *e)
{
	struct umount_all_args a = { 0 };

	return call_umount_all(s, &a, NULL, e);
}

static int read_back(struct session *s, struct err *e)
{
	struct read_file_args a = { .path = file };
	uint64_t at = 0;
	const struct stream io = { .data = compare, .ctx = &at };

	if (call_read_file(s, &a, NULL, &io, e) < 0)
		return -1;
	if (at == DATA_BYTES)
		return 0;
	return err_set(e, EIO, "%llu bytes came back of %u", (unsigned long long)at, DATA_BYTES);
}

/* What is done, in this order. */
static const struct {
	const char *what;
	int (*fn)(struct session *s, struct err *e);
} steps[] = {
	{ "making a file system", make_fs },
	{ "mounting it", mount_fs },
	{ "writing a file", write_it },
	{ "unmounting", unmount_fs },
	{ "mounting it again", mount_fs },
	{ "reading the file back", read_back },
};

/* A disk of memory. */
static struct image *scratch_disk(struct err *e)
{
	CLEANUP(fd_close) int fd = memfd_create("guest-doctor-disk", MFD_CLOEXEC);
	CLEANUP(free) char *path = xasprintf("/proc/self/fd/%d", fd);

	if (fd < 0 || ftruncate(fd, (off_t)DISK_MIB << 20) < 0)
		return err_sys(e, "memory for a scratch disk"), NULL;
	return image_open(path, "raw", IMAGE_WRITE, e);
}

/* The number in a line of /proc/PID/status, or 0. */
static uint64_t status_number(const struct buf *b, const char *line)
{
	const char *p = b->len ? strstr(b->data, line) : NULL;

	return p ? strtoull(p + strlen(line), NULL, 10) : 0;
}

/* Looks at qemu from outside, after its work. */
static void look_at_qemu(struct doctor *d, struct finding *f, const struct session *s)
{
	CLEANUP(free) char *path = xasprintf("/proc/%ld/status", (long)session_pid(s));
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;

	d->launched = true;
	d->landlocked = session_landlocked(s);
	if (file_read(AT_FDCWD, path, 64 << 10, &b, &e) < 0)
		return;
	d->seccomp = status_number(&b, "\nSeccomp:") == 2;
	finding_u64(f, "private_kib", status_number(&b, "\nRssAnon:"));
}

static int work(struct doctor *d, struct finding *f, struct session *s, struct err *e)
{
	if (session_launch(s, e) < 0)
		return err_ctx(e, "launching");
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		report_step(&d->cli->report, steps[i].what);
		if (steps[i].fn(s, e) < 0)
			return err_ctx(e, "%s", steps[i].what);
	}
	look_at_qemu(d, f, s);
	return session_finish(s, e);
}

static void help_launch(struct finding *f, const struct err *e)
{
	if (e->no == EPROTONOSUPPORT)
		finding_help(f,
			     "install tools and appliance of one version ('make install'), or in "
			     "a build tree: make");
	else if (strstr(e->msg, "Cannot allocate memory"))
		finding_help(f, "see the check 'memory'");
	else if (strstr(e->msg, "signal 9"))
		finding_help(f,
			     "look for the kernel's words on memory: dmesg | grep -i oom; see the "
			     "check 'memory'");
	else
		finding_help(f, "guest-doctor -v shows each step and what the console says; "
				"guest-doctor --no-template --accel=tcg takes the simplest way");
}

void check_launch(struct doctor *d, struct finding *f)
{
	struct session_options o = d->cli->images.session;
	CLEANUP(session_close) struct session *s = NULL;
	struct err e = ERR_INIT;
	int64_t t0 = now_ns();
	struct image *img;
	double total;
	int r = -1;

	if (!can_launch(d, f))
		return;
	o.writable = true;
	s = session_new(&o);
	session_on_event(s, report_event, &d->cli->report);
	img = scratch_disk(&e);
	if (img)
		r = session_add_image(s, img, &e);
	interrupt_watch(s);
	if (r == 0)
		r = work(d, f, s, &e);
	interrupt_watch(NULL);
	if (r < 0) {
		finding_set(f, FINDING_FAIL, "an appliance cannot be used as tools do");
		finding_cause(f, "%s", e.msg);
		help_launch(f, &e);
		return;
	}
	total = (double)(now_ns() - t0) / 1e6;
	finding_set(f, FINDING_PASS,
		    "ready after %.0f ms (%s); made ext4, wrote %u MiB, read them back, shut down: "
		    "%.0f ms in all",
		    session_ready_ms(s), session_accel_name(s), DATA_BYTES >> 20, total);
	finding_str(f, "accel", session_accel_name(s));
	finding_u64(f, "ready_ms", (uint64_t)session_ready_ms(s));
	finding_u64(f, "total_ms", (uint64_t)total);
}

/* Why is qemu not under Landlock? */
static void say_no_landlock(struct finding *f, int abi, const struct err *why)
{
	finding_set(f, FINDING_WARN, "seccomp confines qemu, Landlock does not");
	if (abi) {
		finding_cause(f, "the kernel has it (ABI %d), but its rules could not be made",
			      abi);
		finding_help(f, "guest-doctor -v tells which");
		return;
	}
	finding_cause(f, "%s", why->msg);
	if (why->no == EOPNOTSUPP)
		finding_help(f, "add landlock to the list lsm= on the kernel's command line, and "
				"boot again; /sys/kernel/security/lsm has the list of now");
	else
		finding_help(f, "Linux 5.13 or later has it (CONFIG_SECURITY_LANDLOCK), and a "
				"container's own seccomp rules have to let it through; nothing has "
				"to be done for tools to work");
}

void check_sandbox(struct doctor *d, struct finding *f)
{
	struct err e = ERR_INIT;
	int abi = sandbox_landlock_abi(&e);

	finding_u64(f, "landlock_abi", (uint64_t)abi);
	if (!d->launched) {
		finding_set(f, FINDING_WARN,
			    "not tried: no qemu ran whose sandbox could be looked at");
		finding_cause(f, "the check 'launch' has not succeeded");
		finding_help(f, "do what that check says");
		return;
	}
	finding_bool(f, "seccomp", d->seccomp);
	finding_bool(f, "landlock", d->landlocked);
	if (!d->seccomp) {
		finding_set(f, FINDING_WARN, "no seccomp filter confines qemu");
		finding_cause(f, "/proc/PID/status of the running qemu shows none");
		finding_help(f, "do not open images of strangers with this qemu; take one that was "
				"built with seccomp");
	} else if (!d->landlocked) {
		say_no_landlock(f, abi, &e);
	} else {
		finding_set(f, FINDING_PASS,
			    "qemu ran under seccomp and Landlock (ABI %d), with open files only",
			    abi);
	}
}
