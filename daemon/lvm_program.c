/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See lvm_program.h. The program is told of the group's own devices only, and sees no others. */
#include "lvm_program.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices.h"
#include "lvm.h"
#include "run.h"
#include "util/names.h"
#include "util/xalloc.h"

#define MAPPER_DIR "/dev/mapper/"
#define WORDS_MAX  8 /* lines of the program's that are passed on */

/* No udev, no daemons, no files of its own, no looking at devices that it is not told of. */
#define CONFIG                                                                               \
	"activation{udev_sync=0 udev_rules=0 monitoring=0 reserved_memory=0 "                \
	"reserved_stack=0} "                                                                 \
	"backup{backup=0 archive=0} "                                                        \
	"devices{obtain_device_list_from_udev=0 external_device_info_source=\"none\" "       \
	"multipath_component_detection=0 md_component_detection=0 hints=\"none\" scan_lvs=1} "
/* Pools that are only read are not checked first. */
#define CONFIG_READ_ONLY CONFIG "global{thin_check_executable=\"\" cache_check_executable=\"\"} "

/* The program with the words of a command, on these devices. Its complaints are in *words. */
static int lvm_on(const char *devices, const char *config, const char *const command[],
		  struct buf *words, int *ret_status, struct err *e)
{
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;

	strvec_add(&argv, "lvm");
	for (size_t i = 0; command[i]; i++)
		strvec_add(&argv, command[i]);
	strvec_add(&argv, "--devices");
	strvec_add(&argv, devices);
	strvec_add(&argv, "--config");
	strvec_add(&argv, config);
	setenv("LVM_SUPPRESS_FD_WARNINGS", "1", 1);
	return run_status((const char *const *)argv.v, NULL, words, ret_status, e);
}

/* The same over a group's devices. */
static int lvm(struct guestd *g, const struct lvm_group *group, const char *const command[],
	       struct buf *words, int *ret_status, struct err *e)
{
	CLEANUP(buf_release) struct buf devices = BUF_INIT, config = BUF_INIT;

	for (size_t i = 0; i < group->vg.n_pvs; i++)
		if (group->pvs[i])
			buf_addf(&devices, "%s%s", devices.len ? "," : "", group->pvs[i]->node);
	buf_addstr(&config, g->writable ? CONFIG : CONFIG_READ_ONLY);
	/* A group of another machine's is that machine's only while it runs. */
	if (*group->vg.system_id)
		buf_addf(&config, "local{extra_system_ids=[\"%s\"]}", group->vg.system_id);
	return lvm_on(devices.data ? devices.data : "", config.data, command, words, ret_status, e);
}

int lvm_create(const struct device *d, const char *group, const char *volume, struct err *e)
{
	const char *const commands[][12] = {
		{ "pvcreate", "-q", "-y", "-ff", d->node },
		{ "vgcreate", "-q", "-y", group, d->node },
		{ "lvcreate", "-q", "-y", "-an", "-Zn", "-Wn", "-l", "100%FREE", "-n", volume, group },
	};

	if (!lvm_name_fits(group) || !lvm_name_fits(volume))
		return err_set(e, EINVAL, "'%s/%s' is no name of a volume group and a volume in it",
			       group, volume);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		CLEANUP(buf_release) struct buf words = BUF_INIT;
		int status = 0;

		if (lvm_on(d->node, CONFIG, commands[i], &words, &status, e) < 0)
			return -1;
		if (status)
			return err_set(e, EIO, "cannot make the volume '%s/%s': %s", group, volume,
				       words.data ? words.data : commands[i][0]);
	}
	return 0;
}

/* A command that changes a group; exit statuses but one are failures. */
static int change(struct guestd *g, const struct lvm_group *group, const char *const command[],
		  const char *fine, struct err *e)
{
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	int status = 0;

	if (lvm(g, group, command, &words, &status, e) < 0)
		return -1;
	if (!status || (fine && words.data && strstr(words.data, fine)))
		return 0;
	return err_set(e, EIO, "%s: %s", command[0], words.data ? words.data : "no reason given");
}

int lvm_grow_physical(struct guestd *g, const struct lvm_group *group, const struct device *d, struct err *e)
{
	return change(g, group, (const char *const[]){ "pvresize", "-q", "-y", d->node, NULL }, NULL, e);
}

int lvm_grow_volume(struct guestd *g, const struct lvm_group *group, const char *volume, struct err *e)
{
	CLEANUP(free) char *name = xasprintf("%s/%s", group->vg.name, volume);

	/* With nothing left it is as large as it was, which LVM calls an error. */
	return change(g, group, (const char *const[]){ "lvresize", "-q", "-y", "-l", "+100%FREE", name, NULL },
		      "matches existing size", e);
}

/* Each line of what LVM said as a warning of its own. */
static void warn(struct guestd *g, const struct lvm_group *group, const struct buf *words)
{
	CLEANUP(free) char *user = lvm_group_user(group);
	size_t n, lines = 0;

	for (const char *s = words->data; s && *s && lines < WORDS_MAX; s += n + (s[n] == '\n')) {
		s += strspn(s, " ");
		if (!strncmp(s, "WARNING: ", 9))
			s += 9;
		n = strcspn(s, "\n");
		if (n)
			strvec_addf(&storage_of(g)->warnings, "volume group '%s': %.*s", user,
				    (int)n, s);
		lines += n > 0;
	}
}

