/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-df: show how full the file systems of a guest are. */
#include "df.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/storage.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

enum df_opt_id {
	OPT_CSV = OPT_ID_TOOL,
	OPT_UUID,
	OPT_ONE_PER_GUEST,
	OPT_EACH,
};

static const struct opt opts[] = {
	OPTS_IMAGE,
	{ 'h', "human-readable", NULL, "sizes such as 1.4M", 0, 0 },
	{ 'i', "inodes", NULL, "count inodes, not blocks", 0, 0 },
	{ 0, "csv", NULL, "comma-separated values", OPT_CSV, 0 },
	{ 0, "each", NULL, "every -a is a guest of its own", OPT_EACH, 0 },
	{ 'P', NULL, "N", "with --each: how many at a time; 0: one a processor", 0, 0 },
	{ 0, "uuid", NULL, "domains by their UUIDs, not their names", OPT_UUID, 0 },
	{ 0, "one-per-guest", NULL, "taken and ignored: it is always so", OPT_ONE_PER_GUEST, 0 },
	OPTS_KEYS,
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static int set_procs(struct df_options *o, const char *arg, struct err *e)
{
	unsigned long n;

	if (!*arg || arg[strspn(arg, "0123456789")])
		return err_set(e, EINVAL, "-P option is not numeric");
	errno = 0;
	n = strtoul(arg, NULL, 10);
	o->procs = errno || n > INT_MAX ? INT_MAX : (unsigned)n;
	return 0;
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct df_options *o = ctx;

	switch (id) {
	case 'h':
		o->human = true;
		break;
	case 'i':
		o->inodes = true;
		break;
	case 'P':
		return set_procs(o, arg, e);
	case OPT_CSV:
		o->csv = true;
		break;
	case OPT_EACH:
		o->each = true;
		break;
	case OPT_UUID:
		o->uuid = true;
		break;
	}
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	const struct df_options *o = c->own;

	if (o->human && o->csv)
		return err_set(e, EINVAL, "you cannot use -h and --csv options together.");
	if (c->images.json && (o->csv || o->human))
		return err_set(e, EINVAL, "you cannot use --json with -h or --csv.");
	if (o->each && c->images.keys.from_stdin)
		return err_set(e, EINVAL,
			       "--each does not go with --keys-from-stdin: which line would be "
			       "for which image? use --key");
	return 0;
}

/* All images are one guest. */
static int list_one(struct cli *c, struct table *t, struct err *e)
{
	const struct df_options *o = c->own;
	CLEANUP(usage_ret_release) struct usage_ret u = { 0 };
	CLEANUP(free) char *name = df_name(c->images.drives, c->images.n_drives, o->uuid);

	if (guest_launch(c, e) < 0 || storage_usage(c, &u, e) < 0)
		return -1;
	report_step(&c->report, "listed");
	table_begin(t);
	df_list(t, name, c->images.drives, c->images.n_drives, &u.list);
	table_end(t);
	return 0;
}

/* Looks the domains up that were given, or where there is no disk at all, every one there is. */
static int find_domains(struct cli *c, struct domains *found, struct err *e)
{
	struct image_opts *io = &c->images;
	const size_t n = io->n_drives;

	if (!n) {
		if (domains_all(io->connect, &found[0], e) < 0)
			return -1;
		for (size_t i = 0; i < found[0].n; i++)
			if (found[0].v[i].n_disks)
				image_opts_add_domain(io, found[0].v[i].name, &found[0].v[i]);
		return 0;
	}
	for (size_t i = 0; i < n; i++) {
		if (!io->drives[i].is_domain)
			continue;
		if (domains_get(io->connect, io->drives[i].name, &found[i], e) < 0)
			return -1;
		io->drives[i].domain = &found[i].v[0];
	}
	return 0;
}

static int list(struct cli *c, struct table *t, struct err *e)
{
	const struct df_options *o = c->own;
	const size_t n = c->images.n_drives;
	CLEANUP(free) struct domains *found = xcalloc(n + 1, sizeof(*found));
	int r = find_domains(c, found, e);

	if (r == 0)
		r = o->each || !n ? df_each(c, t, e) : list_one(c, t, e);
	for (size_t i = 0; i <= n; i++)
		domains_release(&found[i]);
	return r;
}

static int run(struct cli *c, struct err *e)
{
	const struct df_options *o = c->own;
	struct table t = { .out = &c->out.b, .how = safe_for(STDOUT_FILENO) };

	t.form = c->images.json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT;
	df_columns(&t, o);
	return list(c, &t, e);
}

static const struct tool tool = {
	.name = "guest-df",
	.usage = "[OPTION]... [-a DISK]...",
	.summary = "Show how full the file systems of virtual machines that are not running are.",
	.rows = opts,
	.flags = TOOL_IMAGES | TOOL_MAY_IDLE,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct df_options o = { 0 };

	return tool_main(&tool, argc, argv, &o);
}
