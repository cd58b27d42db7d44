/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small texts of a guest and what is of interest in them. All are hostile bytes, n of them. */
#ifndef DAEMON_INSPECT_DETAILS_TEXT_H
#define DAEMON_INSPECT_DETAILS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/proto.h"

/*
 * Adds the users of a passwd(5) who can log in: root and those from 1000 on whose shell is among
 * shells (shells(5), maybe empty), or ends in "sh". Returns false where there are more than max.
 */
bool text_users(const char *passwd, size_t n, const char *shells, size_t n_shells, size_t max,
		wire_users *ret);

/* The mode that SELinux's config sets: "enforcing", "permissive", "disabled", or "". */
const char *text_selinux(const char *text, size_t n);
/* The same once a kernel was given that command line, a string. */
const char *text_selinux_args(const char *mode, const char *args);

/* An entry of the Boot Loader Specification. Strings are NULL where it has none. */
struct boot_entry {
	char *kernel;  /* "linux", or "efi" */
	char *initrd;  /* the last one that is no microcode */
	char *options;
	char *version;
};
void text_boot_entry(const char *text, size_t n, struct boot_entry *ret);
void boot_entry_release(struct boot_entry *b);

/* The arguments of the first kernel that a grub.cfg starts, or NULL. The caller frees. */
char *text_grub_args(const char *text, size_t n);
/* A variable in a grubenv, or NULL. The caller frees. */
char *text_grubenv(const char *text, size_t n, const char *name);

static inline void boot_entry_release_p(struct boot_entry *b)
{
	boot_entry_release(b);
}

#endif
