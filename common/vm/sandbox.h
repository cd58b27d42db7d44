/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What confines qemu beyond its own seccomp filter: the kernel's Landlock, where
 * it has it. qemu may read and run what it consists of, and open the few files
 * of ours that it maps by name; the user's files are not among them, only their
 * descriptors.
 */
#ifndef VM_SANDBOX_H
#define VM_SANDBOX_H

#include <stdbool.h>

#include "util/err.h"

/* The Landlock ABI version of the running kernel, or 0 with *e saying why there is none. */
int sandbox_landlock_abi(struct err *e);

/* A ruleset's descriptor that lets qemu (at binary) start, or -1 with *e. Made in the parent. */
int sandbox_ruleset(const char *binary, bool kvm, struct err *e);

/* Adds an open file to a ruleset: readable, and writable if so. */
int sandbox_allow(int ruleset, int fd, bool writable, struct err *e);

/* The same, writable, and to be made shorter or longer. */
int sandbox_allow_resize(int ruleset, int fd, struct err *e);

/* Adds all below a folder, to be read; one that is not there does not matter. */
int sandbox_allow_folder(int ruleset, const char *path, struct err *e);

/* Confines the calling process for ever. Async-signal-safe: for the child between fork and exec. */
int sandbox_enter(int ruleset);

#endif