/* The program takes all that it made down at once: with the volume that is the last to go. */
static int stop(struct guestd *g, struct device *d, struct err *e)
{
	static const char *const command[] = { "vgchange", "-an", NULL };
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	int status = 0;

	if (lvm(g, d->group, command, &words, &status, e) < 0)
		return err_ctx(e, "deactivating logical volumes");
	if (status)
		return err_set(e, EIO, "cannot deactivate logical volumes: %s",
			       words.data ? words.data : "no reason given");
	return 0;
}

/* Adds a volume that the program has made. */
static void add(struct guestd *g, const struct lvm_group *group, const struct lvm_lv *lv,
		bool *first)
{
	CLEANUP(free) char *user = lvm_volume_user(group, lv);
	CLEANUP(free) char *mapper =
		lvm_mapper_name(group->alias ? group->alias : group->vg.name, "", lv->name);
	CLEANUP(free) char *node = xasprintf(MAPPER_DIR "%s", mapper);
	struct device *d = NULL;

	if (access(node, F_OK) < 0)
		return;
	for (size_t i = 0; i < group->vg.n_pvs; i++) {
		if (!group->pvs[i])
			continue;
		if (d)
			device_on(d, group->pvs[i]);
		else if (!(d = devices_add(g, DEVICE_LV, user, node, group->pvs[i])))
			return;
	}
	d->group = group;
	d->volume = lv;
	d->stop = *first ? stop : NULL;
	*first = false;
}

/* A name that no other group has. */
static char *new_alias(const struct lvm *l)
{
	for (unsigned n = 1;; n++) {
		char *name = xasprintf("copy_%u", n);
		bool taken = false;

		for (size_t i = 0; i < l->n_groups && !taken; i++)
			taken = !strcmp(l->groups[i]->vg.name, name) ||
				(l->groups[i]->alias && !strcmp(l->groups[i]->alias, name));
		if (!taken)
			return name;
		free(name);
	}
}

/* Gives the group a name and identifiers of its own. */
static bool rename_group(struct guestd *g, struct lvm *l, struct lvm_group *group)
{
	CLEANUP(strvec_release) struct strvec command = STRVEC_INIT;
	CLEANUP(free) char *user = lvm_group_user(group);
	CLEANUP(free) char *alias = new_alias(l);
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	int status = 0;
	struct err e;

	if (g->writable) {
		strvec_addf(&storage_of(g)->warnings,
			    "volume group '%s' has the name or the identifier of another one, and "
			    "is left out: use one of the disks alone",
			    user);
		return false;
	}
	strvec_add(&command, "vgimportclone");
	strvec_add(&command, "-n");
	strvec_add(&command, alias);
	for (size_t i = 0; i < group->vg.n_pvs; i++)
		if (group->pvs[i])
			strvec_add(&command, group->pvs[i]->node);
	if (lvm(g, group, (const char *const *)command.v, &words, &status, &e) < 0)
		strvec_addf(&storage_of(g)->warnings, "volume group '%s': %s", user, e.msg);
	else if (status)
		warn(g, group, &words);
	else
		group->alias = TAKE(alias);
	return group->alias != NULL;
}

static bool has_room(struct guestd *g, const struct lvm_group *group, struct device *on)
{
	CLEANUP(free) char *user = lvm_group_user(group);
	size_t n = 0;

	for (size_t i = 0; i < group->vg.n_lvs; i++)
		n += !group->vg.lvs[i].hidden;
	return devices_room(g, on, n, user);
}

void lvm_program(struct guestd *g, struct lvm *l, struct lvm_group *group)
{
	static const char *const command[] = { "vgchange", "-ay", "--sysinit", NULL };
	CLEANUP(free) char *user = lvm_group_user(group);
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	bool first = true;
	int status = 0;
	struct err e;

	for (size_t i = 0; i < group->vg.n_pvs; i++)
		if (group->pvs[i] && !has_room(g, group, group->pvs[i]))
			return;
	if ((*group->mark || group->copy) && !group->alias && !rename_group(g, l, group))
		return;
	log_line(g, "volume group '%s' is not of plain volumes only: lvm activates it", user);
	if (lvm(g, group, command, &words, &status, &e) < 0) {
		strvec_addf(&storage_of(g)->warnings, "volume group '%s': %s", user, e.msg);
		return;
	}
	if (status)
		warn(g, group, &words);
	for (size_t i = 0; i < group->vg.n_lvs; i++) {
		const struct lvm_lv *lv = &group->vg.lvs[i];
		const struct device *d = lvm_volume_device(g, group, lv);

		if (d)
			first = first && !d->stop;
		else if (!lv->hidden)
			add(g, group, lv, &first);
	}
}

void lvm_warm(const char *node)
{
	const char *const argv[] = { "lvm", "vgchange", "-ay", "--sysinit",
				     "--devices", node, "--config", CONFIG_READ_ONLY, NULL };
	int status;
	struct err e;

	(void)!run_status(argv, NULL, NULL, &status, &e);
}
