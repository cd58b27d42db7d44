/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_arch.h. */
#include "daemon/inspect/os_arch.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>

#include "daemon/inspect/os_file.h"
#include "util/cleanup.h"

/* Newer than some elf.h. */
#define MACHINE_LOONGARCH 258
#define MACHINE_ALPHA_OLD 0x9026

/* A machine of ELF: its name for 32 and 64 bits, and for those bytes in little-endian order. */
struct elf_row {
	uint16_t machine;
	const char *big32, *little32, *big64, *little64;
};

#define ALL(machine, name)                         \
	{                                          \
		machine, name, name, name, name    \
	}
#define BITS(machine, name32, name64)                  \
	{                                              \
		machine, name32, name32, name64, name64 \
	}

static const struct elf_row elf_rows[] = {
	ALL(EM_386, "i386"),
	ALL(EM_IAMCU, "i386"), /* once that of the 80486 */
	ALL(EM_X86_64, "x86_64"),
	ALL(EM_AARCH64, "aarch64"),
	ALL(EM_ARM, "arm"),
	BITS(EM_RISCV, "riscv32", "riscv64"),
	{ EM_PPC, "ppc", "ppcle", "ppc", "ppcle" },
	{ EM_PPC64, "ppc64", "ppc64le", "ppc64", "ppc64le" },
	BITS(EM_S390, "s390", "s390x"),
	BITS(MACHINE_LOONGARCH, "loongarch32", "loongarch64"),
	ALL(EM_SPARC, "sparc"),
	ALL(EM_SPARC32PLUS, "sparc"),
	ALL(EM_SPARCV9, "sparc64"),
	ALL(EM_IA_64, "ia64"),
	{ EM_MIPS, "mips", "mipsel", "mips64", "mips64el" },
	ALL(EM_68K, "m68k"),
	ALL(EM_ALPHA, "alpha"),
	ALL(MACHINE_ALPHA_OLD, "alpha"),
	BITS(EM_PARISC, "hppa", "hppa64"),
	{ EM_SH, "sh4eb", "sh4", "sh4eb", "sh4" },
	{ EM_ARCV2, "arceb", "arc", "arceb", "arc" },
};

/* What every system has, the first that is a program counts. */
static const char *const programs[] = {
	"bin/bash",
	"bin/ls",
	"bin/echo",
	"bin/rm",
	"bin/sh",
	/* Without a /bin: */
	"usr/bin/bash",
	"usr/bin/sh",
	"usr/lib/systemd/systemd",
	"sbin/init",
	"nix/var/nix/profiles/system/sw/bin/bash",
	"var/guix/profiles/system/profile/bin/bash",
};

const char *arch_of_header(const uint8_t *p, size_t n)
{
	const size_t at = offsetof(Elf32_Ehdr, e_machine); /* as Elf64_Ehdr's */

	if (n < at + 2 || memcmp(p, ELFMAG, SELFMAG) != 0)
		return NULL;
	const bool little = p[EI_DATA] != ELFDATA2MSB, wide = p[EI_CLASS] == ELFCLASS64;
	const unsigned machine = little ? p[at] | (unsigned)p[at + 1] << 8
					: p[at + 1] | (unsigned)p[at] << 8;

	for (size_t i = 0; i < ARRAY_SIZE(elf_rows); i++) {
		const struct elf_row *r = &elf_rows[i];

		if (r->machine != machine)
			continue;
		if (wide)
			return little ? r->little64 : r->big64;
		return little ? r->little32 : r->big32;
	}
	return NULL;
}

const char *arch_of_file(int root, const char *path)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	return head_read(root, path, &b) ? arch_of_header((const uint8_t *)b.data, b.len) : NULL;
}

const char *arch_of_system(int root)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		const char *arch = arch_of_file(root, programs[i]);

		if (arch)
			return arch;
	}
	return NULL;
}
