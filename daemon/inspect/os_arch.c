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

/* Machines of PE. */
static const struct {
	uint16_t machine;
	const char *name;
} pe_rows[] = {
	{ 0x014c, "i386" },  { 0x8664, "x86_64" }, { 0xaa64, "aarch64" },
	{ 0x01c0, "arm" },   { 0x01c2, "arm" },	   { 0x01c4, "arm" },
	{ 0x0200, "ia64" },  { 0x0184, "alpha" },  { 0x0166, "mipsel" },
	{ 0x01f0, "ppcle" },
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

static unsigned le16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static const char *arch_of_elf(const uint8_t *p, size_t n)
{
	const size_t at = offsetof(Elf32_Ehdr, e_machine); /* as Elf64_Ehdr's */

	if (n < at + 2)
		return NULL;
	const bool little = p[EI_DATA] != ELFDATA2MSB, wide = p[EI_CLASS] == ELFCLASS64;
	const unsigned machine = little ? le16(p + at) : (unsigned)p[at] << 8 | p[at + 1];

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

static const char *arch_of_pe(const uint8_t *p, size_t n)
{
	if (n < 0x40)
		return NULL;
	const size_t at = le16(p + 0x3c) | (size_t)le16(p + 0x3e) << 16;
	if (at > n - 6 || memcmp(p + at, "PE\0\0", 4) != 0)
		return NULL;
	const unsigned machine = le16(p + at + 4);

	for (size_t i = 0; i < ARRAY_SIZE(pe_rows); i++)
		if (pe_rows[i].machine == machine)
			return pe_rows[i].name;
	return NULL;
}

const char *arch_of_header(const uint8_t *p, size_t n)
{
	if (n > SELFMAG && !memcmp(p, ELFMAG, SELFMAG))
		return arch_of_elf(p, n);
	if (n > 2 && !memcmp(p, "MZ", 2))
		return arch_of_pe(p, n);
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
