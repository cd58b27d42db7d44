/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See newdisk.h. */
#include "cli/newdisk.h"

#include <errno.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/names.h"
#include "util/xalloc.h"
#include "vm/calls.h"

#define MBR_MAX (2ull << 40) /* bytes: from here on a table by default is a GPT */

int newdisk_table(const char *word, const char **ret, struct err *e)
{
	static const struct {
		const char *word, *table;
	} words[] = {
		{ "mbr", "mbr" }, { "msdos", "mbr" }, { "gpt", "gpt" }, { "efi", "gpt" }, { "none", "none" },
	};

	*ret = NULL;
	if (!word || !*word || !strcmp(word, "DEFAULT"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcmp(words[i].word, word))
			*ret = words[i].table;
	return *ret ? 0 : err_set(e, EINVAL, "--partition does not take '%s'; see --help", word);
}

/* Takes the name that a call has answered with. */
static void move(char **device, char **answer)
{
	free(*device);
	*device = TAKE(*answer);
}

static int make_partition(struct session *s, const struct newdisk *n, const char *table, char **device,
			  struct err *e)
{
	CLEANUP(free) char *name = xstrdup(table);
	CLEANUP(free) char *content = xstrdup(n->group ? "lvm" : n->filesystem ? n->filesystem : "");
	struct make_partition_args a = { .device = *device, .table = name, .content = content };
	CLEANUP(make_partition_ret_release) struct make_partition_ret r = { 0 };

	if (call_make_partition(s, &a, &r, e) < 0)
		return -1;
	move(device, &r.device);
	return 0;
}

static int make_volume(struct session *s, const struct newdisk *n, char **device, struct err *e)
{
	CLEANUP(free) char *group = xstrdup(n->group);
	CLEANUP(free) char *volume = xstrdup(n->volume);
	struct make_volume_args a = { .device = *device, .group = group, .volume = volume };
	CLEANUP(make_volume_ret_release) struct make_volume_ret r = { 0 };

	if (call_make_volume(s, &a, &r, e) < 0)
		return -1;
	move(device, &r.device);
	return 0;
}

static int make_filesystem(struct session *s, const struct newdisk *n, char *device, struct err *e)
{
	CLEANUP(free) char *type = xstrdup(n->filesystem);
	CLEANUP(free) char *label = xstrdup(n->label ? n->label : "");
	struct mkfs_args a = { .device = device, .type = type, .label = label, .inodes = n->inodes };

	return call_mkfs(s, &a, NULL, e);
}

int newdisk_check(struct session *s, const struct newdisk *n, struct err *e)
{
	char none[] = "";

	return n->filesystem ? make_filesystem(s, n, none, e) : 0;
}

int newdisk_make(struct session *s, size_t i, const struct newdisk *n, char **ret_device, struct err *e)
{
	const bool large = session_image(s, i)->virtual_size >= MBR_MAX;
	const char *table = n->table ? n->table : large ? "gpt" : "mbr";
	char disk[DISK_NAME_MAX];
	disk_name((unsigned)i, disk);
	CLEANUP(free) char *device = xstrdup(disk);
	struct erase_args erase = { .device = device, .all = n->wipe };

	if (!n->fresh && call_erase(s, &erase, NULL, e) < 0)
		return -1;
	if (strcmp(table, "none") != 0 && make_partition(s, n, table, &device, e) < 0)
		return -1;
	if (n->group && make_volume(s, n, &device, e) < 0)
		return -1;
	if (n->filesystem && make_filesystem(s, n, device, e) < 0)
		return -1;
	*ret_device = TAKE(device);
	return 0;
}
