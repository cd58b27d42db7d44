/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The appliance: the folder with the kernel, the initrd and the root image that qemu boots. */
#ifndef VM_APPLIANCE_H
#define VM_APPLIANCE_H

#include <stdbool.h>

#include "util/cleanup.h"
#include "util/err.h"

struct appliance {
	char *path;	/* the folder */
	char *manifest; /* content of its manifest.json: names versions, sizes and hashes of all */
	char *kernel;	/* kernel release */
	int vmlinux;	/* O_RDONLY */
	int initrd;
	int root;
};

/*
 * Finds and opens the appliance. Looked at in this order, the first that is named
 * must be right: folder (if not NULL), $GUESTUTILS_APPLIANCE, the build tree that
 * the running program lies in, the installed one. Checks that the files are there
 * with the sizes of the manifest; appliance_verify() reads them whole.
 */
struct appliance *appliance_open(const char *folder, struct err *e);

/* Compares the SHA-256 of each file with the manifest. */
int appliance_verify(const struct appliance *a, struct err *e);

void appliance_close(struct appliance *a);
DEFINE_CLEANUP(struct appliance *, appliance_close);

#endif
