/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm/create: images of each format, and what keeps one from being made. */
#include "vm/create.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/birth.h"
#include "vm/image.h"
#include "vm/sandbox.h"

#define MIB (UINT64_C(1) << 20)

static void want_program(void)
{
	CLEANUP(free) char *path = program_find("qemu-img");

	if (!path)
		skip();
}

/* In the file of that name, whatever is in it. */
static int create(const struct image_new *n, struct err *e)
{
	CLEANUP(fd_close) int fd = open(n->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	assert_true(fd >= 0);
	return image_create(fd, n, e);
}

/* It cannot be made, for that reason. */
static void refused(const struct image_new *n, int no, const char *words)
{
	struct err e = ERR_INIT;

	assert_int_equal(create(n, &e), -1);
	if (!strstr(e.msg, words))
		fail_msg("'%s' is not in: %s", words, e.msg);
	if (no)
		assert_int_equal(e.no, no);
}

static void made(const struct image_new *n)
{
	CLEANUP(image_close) struct image *img = NULL;
	struct err e = ERR_INIT;

	if (create(n, &e) < 0)
		fail_msg("%s: %s", n->format, e.msg);
	img = image_open(n->path, n->format, IMAGE_WRITE, &e);
	if (!img)
		fail_msg("%s", e.msg);
	assert_int_equal(img->virtual_size, (n->size + 511) / 512 * 512);
}

static void test_raw(void **state)
{
	struct image_new n = { .path = "raw", .format = "raw", .size = 10 * MIB + 1 };
	struct stat st;

	(void)state;
	made(&n);
	assert_int_equal(stat("raw", &st), 0);
	assert_int_equal(st.st_size, 10 * MIB + 512);
	assert_int_equal(st.st_blocks, 0);
	n.size = 512;
	made(&n);
	assert_int_equal(stat("raw", &st), 0);
	assert_int_equal(st.st_size, 512);
}

static void test_formats(void **state)
{
	static const char *const formats[] = { "qcow2", "vmdk", "vdi", "vhdx", "vpc", "qed" };

	(void)state;
	want_program();
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		CLEANUP(free) char *path = xasprintf("a,b %s", formats[i]);
		struct image_new n = { .path = path, .format = formats[i], .size = 300 * MIB };

		made(&n);
		n.size = 30 * MIB;
		made(&n);
	}
}

static void test_options(void **state)
{
	struct image_new n = { .path = "options", .format = "qcow2", .size = MIB };
	struct stat st;

	(void)state;
	want_program();
	n.options = "cluster_size=512,compat=v3,preallocation=full";
	made(&n);
	assert_int_equal(stat("options", &st), 0);
	assert_true(st.st_size > (off_t)MIB);
	n = (struct image_new){ .path = "full", .format = "raw", .size = MIB, .options = "preallocation=falloc" };
	made(&n);
	assert_int_equal(stat("full", &st), 0);
	assert_true(st.st_blocks * 512 >= (off_t)MIB);
}

static void test_refused(void **state)
{
	struct image_new n = { .path = "no", .format = "qcow2", .size = MIB };

	(void)state;
	want_program();
	n.options = "nonsense=1";
	refused(&n, 0, "cannot make 'no': Invalid parameter 'nonsense'");
	n.options = "cluster_size=3";
	refused(&n, 0, "cannot make 'no': Cluster size must be a power of two");
	n.options = "encryption=on";
	refused(&n, 0, "cannot make 'no': Parameter 'encrypt.key-secret' is required");
	n.options = "compat=v3,help";
	refused(&n, EINVAL, "'help' is no option");
	n.options = NULL;
	n.format = "qcow9";
	refused(&n, EINVAL, "known are: qcow2, vmdk");
	n.format = "raw";
	n.size = 0;
	refused(&n, EINVAL, "a disk of 0 bytes");
	n.size = INT64_MAX - 5000;
	refused(&n, 0, "cannot make 'no': ");
}

/* The child can touch no other file. */
static void test_confined(void **state)
{
	struct image_new n = { .path = "alone", .format = "vmdk", .size = MIB };
	struct err e = ERR_INIT;

	(void)state;
	want_program();
	if (!sandbox_landlock_abi(&e))
		skip();
	n.options = "subformat=monolithicFlat";
	refused(&n, 0, "cannot make 'alone': ");
	made(&(struct image_new){ .path = "other", .format = "raw", .size = MIB });
	CLEANUP(free) char *options = xasprintf("backing_fmt=raw,backing_file=%s/other", scratch_folder());
	n = (struct image_new){ .path = "alone", .format = "qcow2", .size = MIB, .options = options };
	refused(&n, 0, "Permission denied");
}

static void test_no_program(void **state)
{
	struct image_new n = { .path = "no", .format = "raw", .size = MIB };
	CLEANUP(free) char *path = xstrdup(getenv("PATH"));

	(void)state;
	setenv("PATH", "/nonexistent", 1);
	made(&n);
	n.format = "qcow2";
	refused(&n, ENOENT, "'qemu-img' is not in PATH; install it (Debian: qemu-utils)");
	setenv("PATH", path, 1);
	n.format = "raw";
	made(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw),	 cmocka_unit_test(test_formats),
		cmocka_unit_test(test_options),	 cmocka_unit_test(test_refused),
		cmocka_unit_test(test_confined), cmocka_unit_test(test_no_program),
	};

	return cmocka_run_group_tests_name("create", tests, scratch_enter, scratch_leave);
}
