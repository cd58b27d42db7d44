/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the call details reads of a guest, from hostile bytes: passwd with shells, SELinux's
 * config, entries of a boot loader, grub's files, kernels, initramfs. The first byte says which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "daemon/inspect/details_text.h"
#include "daemon/inspect/initramfs.h"
#include "daemon/inspect/kernel_image.h"
#include "util/io.h"

#define USERS_MAX 10
#define WORK	  2048

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The first half are shells. */
static void try_users(const char *text, size_t n)
{
	wire_users users = { 0 };

	text_users(text + n / 2, n - n / 2, text, n / 2, USERS_MAX, &users);
	if (users.n > USERS_MAX)
		__builtin_trap();
	for (uint32_t i = 0; i < users.n; i++) {
		if (!*users.v[i].name || !*users.v[i].shell)
			__builtin_trap();
		wire_free_user(&users.v[i]);
	}
	free(users.v);
}

static void try_selinux(const char *text, size_t n)
{
	CLEANUP(free) char *args = text_grub_args(text, n);
	const char *mode = text_selinux_args(text_selinux(text, n), args ? args : "");

	if (strlen(mode) > strlen("permissive"))
		__builtin_trap();
	free(text_grubenv(text, n, "kernelopts"));
}

static void try_bls(const char *text, size_t n)
{
	CLEANUP(boot_entry_release) struct boot_entry b = { 0 };

	text_boot_entry(text, n, &b);
}

/* A file with these bytes in it. */
static int file_of(const char *text, size_t n)
{
	CLEANUP(fd_close) int fd = memfd_create("fuzz", MFD_CLOEXEC);

	return fd >= 0 && write_full(fd, text, n) == 0 ? TAKE_FD(fd) : -1;
}

static void try_kernel(const char *text, size_t n)
{
	CLEANUP(fd_close) int fd = file_of(text, n);
	struct kernel_image image;

	kernel_image_read(fd, &image);
	if (strlen(image.version) >= KERNEL_VERSION_MAX)
		__builtin_trap();
}

static bool see(void *ctx, const char *name)
{
	size_t *left = ctx;

	if (strlen(name) >= NEWC_NAME_MAX + 4)
		__builtin_trap();
	return --*left;
}

static void try_initramfs(const char *text, size_t n)
{
	CLEANUP(fd_close) int fd = file_of(text, n);
	uint64_t work = WORK;
	size_t left = 100;

	initramfs_names(fd, 0, n, &work, see, &left);
	if (work > WORK)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const parsers[])(const char *, size_t) = {
		try_users, try_selinux, try_bls, try_kernel, try_initramfs,
	};

	if (n)
		parsers[*data % ARRAY_SIZE(parsers)]((const char *)data + 1, n - 1);
	return 0;
}
