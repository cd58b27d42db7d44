/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The launcher's parts that need no machine: arguments, template hashes, cache folder, verdict on
 * KVM. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <jansson.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/accel.h"
#include "vm/cache.h"
#include "vm/qemu_args.h"
#include "vm/template_meta.h"

/* A folder of the test's own, removed with what is in it. */
static char *scratch(void)
{
	char *p = xasprintf("%s/test-vm-XXXXXX", getenv("TMPDIR") ?: "/tmp");

	assert_non_null(mkdtemp(p));
	return p;
}

static void drop(char *p)
{
	cache_remove_folder(AT_FDCWD, p);
	free(p);
}

static struct image two_layers(struct image_layer *l)
{
	l[0] = (struct image_layer){
		.fd = 20, .path = (char *)"/home/me/secret.qcow2", .format = "qcow2", .data_fd = -1
	};
	l[1] = (struct image_layer){
		.fd = 21, .path = (char *)"/home/me/base.img", .format = "raw", .data_fd = -1
	};
	return (struct image){ .name = (char *)"/home/me/secret.qcow2",
			       .layers = l,
			       .n_layers = 2,
			       .virtual_size = 4096,
			       .overlay = -1,
			       .journal = -1 };
}

static const char *after(const struct strvec *v, const char *option, const char *mark)
{
	for (size_t i = 0; i + 1 < v->n; i++)
		if (!strcmp(v->v[i], option) && strstr(v->v[i + 1], mark))
			return v->v[i + 1];
	return NULL;
}

static void args_name_no_file_of_the_user(void **state)
{
	struct image_layer l[2];
	struct image img = two_layers(l);
	struct image *images[] = { &img };
	struct machine m = {
		.how = MACHINE_RESTORE, .ram = 10, .state = 11, .images = images, .n_images = 1
	};
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;

	(void)state;
	machine_args(&v, &m);
	for (size_t i = 0; i < v.n; i++)
		assert_null(strstr(v.v[i], "/home"));
	assert_non_null(after(&v, "-add-fd", "fd=20,"));
	assert_non_null(after(&v, "-add-fd", "fd=21,"));
	assert_true(strvec_has(&v, "-sandbox"));
	assert_false(strvec_has(&v, "-kernel"));
	assert_non_null(after(&v, "-incoming", "defer"));
}

static void args_are_read_only_unless_asked(void **state)
{
	struct image_layer l[2];
	struct image img = two_layers(l);
	struct image *images[] = { &img };
	struct machine m = { .how = MACHINE_BOOT, .images = images, .n_images = 1 };

	(void)state;
	for (int w = 0; w < 2; w++) {
		CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;

		m.writable = img.writable = w;
		machine_args(&v, &m);
		json_t *top = json_loads(after(&v, "-blockdev", "\"node-name\":\"d0\""), 0, NULL);
		json_t *below = json_loads(after(&v, "-blockdev", "\"node-name\":\"d0-1\""), 0, NULL);

		assert_int_equal(json_is_true(json_object_get(top, "read-only")), !w);
		assert_string_equal(json_string_value(json_object_get(json_object_get(top, "file"), "locking")),
				    w ? "on" : "off");
		/* What is below the top is never written. */
		assert_true(json_is_true(json_object_get(below, "read-only")));
		assert_true(json_is_true(json_object_get(json_object_get(below, "file"), "read-only")));
		assert_null(json_object_get(below, "backing"));
		assert_string_equal(json_string_value(json_object_get(top, "backing")), "d0-1");
		json_decref(below);
		json_decref(top);
	}
}

static void every_blockdev_is_json_with_a_driver(void **state)
{
	struct image_layer l[2];
	struct image img = two_layers(l);
	struct image *images[] = { &img, &img, &img };
	struct machine m = { .how = MACHINE_TEMPLATE };
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;
	unsigned seen = 0;

	(void)state;
	machine_args(&v, &m);
	m = (struct machine){ .how = MACHINE_RESTORE, .images = images, .n_images = 3 };
	machine_args(&v, &m);
	for (size_t i = 0; i + 1 < v.n; i++) {
		json_t *j;

		if (strcmp(v.v[i], "-blockdev"))
			continue;
		j = json_loads(v.v[i + 1], 0, NULL);
		assert_non_null(json_string_value(json_object_get(j, "driver")));
		json_decref(j);
		seen++;
	}
	/* Twice root and ring, eight empty slots, then three images of two layers and five
	 * empty ones. */
	assert_int_equal(seen, 4 + 8 + 3 * 2 + 5);
}

