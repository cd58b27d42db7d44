/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See attrs.h. */
#include "attrs.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/msdos_fs.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/xalloc.h"

#ifndef FS_VERITY_FL
#define FS_VERITY_FL 0x00100000
#endif

/* What a user sets with chattr and means for the file, whatever its content. */
#define FLAGS_KEPT                                                                              \
	(FS_SECRM_FL | FS_UNRM_FL | FS_COMPR_FL | FS_NOCOMP_FL | FS_SYNC_FL | FS_NODUMP_FL |    \
	 FS_NOATIME_FL | FS_JOURNAL_DATA_FL | FS_NOTAIL_FL | FS_NOCOW_FL)

/* 0 where the file system has no such flags. */
static int flags_of(int fd)
{
	int flags = 0;

	return ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ? 0 : flags;
}

int attrs_check(int fd, const char *what, struct err *e)
{
	int flags = flags_of(fd);

	if (flags & FS_IMMUTABLE_FL)
		return err_set(e, EPERM,
			       "%s has the attribute 'i' (immutable) and cannot be changed; "
			       "'chattr -i' in the guest takes it away",
			       what);
	if (flags & FS_APPEND_FL)
		return err_set(e, EPERM,
			       "%s has the attribute 'a' (append only) and cannot be replaced; "
			       "'chattr -a' in the guest takes it away",
			       what);
	return 0;
}

void attrs_copy_flags(int from, int to, const char *path, struct strvec *notices)
{
	int old = flags_of(from), have = flags_of(to);
	int want = (have & ~FLAGS_KEPT) | (old & FLAGS_KEPT);

	if (want != have && ioctl(to, FS_IOC_SETFLAGS, &want) < 0)
		strvec_addf(notices, "'%s' has lost attributes that chattr sets: %s", path,
			    strerror(errno));
	if (old & FS_VERITY_FL)
		strvec_addf(notices, "'%s' was sealed by fs-verity; its new content is not", path);
}

/* ---- extended attributes */

struct value {
	char *data;
	ssize_t len; /* -1: it is not there */
};

static void value_release_p(struct value *v)
{
	free(v->data);
}

/* -1 with errno, and ENODATA where there is none. */
static int value_read(int fd, const char *name, struct value *ret)
{
	*ret = (struct value){ xmalloc(XATTR_SIZE_MAX), -1 };
	ret->len = fgetxattr(fd, name, ret->data, XATTR_SIZE_MAX);
	return ret->len < 0 ? -1 : 0;
}

static bool value_is(int fd, const char *name, const struct value *want)
{
	CLEANUP(value_release) struct value have = { NULL, -1 };

	return value_read(fd, name, &have) == 0 && have.len == want->len &&
	       !memcmp(have.data, want->data, (size_t)want->len);
}

/* Names that speak of the content: to keep them would be a lie. */
static bool is_of_content(const char *name)
{
	return !strcmp(name, "user.WofCompressedData") || !strcmp(name, "security.ima") ||
	       !strcmp(name, "security.evm");
}

/* The names on a file, each with its NUL. */
static int names_read(int fd, const char *path, char **ret, size_t *ret_n, struct err *e)
{
	char *names = xmalloc(XATTR_LIST_MAX);
	ssize_t n = flistxattr(fd, names, XATTR_LIST_MAX);

	if (n < 0 && errno != EOPNOTSUPP && errno != ENOSYS) {
		err_sys(e, "list the extended attributes of '%s'", path);
		free(names);
		return -1;
	}
	*ret = names;
	*ret_n = n < 0 ? 0 : (size_t)n;
	return 0;
}

static int copy_one(int from, int to, const char *name, const char *path, struct err *e)
{
	CLEANUP(value_release) struct value v = { NULL, -1 };

	if (value_read(from, name, &v) < 0)
		return errno == ENODATA ? 0 : err_sys(e, "read '%s' of '%s'", name, path);
	if (value_is(to, name, &v) || fsetxattr(to, name, v.data, (size_t)v.len, 0) == 0)
		return 0;
	return err_sys(e, "keep the extended attribute '%s' of '%s'", name, path);
}

