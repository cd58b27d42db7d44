/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See trees.h: phony roots are laid down. */
#include "trees.h"

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/xalloc.h"

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

const char *tree_elf(size_t row, uint8_t h[64])
{
	if (row >= ARRAY_SIZE(elfs))
		return NULL;
	memset(h, 0, 64);
	memcpy(h, ELFMAG, SELFMAG);
	h[EI_CLASS] = elfs[row].class;
	h[EI_DATA] = elfs[row].data;
	h[18 + (elfs[row].data == ELFDATA2MSB)] = (uint8_t)elfs[row].machine;
	h[19 - (elfs[row].data == ELFDATA2MSB)] = (uint8_t)(elfs[row].machine >> 8);
	return elfs[row].arch;
}

void tree_parents(int dir, const char *path)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		CLEANUP(free) char *parent = xmemdup0(path, (size_t)(p - path));

		if (mkdirat(dir, parent, 0755))
			assert_int_equal(errno, EEXIST);
	}
}

void tree_write(int dir, const char *path, const void *data, size_t n)
{
	CLEANUP(fd_close) int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, data, n), 0);
}

void tree_add(int dir, const char *spec)
{
	const char *link = strstr(spec, " -> "), *text = strchr(spec, '='), *at = strchr(spec, '@');
	const char *end = text ? text : link ? link : at ? at : spec + strlen(spec);
	CLEANUP(free) char *path = xmemdup0(spec, (size_t)(end - spec));
	uint8_t h[64];

	tree_parents(dir, path);
	if (text) {
		tree_write(dir, path, text + 1, strlen(text + 1));
	} else if (link) {
		assert_int_equal(symlinkat(link + 4, dir, path), 0);
	} else if (at) {
		const char *arch = NULL;

		for (size_t i = 0; !arch || strcmp(arch, at + 1) != 0; i++)
			assert_non_null(arch = tree_elf(i, h));
		tree_write(dir, path, h, sizeof(h));
	}
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	return f->level ? remove(path) : 0;
}

int tree_make(const char *const *files)
{
	assert_int_equal(nftw(where, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	int dir = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (; files && *files; files++)
		tree_add(dir, *files);
	return dir;
}

int tree_set_up(void **state)
{
	(void)state;
	return mkdtemp(where) ? 0 : -1;
}

int tree_tear_down(void **state)
{
	(void)state;
	return nftw(where, remove_one, 16, FTW_DEPTH | FTW_PHYS) || rmdir(where) ? -1 : 0;
}
