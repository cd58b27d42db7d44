/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-ls --json: all that is known of an entry, whatever else was asked for. */
#include <stdio.h>
#include <sys/stat.h>

#include "ls.h"

static const char *type_name(uint32_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown";
	}
}

/* A device number: "8:1". */
static void add_device(struct json *j, const char *key, uint32_t major, uint32_t minor)
{
	char s[32];

	snprintf(s, sizeof(s), "%u:%u", major, minor);
	json_str(j, key, s);
}

/* A name, or null where the guest has none. */
static void add_owner(struct json *j, const char *key, const char *name)
{
	json_str(j, key, name && *name ? name : NULL);
}

void ls_json_print(struct json *j, const struct ls_options *o, const wire_entry *e,
		   const char *path)
{
	char mode[8];

	snprintf(mode, sizeof(mode), "%04o", e->mode & 07777);
	json_open_object(j, NULL);
	json_str(j, "path", path);
	json_str(j, "type", type_name(e->mode));
	json_str(j, "mode", mode);
	json_u64(j, "size", e->size);
	json_u64(j, "uid", e->uid);
	json_u64(j, "gid", e->gid);
	add_owner(j, "user", e->user);
	add_owner(j, "group", e->group);
	json_time(j, "atime", e->atime, e->atime_ns);
	json_time(j, "mtime", e->mtime, e->mtime_ns);
	json_time(j, "ctime", e->ctime, e->ctime_ns);
	add_device(j, "dev", e->dev_major, e->dev_minor);
	json_u64(j, "ino", e->ino);
	json_u64(j, "nlink", e->nlink);
	json_u64(j, "blocks", e->blocks);
	if (S_ISCHR(e->mode) || S_ISBLK(e->mode))
		add_device(j, "rdev", e->rdev_major, e->rdev_minor);
	if (S_ISLNK(e->mode))
		json_str(j, "target", e->link);
	if (o->checksum && *e->checksum)
		json_str(j, "checksum", e->checksum);
	json_close(j);
}