static int remove_inherited(int from, int to, const char *path, struct err *e)
{
	CLEANUP(free) char *names = NULL;
	size_t n;

	if (names_read(to, path, &names, &n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i += strlen(names + i) + 1)
		if (fgetxattr(from, names + i, NULL, 0) < 0 && errno == ENODATA &&
		    fremovexattr(to, names + i) < 0 && errno != ENODATA)
			return err_sys(e, "take '%s' off '%s'", names + i, path);
	return 0;
}

static int copy_xattrs(int from, int to, const char *path, struct strvec *notices, struct err *e)
{
	CLEANUP(free) char *names = NULL;
	size_t n;

	if (names_read(from, path, &names, &n, e) < 0 || remove_inherited(from, to, path, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i += strlen(names + i) + 1) {
		const char *name = names + i;

		if (!strcmp(name, "security.ima"))
			strvec_addf(notices, "'%s' had a signature of its content (security.ima), "
					     "which the new one has not",
				    path);
		if (!is_of_content(name) && copy_one(from, to, name, path, e) < 0)
			return -1;
	}
	return 0;
}

/* ---- what only Windows knows of */

/*
 * ntfs-3g has these for who asks, and does not list them: security descriptor, creation time,
 * OS/2's attributes, and last the bits like hidden and read-only.
 */
static void copy_ntfs(int from, int to, const char *path, struct strvec *notices)
{
	static const char *const names[] = { "system.ntfs_acl", "system.ntfs_ea",
					     "system.ntfs_crtime", "system.ntfs_attrib" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct err why;

		if (fgetxattr(from, names[i], NULL, 0) > 0 &&
		    copy_one(from, to, names[i], path, &why) < 0)
			strvec_add(notices, why.msg);
	}
}

static void copy_fat(int from, int to, const char *path, struct strvec *notices)
{
	uint32_t bits;

	if (ioctl(from, FAT_IOCTL_GET_ATTRIBUTES, &bits) == 0 &&
	    ioctl(to, FAT_IOCTL_SET_ATTRIBUTES, &bits) < 0)
		strvec_addf(notices, "'%s' has lost attributes of FAT: %s", path, strerror(errno));
}

/* ---- all of it */

int attrs_copy(int from, int to, const struct stat *st, const char *path, struct strvec *notices,
	       struct err *e)
{
	struct stat have;

	if (fstat(to, &have))
		return err_sys(e, "stat what replaces '%s'", path);
	/* In this order: a new owner takes setuid and capabilities away. */
	if ((have.st_uid != st->st_uid || have.st_gid != st->st_gid) &&
	    fchown(to, st->st_uid, st->st_gid) < 0)
		return err_sys(e, "keep the owner of '%s'", path);
	if (copy_xattrs(from, to, path, notices, e) < 0)
		return -1;
	if (fstat(to, &have) || ((have.st_mode ^ st->st_mode) & 07777 &&
				 fchmod(to, st->st_mode & 07777) < 0))
		return err_sys(e, "keep the mode of '%s'", path);
	copy_fat(from, to, path, notices);
	copy_ntfs(from, to, path, notices);
	return 0;
}

void attrs_copy_project(int from, int to, int folder, bool late)
{
	struct fsxattr old, new, dir;

	if (ioctl(from, FS_IOC_FSGETXATTR, &old) < 0 || ioctl(to, FS_IOC_FSGETXATTR, &new) < 0 ||
	    old.fsx_projid == new.fsx_projid)
		return;
	if (ioctl(folder, FS_IOC_FSGETXATTR, &dir) == 0 &&
	    (dir.fsx_xflags & FS_XFLAG_PROJINHERIT) && !late)
		return;
	new.fsx_projid = old.fsx_projid;
	/* Of no matter to who has no quotas, and then not always possible. */
	(void)!ioctl(to, FS_IOC_FSSETXATTR, &new);
}

int attrs_label_new(int folder, int fd, const char *path, struct err *e)
{
	static const char label[] = "security.selinux";

	return fgetxattr(folder, label, NULL, 0) > 0 ? copy_one(folder, fd, label, path, e) : 0;
}
