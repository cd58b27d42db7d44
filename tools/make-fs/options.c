/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See options.h. */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/image_opts.h"
#include "cli/newdisk.h"

#define FLOPPY_BYTES 1474560

enum make_fs_opt_id { OPT_LABEL = OPT_ID_TOOL, OPT_PARTITION, OPT_FLOPPY, OPT_SECTOR };

const struct opt make_fs_rows[] = {
	{ 's', "size", "[+]N[bKMGTPE]", "size of the disk; +: so much more than is needed", 0, 0 },
	{ 'F', "format", "FMT", "format of the image; raw is the default", 0, 0 },
	{ 't', "type", "FS", "type of the file system; ext2 is the default", 0, 0 },
	{ 0, "label", "NAME", "the file system's label", OPT_LABEL, 0 },
	{ 0, "partition", "mbr|gpt", "put it in a partition; no word: of an MBR", OPT_PARTITION,
	  OPT_OPTIONAL },
	{ 0, "floppy", NULL, "a floppy disk: 1440 KiB, an MBR, vfat", OPT_FLOPPY, 0 },
	{ 0, "blocksize", "512|4096", "sector size of the disk; 512 is the default", OPT_SECTOR, 0 },
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

/* [+]N[bKMGTPE] */
static int set_size(struct make_fs_options *o, const char *arg, struct err *e)
{
	static const char units[] = "bKMGTPE";
	const char *p = arg + (*arg == '+'), *unit;
	uint64_t n = 0;
	unsigned shift;
	char *end;

	errno = 0;
	if (*p >= '0' && *p <= '9')
		n = strtoull(p, &end, 10);
	else
		end = (char *)(uintptr_t)p;
	unit = *end ? strchr(units, *end) : units;
	if (end == p || !unit || (*end && end[1]))
		return err_set(e, EINVAL, "--size takes a number and one of b, K, M, G, T, P, E, not '%s'", arg);
	shift = (unsigned)(unit - units) * 10;
	if (errno || n > (uint64_t)INT64_MAX >> shift)
		return err_set(e, EINVAL, "--size=%s is larger than any disk", arg);
	o->more = *arg == '+';
	o->size = n << shift;
	if (!o->size && !o->more)
		return err_set(e, EINVAL, "--size=%s is no size of a disk", arg);
	return 0;
}

static int set_sector(struct make_fs_options *o, const char *arg, struct err *e)
{
	if (strcmp(arg, "512") && strcmp(arg, "4096"))
		return err_set(e, EINVAL, "--blocksize is 512 or 4096, not '%s'", arg);
	o->blocksize = strlen(arg) == 3 ? 512 : 4096;
	return 0;
}

int make_fs_option(void *ctx, int id, const char *arg, struct err *e)
{
	struct make_fs_options *o = ctx;

	switch (id) {
	case 's':
		return set_size(o, arg, e);
	case 'F':
		o->format = arg;
		break;
	case 't':
		o->type = arg;
		break;
	case OPT_LABEL:
		o->label = arg;
		break;
	case OPT_PARTITION:
		if (newdisk_table(arg, &o->table, e) < 0)
			return -1;
		o->table = o->table ? o->table : "mbr";
		break;
	case OPT_FLOPPY:
		o->size = FLOPPY_BYTES;
		o->more = false;
		o->table = "mbr";
		o->type = "vfat";
		break;
	case OPT_SECTOR:
		return set_sector(o, arg, e);
	}
	return 0;
}
