/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a system is: phony trees of every kind that is known, and of some that mean harm. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/guestd.h"
#include "daemon/inspect/os.h"
#include "daemon/inspect/os_arch.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/os_host.h"
#include "daemon/inspect/os_medium.h"
#include "daemon/inspect/os_ostree.h"
#include "daemon/inspect/os_release.h"
#include "trees.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* ---- trees */

static char where[] = "/tmp/test-os-XXXXXX";

/* An ELF header's class, byte order and machine, of those that trees have. */
static const struct {
	const char *arch;
	uint8_t class, data;
	uint16_t machine;
} elfs[] = {
	{ "i386", ELFCLASS32, ELFDATA2LSB, EM_386 },
	{ "x86_64", ELFCLASS64, ELFDATA2LSB, EM_X86_64 },
	{ "aarch64", ELFCLASS64, ELFDATA2LSB, EM_AARCH64 },
	{ "arm", ELFCLASS32, ELFDATA2LSB, EM_ARM },
	{ "ppc", ELFCLASS32, ELFDATA2MSB, EM_PPC },
	{ "ppc64", ELFCLASS64, ELFDATA2MSB, EM_PPC64 },
	{ "ppc64le", ELFCLASS64, ELFDATA2LSB, EM_PPC64 },
	{ "s390", ELFCLASS32, ELFDATA2MSB, EM_S390 },
	{ "s390x", ELFCLASS64, ELFDATA2MSB, EM_S390 },
	{ "sparc", ELFCLASS32, ELFDATA2MSB, EM_SPARC },
	{ "sparc", ELFCLASS32, ELFDATA2MSB, EM_SPARC32PLUS },
	{ "sparc64", ELFCLASS64, ELFDATA2MSB, EM_SPARCV9 },
	{ "ia64", ELFCLASS64, ELFDATA2LSB, EM_IA_64 },
	{ "riscv64", ELFCLASS64, ELFDATA2LSB, EM_RISCV },
	{ "riscv32", ELFCLASS32, ELFDATA2LSB, EM_RISCV },
	{ "loongarch64", ELFCLASS64, ELFDATA2LSB, 258 },
	{ "mips", ELFCLASS32, ELFDATA2MSB, EM_MIPS },
	{ "mips64el", ELFCLASS64, ELFDATA2LSB, EM_MIPS },
	{ "x86_64", ELFCLASS32, ELFDATA2LSB, EM_X86_64 },
};

static void elf_header(size_t row, uint8_t h[64])
{
	memset(h, 0, 64);
	memcpy(h, ELFMAG, SELFMAG);
	h[EI_CLASS] = elfs[row].class;
	h[EI_DATA] = elfs[row].data;
	h[18 + (elfs[row].data == ELFDATA2MSB)] = (uint8_t)elfs[row].machine;
	h[19 - (elfs[row].data == ELFDATA2MSB)] = (uint8_t)(elfs[row].machine >> 8);
}

/* The folders above a path. */
static void make_parents(int dir, const char *path)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		CLEANUP(free) char *parent = xmemdup0(path, (size_t)(p - path));

		if (mkdirat(dir, parent, 0755))
			assert_int_equal(errno, EEXIST);
	}
}

static void write_file(int dir, const char *path, const void *data, size_t n)
{
	CLEANUP(fd_close) int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, data, n), 0);
}

/* Makes one file as trees.h has it. */
static void make_file(int dir, const char *spec)
{
	const char *link = strstr(spec, " -> "), *text = strchr(spec, '='), *at = strchr(spec, '@');
	const char *end = text ? text : link ? link : at ? at : spec + strlen(spec);
	CLEANUP(free) char *path = xmemdup0(spec, (size_t)(end - spec));
	uint8_t h[64];

	make_parents(dir, path);
	if (text) {
		write_file(dir, path, text + 1, strlen(text + 1));
	} else if (link) {
		assert_int_equal(symlinkat(link + 4, dir, path), 0);
	} else if (at) {
		size_t i = 0;

		while (strcmp(elfs[i].arch, at + 1) != 0)
			assert_true(++i < ARRAY_SIZE(elfs));
		elf_header(i, h);
		write_file(dir, path, h, sizeof(h));
	}
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	return f->level ? remove(path) : 0;
}

/* An empty folder, as O_PATH; NULL after the last spec. */
static int make_tree(const char *const *files)
{
	assert_int_equal(nftw(where, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	int dir = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (; files && *files; files++)
		make_file(dir, *files);
	return dir;
}

#define TREE(...) make_tree((const char *const[]){ __VA_ARGS__, NULL })

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(where) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(where, remove_one, 16, FTW_DEPTH | FTW_PHYS) || rmdir(where) ? -1 : 0;
}

/* ---- what is said of them */

static void say(struct buf *b, const char *field, const char *value)
{
	assert_non_null(value);
	if (*value)
		buf_addf(b, "%s=%s\n", field, value);
}

static char *words(const wire_guest *w)
{
	struct buf b = BUF_INIT;

	say(&b, "type", w->type);
	say(&b, "arch", w->arch);
	say(&b, "distro", w->distro);
	say(&b, "product", w->product_name);
	say(&b, "variant", w->product_variant);
	if (w->major || w->minor)
		buf_addf(&b, "version=%u.%u\n", w->major, w->minor);
	say(&b, "format", w->package_format);
	say(&b, "management", w->package_management);
	say(&b, "hostname", w->hostname);
	say(&b, "build", w->build_id);
	say(&b, "osinfo", w->osinfo);
	say(&b, "id", w->id);
	say(&b, "version_id", w->version_id);
	say(&b, "init", w->init);
	if (strcmp(w->medium, "installed") != 0)
		say(&b, "medium", w->medium);
	say(&b, "systemroot", w->windows_systemroot);
	say(&b, "set", w->windows_current_control_set);
	say(&b, "root", w->root);
	say(&b, "deployment", w->deployment);
	return buf_take(&b);
}

static void test_trees(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < n_trees; i++) {
		CLEANUP(fd_close) int dir = make_tree(trees[i].files);
		const struct os_kind *k = os_recognise(dir);
		wire_guest w = { 0 };

		if (!k || k->role != ROLE_ROOT) {
			print_error("%s: not recognised\n", trees[i].name);
			wrong++;
			continue;
		}
		os_describe(dir, k, &w);
		CLEANUP(free) char *got = words(&w);
		wire_free_guest(&w);
		if (strcmp(got, trees[i].says) != 0) {
			print_error("%s: says\n%s", trees[i].name, got);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
