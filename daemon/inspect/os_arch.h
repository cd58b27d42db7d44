/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processor is a program for? By its ELF header; win_parse.h has that of Windows. */
#ifndef DAEMON_INSPECT_OS_ARCH_H
#define DAEMON_INSPECT_OS_ARCH_H

#include <stddef.h>
#include <stdint.h>

/* "x86_64", "i386", "aarch64", of the first n bytes of a program; NULL where it is none. */
const char *arch_of_header(const uint8_t *p, size_t n);
/* The same of a file below root. */
const char *arch_of_file(int root, const char *path);
/* Of the first program that every system has; NULL where there is none. */
const char *arch_of_system(int root);

#endif
