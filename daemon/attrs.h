/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a regular file has beside its content, and a new one in its place is to have, too. */
#ifndef DAEMON_ATTRS_H
#define DAEMON_ATTRS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "util/err.h"
#include "util/strvec.h"

/*
 * Refuses what its file system would not let be changed: immutable, append-only. what is its
 * name in messages, quotes and all.
 */
int attrs_check(int fd, const char *what, struct err *e);

/* Inode flags, while the new file is empty: some count only from its first byte on. */
void attrs_copy_flags(int from, int to, const char *path, struct strvec *notices);

/*
 * The rest, once the content is there: owner, group, extended attributes (access control lists,
 * labels, capabilities), mode, those of FAT and NTFS. What the new file has inherited from its
 * folder and the old one has not goes.
 */
int attrs_copy(int from, int to, const struct stat *st, const char *path, struct strvec *notices,
	       struct err *e);

/*
 * The project, of project quotas. Where a folder hands its own down, link(2) and rename(2) refuse
 * a file of another one: there this does nothing but when late, which is after them.
 */
void attrs_copy_project(int from, int to, int folder, bool late);

/* The label of SELinux that the kernel of the guest would give to what is made in a folder. */
int attrs_label_new(int folder, int fd, const char *path, struct err *e);

#endif
