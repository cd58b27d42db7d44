/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See accel.h. */
#include "vm/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/kvm.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "vm/cache.h"

#define VERDICT_FILE "kvm-verdict"

const char *kvm_state_name(enum kvm_state s)
{
	static const char *const names[] = {
		[KVM_ABSENT] = "absent", [KVM_NOT_PERMITTED] = "not-permitted",
		[KVM_BROKEN] = "broken", [KVM_UNPROVED] = "unproved",
		[KVM_WORKS] = "works",
	};

	return names[s];
}

/* The first line of a verdict: what it holds for. */
static void verdict_for(const char *qemu, char *ret, size_t n)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	struct stat st = { 0 };

	if (file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", 100, &b, &e) < 0)
		buf_addstr(&b, "?");
	b.data[strcspn(b.data, "\n")] = '\0';
	stat(qemu, &st);
	snprintf(ret, n, "boot %s qemu %llu %lld\n", b.data, (unsigned long long)st.st_ino,
		 (long long)st.st_mtime);
}

/* The remembered verdict, if it holds for this boot and this qemu. */
static void recall(int cachefd, const char *qemu, struct kvm_verdict *ret)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	char head[200];
	char *p;

	if (cachefd < 0 || file_read(cachefd, VERDICT_FILE, 4096, &b, &e) < 0 || !b.len)
		return;
	verdict_for(qemu, head, sizeof(head));
	if (strncmp(b.data, head, strlen(head)))
		return;
	p = b.data + strlen(head);
	p[strcspn(p, "\n")] = '\0';
	if (!strncmp(p, "works ", 6)) {
		ret->state = KVM_WORKS;
		snprintf(ret->why, sizeof(ret->why), "%s", p + 6);
	} else if (!strncmp(p, "broken ", 7)) {
		ret->state = KVM_BROKEN;
		snprintf(ret->why, sizeof(ret->why), "%s", p + 7);
	}
}

void kvm_look(int cachefd, const char *qemu, struct kvm_verdict *ret)
{
	CLEANUP(fd_close) int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int no = errno;

	if (fd < 0 && (no == ENOENT || no == ENODEV || no == ENXIO)) {
		ret->state = KVM_ABSENT;
		snprintf(ret->why, sizeof(ret->why), "there is no /dev/kvm");
	} else if (fd < 0) {
		ret->state = KVM_NOT_PERMITTED;
		snprintf(ret->why, sizeof(ret->why), "/dev/kvm cannot be opened: %s", strerror(no));
	} else if (ioctl(fd, KVM_GET_API_VERSION, 0) != KVM_API_VERSION) {
		ret->state = KVM_BROKEN;
		snprintf(ret->why, sizeof(ret->why), "/dev/kvm opens, but does not answer as KVM");
	} else {
		ret->state = KVM_UNPROVED;
		snprintf(ret->why, sizeof(ret->why), "/dev/kvm opens; it was not tried yet");
		recall(cachefd, qemu, ret);
	}
}

void kvm_remember(int cachefd, const char *qemu, bool works, const char *why)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	char head[200];

	if (cachefd < 0)
		return;
	verdict_for(qemu, head, sizeof(head));
	buf_addf(&b, "%s%s %s\n", head, works ? "works" : "broken", why);
	(void)cache_write(cachefd, VERDICT_FILE, b.data, b.len, &e);
}

unsigned long host_tsc_khz(void)
{
#ifdef __x86_64__
	int64_t t0 = now_ns();
	uint64_t c0 = __builtin_ia32_rdtsc();
	struct timespec ten_ms = { 0, 10000000 };
	int64_t t1;
	uint64_t c1;

	nanosleep(&ten_ms, NULL);
	t1 = now_ns();
	c1 = __builtin_ia32_rdtsc();
	return (c1 - c0) * 1000000 / (t1 - t0);
#else
	return 0;
#endif
}