static void all_slots_are_in_every_machine(void **state)
{
	static const enum machine_how hows[] = { MACHINE_BOOT, MACHINE_TEMPLATE, MACHINE_RESTORE };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct machine m = { .how = hows[i] };
		CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;

		machine_args(&v, &m);
		for (unsigned s = 0; s < DISK_SLOTS; s++) {
			char serial[32];

			snprintf(serial, sizeof(serial), "serial=disk%u", s);
			assert_non_null(after(&v, "-device", serial));
		}
	}
}

static void hotplug_is_json(void **state)
{
	struct image_layer l[2];
	struct image img = two_layers(l);
	struct image *images[DISK_SLOTS + 1];
	struct machine m = { .how = MACHINE_RESTORE, .images = images, .n_images = DISK_SLOTS + 1 };
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;
	CLEANUP(strvec_release) struct strvec args = STRVEC_INIT;

	(void)state;
	for (size_t i = 0; i <= DISK_SLOTS; i++)
		images[i] = &img;
	/* Its nodes are there from the start. */
	machine_args(&args, &m);
	assert_non_null(after(&args, "-blockdev", "\"d8\""));
	machine_hotplug(&v, &m, DISK_SLOTS);
	assert_int_equal(v.n, 1);
	assert_non_null(strstr(v.v[0], "\"drive\":\"d8\""));
	for (size_t i = 0; i < v.n; i++) {
		json_t *j = json_loads(v.v[i], 0, NULL);

		assert_non_null(json_string_value(json_object_get(j, "execute")));
		json_decref(j);
	}
}

/* A template's two files, in memory: a block with data, one of zeroes written out, and holes. */
static void make_files(int *ret_ram, int *ret_state)
{
	char block[META_BLOCK];

	*ret_ram = memfd_create("ram", MFD_CLOEXEC);
	*ret_state = memfd_create("state", MFD_CLOEXEC);
	assert_int_equal(ftruncate(*ret_ram, (off_t)META_BLOCKS * META_BLOCK), 0);
	memset(block, 'x', sizeof(block));
	assert_int_equal(pwrite(*ret_ram, block, sizeof(block), 5 * (off_t)META_BLOCK),
			 sizeof(block));
	assert_int_equal(
		pwrite(*ret_ram, block, sizeof(block), ((off_t)META_BLOCKS - 1) * META_BLOCK),
		sizeof(block));
	memset(block, 0, sizeof(block));
	assert_int_equal(pwrite(*ret_ram, block, sizeof(block), 7 * (off_t)META_BLOCK),
			 sizeof(block));
	assert_int_equal(write(*ret_state, "state", 5), 5);
}

static void a_template_is_known_again(void **state)
{
	CLEANUP(fd_close) int ram = -1;
	CLEANUP(fd_close) int st = -1;
	CLEANUP(fd_close) int dir = -1;
	CLEANUP(free) struct template_meta *again = NULL;
	struct template_meta m;
	struct err e = ERR_INIT;
	char *path = scratch();

	(void)state;
	make_files(&ram, &st);
	assert_int_equal(template_meta_compute(&m, ram, st, &e), 0);
	assert_int_equal(template_meta_ram_bytes(&m), 2 * META_BLOCK);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(template_meta_write(&m, dir, &e), 0);
	again = template_meta_read(dir, &e);
	assert_non_null(again);
	assert_memory_equal(again, &m, sizeof(m));
	assert_true(template_meta_matches(again, ram, st));
	drop(path);
}

static void damage_to_a_template_is_seen(void **state)
{
	static const off_t places[] = { 5 * (off_t)META_BLOCK + 77, 6 * (off_t)META_BLOCK,
					7 * (off_t)META_BLOCK + 1,
					(off_t)META_BLOCKS * META_BLOCK - 1 };
	struct template_meta m;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places) + 2; i++) {
		CLEANUP(fd_close) int ram = -1;
		CLEANUP(fd_close) int st = -1;

		make_files(&ram, &st);
		assert_int_equal(template_meta_compute(&m, ram, st, &e), 0);
		assert_true(template_meta_matches(&m, ram, st));
		if (i < ARRAY_SIZE(places))
			assert_int_equal(pwrite(ram, "!", 1, places[i]), 1);
		else if (i == ARRAY_SIZE(places))
			assert_int_equal(pwrite(st, "!", 1, 2), 1);
		else
			assert_int_equal(ftruncate(ram, 6 * (off_t)META_BLOCK), 0);
		assert_false(template_meta_matches(&m, ram, st));
	}
}

