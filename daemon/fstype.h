/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File system types: what each needs to be mounted, made, and left untouched. */
#ifndef DAEMON_FSTYPE_H
#define DAEMON_FSTYPE_H

#include <stdbool.h>
#include <stddef.h>

#define FSTYPE_MODULES 4

/* Are systems installed on it? */
enum fstype_root {
	ROOT_NEVER,
	ROOT_RARE, /* boot partitions and media are of this type; some systems all the same */
	ROOT_OFTEN,
};

struct fstype {
	const char *name;    /* libblkid's */
	/*
	 * Mount data. In a reading session a device may be written to, for the tool has an
	 * overlay there that takes it: a journal is replayed, and the guest seen as it would
	 * see itself. sealed_data is for devices that must not be touched, and data, for
	 * which a clean journal need not even be opened, for ext4.
	 */
	const char *sealed_data;
	const char *data;
	const char *data2;   /* added at a second try, after EINVAL; NULL: no second try */
	const char *modules[FSTYPE_MODULES]; /* kernel modules, ended by NULL */
	const char *program; /* mounts it, in place of the kernel */
	const char *mkfs[6]; /* makes one, the device comes after; none: mkfs[0] is NULL */
	const char *mkfs_label; /* its option for a label, or NULL */
	unsigned label_max;  /* bytes that one has at most, or with the next units of UTF-16; programs cut it silently */
	bool label_utf16;
	bool label_ascii;    /* its program takes no other characters */
	const char *mkfs_inodes; /* its option for how many inodes it has, or NULL */
	const char *fsck;    /* repairs one; NULL: nothing that is known */
	bool read_only;      /* it can only be read, or the kernel's driver can only read */
	/*
	 * Its driver writes while it mounts for reading, if it can (xfs clears its log ahead), or
	 * does not survive a remount for writing (f2fs of 6.1 has no thread for flushes then).
	 */
	bool seal_first;
	/*
	 * Why it is not written to where it can be mounted with sealed_data only, for its log was
	 * not written back; NULL: the log is replayed. With seal_first.
	 */
	const char *unclean;
	bool no_owners;      /* files have neither owner nor mode there, as we mount it */
	const char *not_fs;  /* why it is not a file system; NULL where it is one */
	enum fstype_root root;
	bool warm;           /* common: made ready in the template */
};

/* The row of a type, or NULL for one without anything special. */
const struct fstype *fstype_find(const char *name);
/* The rows, for loops; NULL after the last. */
const struct fstype *fstype_at(size_t i);
/* Its place in the table. */
size_t fstype_index(const struct fstype *t);

#endif
