/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-ls: list folders of a guest. The forms of output are in ls_*.c. */
#include "ls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/tool.h"
#include "list.h"

enum ls_opt_id {
	OPT_CHECKSUM = OPT_ID_TOOL,
	OPT_CSV,
	OPT_EXTRA_STATS,
	OPT_TIMES,
	OPT_TIME_DAYS,
	OPT_TIME_RELATIVE,
	OPT_TIME_T,
	OPT_UIDS,
};

static const struct opt opts[] = {
	OPTS_IMAGE,
	OPTS_KEYS,
	OPTS_MOUNT,
	{ 'l', "long", NULL, "long listing, as of ls -la", 0, 0 },
	{ 'R', "recursive", NULL, "list what is below, too", 0, 0 },
	{ 'n', "numeric-uid-gid", NULL, "with -l: owners as numbers", 0, 0 },
	{ '0', "null", NULL, "end each line with a NUL, not a newline", 0, 0 },
	{ 0, "csv", NULL, "with -lR: comma-separated values", OPT_CSV, 0 },
	{ 'h', "human-readable", NULL, "with -lR: sizes such as 1.4M", 0, 0 },
	{ 0, "uids", NULL, "with -lR: owners, as numbers", OPT_UIDS, 0 },
	{ 0, "uid", NULL, "", OPT_UIDS, OPT_HIDDEN },
	{ 0, "times", NULL, "with -lR: times of access, modification, change", OPT_TIMES, 0 },
	{ 0, "time", NULL, "", OPT_TIMES, OPT_HIDDEN },
	{ 0, "time-t", NULL, "these as seconds since 1970", OPT_TIME_T, 0 },
	{ 0, "time-relative", NULL, "these as seconds before now", OPT_TIME_RELATIVE, 0 },
	{ 0, "time-days", NULL, "these as days before now", OPT_TIME_DAYS, 0 },
	{ 0, "extra-stats", NULL, "with -lR: device, inode, links, blocks", OPT_EXTRA_STATS, 0 },
	{ 0, "extra-stat", NULL, "", OPT_EXTRA_STATS, OPT_HIDDEN },
	{ 0, "checksum", "TYPE", "with -lR: checksums of files; md5, sha256, ...", OPT_CHECKSUM,
	  OPT_OPTIONAL },
	{ 0, "checksums", "TYPE", "", OPT_CHECKSUM, OPT_OPTIONAL | OPT_HIDDEN },
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static int set_checksum(struct ls_options *o, const char *arg, struct err *e)
{
	static const char *const types[] = { "crc",    "md5",	 "sha1", "sha224", "sha256",
					     "sha384", "sha512", "gost", "gost12" };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strcasecmp(types[i], arg ? arg : "md5") != 0)
			continue;
		o->checksum = types[i];
		return 0;
	}
	return err_set(e, EINVAL,
		       "unknown checksum type '%s', expecting "
		       "crc|md5|sha1|sha224|sha256|sha384|sha512|gost|gost12",
		       arg);
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct ls_options *o = ctx;

	switch (id) {
	case 'l':
		o->by_lines = true;
		break;
	case 'R':
		o->recursive = true;
		break;
	case 'n':
		o->numeric = true;
		break;
	case '0':
		o->nul = true;
		break;
	case 'h':
		o->human = true;
		break;
	case OPT_CSV:
		o->csv = true;
		break;
	case OPT_UIDS:
		o->uids = true;
		break;
	case OPT_EXTRA_STATS:
		o->extra = true;
		break;
	case OPT_TIMES:
		/* --time-t --times is no contradiction */
		o->times = o->times ? o->times : LS_TIMES_DATE;
		break;
	case OPT_TIME_T:
		o->times = LS_TIMES_EPOCH;
		break;
	case OPT_TIME_RELATIVE:
		o->times = LS_TIMES_RELATIVE;
		break;
	case OPT_TIME_DAYS:
		o->times = LS_TIMES_DAYS;
		break;
	case OPT_CHECKSUM:
		return set_checksum(o, arg, e);
	}
	return 0;
}

/* Which options go together. */
static int check(struct cli *c, struct err *e)
{
	const struct ls_options *o = c->own;
	bool columns = o->csv || o->human || o->uids || o->times || o->extra;

	if (o->human && o->csv)
		return err_set(e, EINVAL, "you cannot use -h and --csv options together.");
	if (c->images.json && (o->csv || o->human || o->nul))
		return err_set(e, EINVAL, "you cannot use --json with -h, -0 or --csv.");
	if (columns && !(o->by_lines && o->recursive))
		return err_set(e, EINVAL, "used a flag which can only be combined with -lR mode");
	if (o->checksum && !c->images.json && !(o->by_lines && o->recursive))
		return err_set(e, EINVAL, "used a flag which can only be combined with -lR mode");
	return 0;
}

/* What to do with each folder. */
static list_fn *choose(const struct cli *c, const struct ls_options *o)
{
	if (c->images.json)
		return list_json;
	if (o->by_lines && o->recursive)
		return list_records;
	if (o->by_lines)
		return list_long;
	return o->recursive ? list_tree : list_names;
}

static int list_all(struct cli *c, struct list *l, struct err *e)
{
	list_fn *fn = choose(c, l->o);

	for (size_t i = 0; i < c->n_operands; i++) {
		CLEANUP(free) char *path = NULL;
		int r = guest_path(c, "list", c->operands[i], &path, e);

		l->dir = path;
		if (r == 0 && fn(l, e) == 0)
			continue;
		if (tool_must_stop(c))
			return -1;
		report_fail(&c->report, c->operands[i], e);
	}
	return 0;
}

static int run(struct cli *c, struct err *e)
{
	struct list l = { .o = c->own, .out = &c->out };
	struct json j = json_init(&c->out.b);
	int r = guest_open(c, e);

	if (r)
		return r;
	l.session = c->session;
	if (!c->images.json)
		return list_all(c, &l, e);
	l.json = &j;
	json_open_object(&j, NULL);
	json_str(&j, "schema", "guestutils.ls.v1");
	json_open_array(&j, "entries");
	r = list_all(c, &l, e);
	json_close(&j);
	json_close(&j);
	return r;
}

static const struct tool tool = {
	.name = "guest-ls",
	.usage = "[OPTION]... -a DISK... DIR...",
	.summary = "List folders of a virtual machine that is not running.",
	.operand = "DIR",
	.rows = opts,
	.flags = TOOL_IMAGES | TOOL_OPERANDS,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct ls_options o = { .now = time(NULL), .how = safe_for(STDOUT_FILENO) };

	return tool_main(&tool, argc, argv, &o);
}
