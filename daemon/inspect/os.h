/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What operating system is that? Rules over a folder that is, or could be, the root of one.
 * All reading stays below the folder, is of regular files only, and is bounded.
 */
#ifndef DAEMON_INSPECT_OS_H
#define DAEMON_INSPECT_OS_H

#include <stdbool.h>

#include "proto/proto.h"

enum os_role {
	ROLE_ROOT,  /* the root of a system */
	ROLE_OTHER, /* some other file system of one: its /boot, /usr, /var; a data volume */
};

/* A row of the table of what file systems are; the first that matches counts. */
struct os_kind {
	const char *type; /* "linux", "windows", "freebsd"; "" where role is not ROLE_ROOT */
	enum os_role role;
	const char *part; /* of ROLE_OTHER: where it belongs, "/boot"; "" where that is not known */
	bool medium;	  /* an installer or live medium: beside an installed system it is none */
	bool (*matches)(int top);
	void (*describe)(int root, wire_guest *ret); /* os.c's own, or NULL */
};

/*
 * Which row is this? top: a descriptor of a folder, O_PATH will do. Cheap, as it is asked of
 * every file system in every run: a few names are looked up, a Linux root's early. NULL: none.
 */
const struct os_kind *os_recognise(int top);

/*
 * Says what it is, once all its file systems are mounted below root: everything of *ret
 * but root, deployment, snapshots, mountpoints, volumes and drives; of Windows the type alone,
 * as windows.h has the rest. No string of *ret is NULL afterwards: what stays unknown is "",
 * root and deployment too, unless the caller has set them.
 */
void os_describe(int root, const struct os_kind *k, wire_guest *ret);

/*
 * What the system calls itself, for a list: "Debian GNU/Linux 12 (bookworm)", "Windows 10
 * Pro", or "". The caller frees.
 */
char *os_title(int root, const struct os_kind *k);

/*
 * ostree: the folder of the deployment that boots, from the top of the file system
 * ("ostree/deploy/fedora/deploy/SUM.0"), or NULL where there is none. The caller frees.
 */
char *os_deployment(int top);
/*
 * The same by the boot loader's entries in /boot of a deployment's root, once that is mounted;
 * top is the file system's top. NULL where there are none.
 */
char *os_deployment_by_boot(int root, int top);

#endif
