/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-filesystems: list file systems, partitions, volumes and disks of a guest. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "blocks.h"
#include "cli/guest.h"
#include "cli/tool.h"
#include "cli/storage.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

enum fs_opt_id {
	OPT_ALL = OPT_ID_TOOL,
	OPT_CSV,
	OPT_NO_TITLE,
	OPT_SHOW, /* and on: one for each bit of enum show */
};

#define SHOW_ROW(bit) (OPT_SHOW + __builtin_ctz(bit))

static const struct opt opts[] = {
	OPTS_IMAGE,
	{ 0, "filesystems", NULL, "list what can be mounted; this is the default",
	  SHOW_ROW(SHOW_FILESYSTEMS), 0 },
	{ 0, "extra", NULL, "these, and swap, the empty and the unknown", SHOW_ROW(SHOW_EXTRA),
	  0 },
	{ 0, "partitions", NULL, "list partitions", SHOW_ROW(SHOW_PARTITIONS), 0 },
	{ 0, "parts", NULL, "", SHOW_ROW(SHOW_PARTITIONS), OPT_HIDDEN },
	{ 0, "block-devices", NULL, "list disks", SHOW_ROW(SHOW_DEVICES), 0 },
	{ 0, "blkdevs", NULL, "", SHOW_ROW(SHOW_DEVICES), OPT_HIDDEN },
	{ 0, "logical-volumes", NULL, "list logical volumes of LVM", SHOW_ROW(SHOW_LVS), 0 },
	{ 0, "lvs", NULL, "", SHOW_ROW(SHOW_LVS), OPT_HIDDEN },
	{ 0, "logvols", NULL, "", SHOW_ROW(SHOW_LVS), OPT_HIDDEN },
	{ 0, "volume-groups", NULL, "list volume groups of LVM", SHOW_ROW(SHOW_VGS), 0 },
	{ 0, "vgs", NULL, "", SHOW_ROW(SHOW_VGS), OPT_HIDDEN },
	{ 0, "volgroups", NULL, "", SHOW_ROW(SHOW_VGS), OPT_HIDDEN },
	{ 0, "physical-volumes", NULL, "list physical volumes of LVM", SHOW_ROW(SHOW_PVS), 0 },
	{ 0, "pvs", NULL, "", SHOW_ROW(SHOW_PVS), OPT_HIDDEN },
	{ 0, "physvols", NULL, "", SHOW_ROW(SHOW_PVS), OPT_HIDDEN },
	{ 0, "all", NULL, "list all of these", OPT_ALL, 0 },
	{ 0, "md", NULL, "list RAID arrays of MD", SHOW_ROW(SHOW_MDS), 0 },
	{ 0, "crypt", NULL, "list what is encrypted and opened", SHOW_ROW(SHOW_CRYPTS), 0 },
	{ 0, "unusable", NULL, "list what cannot be used; with -l: why",
	  SHOW_ROW(SHOW_UNUSABLE), 0 },
	{ 'l', "long", NULL, "show type, label, size and so on of each", 0, 0 },
	{ 'h', "human-readable", NULL, "with -l: sizes such as 1.4M", 0, 0 },
	{ 0, "csv", NULL, "comma-separated values", OPT_CSV, 0 },
	{ 0, "no-title", NULL, "with -l: no row with the names of the columns", OPT_NO_TITLE, 0 },
	{ 0, "uuids", NULL, "with -l: UUIDs, too", SHOW_ROW(SHOW_UUIDS), 0 },
	{ 0, "uuid", NULL, "", SHOW_ROW(SHOW_UUIDS), OPT_HIDDEN },
	{ 0, "fs-versions", NULL, "with -l: versions of file systems, too",
	  SHOW_ROW(SHOW_VERSIONS), 0 },
	{ 0, "fs-version", NULL, "", SHOW_ROW(SHOW_VERSIONS), OPT_HIDDEN },
	OPTS_KEYS,
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

struct fs_options {
	unsigned show; /* enum show */
	bool all;
	bool human;
	bool csv;
	bool no_title;
};

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct fs_options *o = ctx;

	(void)arg;
	(void)e;
	switch (id) {
	case 'l':
		o->show |= SHOW_LONG;
		break;
	case 'h':
		o->human = true;
		break;
	case OPT_CSV:
		o->csv = true;
		break;
	case OPT_NO_TITLE:
		o->no_title = true;
		break;
	case OPT_ALL:
		o->all = true;
		break;
	case SHOW_ROW(SHOW_EXTRA):
		o->show |= SHOW_EXTRA | SHOW_FILESYSTEMS;
		break;
	default:
		o->show |= 1u << (id - OPT_SHOW);
		break;
	}
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	struct fs_options *o = c->own;

	if (o->human && o->csv)
		return err_set(e, EINVAL, "you cannot use -h and --csv options together.");
	if (c->images.json && (o->csv || o->human || o->no_title))
		return err_set(e, EINVAL, "you cannot use --json with -h, --csv or --no-title.");
	/* Text and CSV are what virt-filesystems makes of it; JSON is ours. */
	if (o->all)
		o->show |= c->images.json ? SHOW_ANY : SHOW_ALL;
	if (!(o->show & SHOW_ANY))
		o->show |= SHOW_FILESYSTEMS;
	return 0;
}

/* Tells of what cannot be used, where it is not listed. What is locked has been told of. */
static void warn_unusable(struct cli *c, const wire_blocks *blocks)
{
	const struct fs_options *o = c->own;

	if (!(o->show & SHOW_FILESYSTEMS) || o->show & SHOW_UNUSABLE)
		return;
	for (uint32_t i = 0; i < blocks->n; i++) {
		const wire_block *b = &blocks->v[i];
		CLEANUP(free) char *text = NULL;

		if (!*b->note || strcmp(b->kind, "filesystem") != 0 || blocks_is_locked(b))
			continue;
		text = xasprintf("'%s' %s", b->name, b->note);
		report_warn(&c->report, text);
	}
}

/* Prints what was found. */
static void print(struct cli *c, struct table *t, const wire_blocks *blocks,
		  const wire_usages *usages)
{
	const struct fs_options *o = c->own;

	t->human = o->human;
	t->title = o->show & SHOW_LONG && !o->no_title;
	t->how = safe_for(STDOUT_FILENO);
	t->out = &c->out.b;
	table_begin(t);
	blocks_list(t, blocks, usages);
	table_end(t);
}

static int run(struct cli *c, struct err *e)
{
	const struct fs_options *o = c->own;
	struct table t = { .asked = o->show, .form = o->csv ? TABLE_CSV : TABLE_TEXT };
	CLEANUP(storage_ret_release) struct storage_ret s = { 0 };
	CLEANUP(usage_ret_release) struct usage_ret u = { 0 };

	if (c->images.json)
		t.form = TABLE_JSON;
	blocks_columns(&t);
	if (guest_launch(c, e) < 0 || storage_list(c, &s, e) < 0)
		return -1;
	/* Its warnings are those of the list, and what cannot be mounted has no other size. */
	if (blocks_want_usage(&t) && call_usage(c->session, &(struct usage_args){ 0 }, &u, e) < 0)
		return -1;
	report_step(&c->report, "listed");
	warn_unusable(c, &s.list);
	print(c, &t, &s.list, &u.list);
	return 0;
}

static const struct tool tool = {
	.name = "guest-filesystems",
	.usage = "[OPTION]... -a DISK...",
	.summary = "List file systems, partitions and volumes of a virtual machine that is not running.",
	.rows = opts,
	.flags = TOOL_IMAGES,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct fs_options o = { 0 };

	return tool_main(&tool, argc, argv, &o);
}
