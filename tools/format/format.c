/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-format: make disks empty, with a partition, a volume and a file system as wanted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/guest.h"
#include "cli/json.h"
#include "cli/newdisk.h"
#include "util/cleanup.h"
#include "util/names.h"
#include "util/xalloc.h"
#include "vm/calls.h"

struct format_options {
	char *filesystem; /* or NULL */
	char *label;	  /* or NULL */
	char *group, *volume; /* NULL: none */
	struct newdisk disk; /* what comes of it */
};

enum format_opt_id { OPT_FILESYSTEM = OPT_ID_TOOL, OPT_LABEL, OPT_LVM, OPT_PARTITION, OPT_WIPE };

static const struct opt opts[] = {
	OPTS_IMAGE,
	{ 0, "filesystem", "TYPE|none", "make a file system of that type; none: none", OPT_FILESYSTEM, 0 },
	{ 0, "label", "NAME", "the file system's label", OPT_LABEL, 0 },
	{ 0, "lvm", "/dev/VG/LV|none", "make a logical volume; no name: /dev/VG/LV", OPT_LVM, OPT_OPTIONAL },
	{ 0, "partition", "mbr|gpt|none", "which partition table; none of them: by the disk's size",
	  OPT_PARTITION, OPT_OPTIONAL },
	{ 0, "wipe", NULL, "write zeroes over the disks first", OPT_WIPE, 0 },
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static void set(char **to, const char *s)
{
	free(*to);
	*to = s ? xstrdup(s) : NULL;
}

/* /dev/VG/LV */
static int set_lvm(struct format_options *o, const char *arg, struct err *e)
{
	const char *group, *slash;

	set(&o->group, NULL);
	set(&o->volume, NULL);
	if (arg && !strcmp(arg, "none"))
		return 0;
	if (!arg || !*arg)
		arg = "/dev/VG/LV";
	group = strncmp(arg, "/dev/", 5) == 0 ? arg + 5 : NULL;
	slash = group ? strchr(group, '/') : NULL;
	if (slash) {
		o->group = xmemdup0(group, (size_t)(slash - group));
		o->volume = xstrdup(slash + 1);
	}
	if (!slash || !lvm_name_fits(o->group) || !lvm_name_fits(o->volume))
		return err_set(e, EINVAL, "--lvm takes a name as /dev/VG/LV, or none, not '%s'", arg);
	return 0;
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct format_options *o = ctx;

	switch (id) {
	case OPT_FILESYSTEM:
		set(&o->filesystem, strcmp(arg, "none") != 0 ? arg : NULL);
		break;
	case OPT_LABEL:
		set(&o->label, arg);
		break;
	case OPT_LVM:
		return set_lvm(o, arg, e);
	case OPT_PARTITION:
		return newdisk_table(arg, &o->disk.table, e);
	case OPT_WIPE:
		o->disk.wipe = true;
		break;
	}
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	struct format_options *o = c->own;

	o->disk.filesystem = o->filesystem;
	o->disk.label = o->label;
	o->disk.group = o->group;
	o->disk.volume = o->volume;
	if (o->label && !o->filesystem)
		return err_set(e, EINVAL, "--label is for a file system: use --filesystem, too");
	if (o->group && c->images.n_drives > 1)
		return err_set(e, EINVAL,
			       "--lvm with several disks would make several groups called '%s': format "
			       "one at a time", o->group);
	return 0;
}

static int format_all(struct cli *c, struct json *j, struct err *e)
{
	const struct format_options *o = c->own;

	for (size_t i = 0; i < session_n_disks(c->session); i++) {
		CLEANUP(free) char *device = NULL;

		if (newdisk_make(c->session, i, &o->disk, &device, e) < 0)
			return -1;
		if (!j)
			continue;
		json_open_object(j, NULL);
		json_str(j, "image", session_image(c->session, i)->name);
		json_str(j, "device", device);
		json_str(j, "filesystem", o->filesystem);
		json_str(j, "label", o->label);
		json_close(j);
	}
	return 0;
}

static int run(struct cli *c, struct err *e)
{
	const struct format_options *o = c->own;
	struct json json = json_init(&c->out.b);
	struct json *j = c->images.json ? &json : NULL;

	/* Zeroes take no room then. */
	c->images.session.discard = true;
	if (guest_launch(c, e) < 0 || newdisk_check(c->session, &o->disk, e) < 0)
		return -1;
	progress_start(&c->report.progress);
	if (j) {
		json_open_object(j, NULL);
		json_str(j, "schema", "guestutils.format.v1");
		json_open_array(j, "entries");
	}
	int r = format_all(c, j, e);
	if (j) {
		json_close(j);
		json_close(j);
	}
	return r < 0 || session_finish(c->session, e) < 0 ? -1 : 0;
}

static const struct tool tool = {
	.name = "guest-format",
	.usage = "[OPTION]... -a DISK...",
	.summary = "Erase disk images and make them anew. ALL that is on them is lost.",
	.rows = opts,
	.flags = TOOL_IMAGES | TOOL_WRITES | TOOL_NAMED_DISKS,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct format_options o = { 0 };
	int r = tool_main(&tool, argc, argv, &o);

	set(&o.filesystem, NULL);
	set(&o.label, NULL);
	set(&o.group, NULL);
	set(&o.volume, NULL);
	return r;
}