static void a_damaged_description_is_refused(void **state)
{
	static const char *const texts[] = { "", "{", "{}", "[]",
					     "{\"format\":1,\"used\":\"00\"}" };
	struct err e = ERR_INIT;
	char *path = scratch();
	int dir = open(path, O_RDONLY | O_DIRECTORY);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(cache_write(dir, "meta.json", texts[i], strlen(texts[i]), &e), 0);
		assert_null(template_meta_read(dir, &e));
		assert_int_equal(e.no, EINVAL);
	}
	close(dir);
	drop(path);
}

static void the_cache_folder_is_only_ours(void **state)
{
	struct err e = ERR_INIT;
	char *path = scratch();
	CLEANUP(free) char *below = xasprintf("%s/new", path);
	struct stat st;
	int fd;

	(void)state;
	setenv("GUESTUTILS_CACHE", below, 1);
	fd = cache_open(&e);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	close(fd);
	chmod(below, 0777);
	assert_int_equal(cache_open(&e), -1);
	assert_non_null(strstr(e.msg, "others can write"));
	if (geteuid() == 0) {
		chmod(below, 0700);
		assert_int_equal(chown(below, 65534, 65534), 0);
		assert_int_equal(cache_open(&e), -1);
		assert_non_null(strstr(e.msg, "another user"));
	}
	rmdir(below);
	unsetenv("GUESTUTILS_CACHE");
	drop(path);
}

static void old_folders_go_and_the_newest_stay(void **state)
{
	struct err e = ERR_INIT;
	char *path = scratch();
	int dir = open(path, O_RDONLY | O_DIRECTORY);

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct timespec t[2] = { { 1000 + i, 0 }, { 1000 + i, 0 } };
		char name[16];
		int sub;

		snprintf(name, sizeof(name), "t-%d", i);
		assert_int_equal(mkdirat(dir, name, 0700), 0);
		sub = openat(dir, name, O_RDONLY | O_DIRECTORY);
		assert_int_equal(cache_write(sub, "f", "x", 1, &e), 0);
		futimens(sub, t);
		close(sub);
	}
	cache_prune(dir, "t-", "t-0", 1);
	assert_int_equal(faccessat(dir, "t-0", F_OK, 0), 0);
	assert_int_equal(faccessat(dir, "t-1", F_OK, 0), -1);
	assert_int_equal(faccessat(dir, "t-2", F_OK, 0), -1);
	assert_int_equal(faccessat(dir, "t-3", F_OK, 0), 0);
	cache_prune(dir, "t-", NULL, 0);
	close(dir);
	drop(path);
}

static void a_verdict_on_kvm_is_for_one_qemu(void **state)
{
	char *path = scratch();
	int dir = open(path, O_RDONLY | O_DIRECTORY);
	struct kvm_verdict v, before;

	(void)state;
	kvm_look(dir, "/bin/true", &before);
	kvm_remember(dir, "/bin/true", false, "it spins");
	kvm_look(dir, "/bin/true", &v);
	if (before.state == KVM_UNPROVED) {
		assert_int_equal(v.state, KVM_BROKEN);
		assert_string_equal(v.why, "it spins");
		kvm_look(dir, "/bin/sh", &v);
		assert_int_equal(v.state, KVM_UNPROVED);
		kvm_remember(dir, "/bin/true", true, "it booted");
		kvm_look(dir, "/bin/true", &v);
		assert_int_equal(v.state, KVM_WORKS);
	} else {
		/* Where there is no KVM to prove, no verdict makes one. */
		assert_int_equal(v.state, before.state);
	}
	close(dir);
	drop(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(args_name_no_file_of_the_user),
		cmocka_unit_test(args_are_read_only_unless_asked),
		cmocka_unit_test(every_blockdev_is_json_with_a_driver),
		cmocka_unit_test(all_slots_are_in_every_machine),
		cmocka_unit_test(hotplug_is_json),
		cmocka_unit_test(a_template_is_known_again),
		cmocka_unit_test(damage_to_a_template_is_seen),
		cmocka_unit_test(a_damaged_description_is_refused),
		cmocka_unit_test(the_cache_folder_is_only_ours),
		cmocka_unit_test(old_folders_go_and_the_newest_stay),
		cmocka_unit_test(a_verdict_on_kvm_is_for_one_qemu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
