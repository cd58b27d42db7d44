/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-resize: a guest's disk with other sizes, as a copy or where it is.
 *
 *   plan*.c            what is to be done: no input or output
 *   describe.c         the disk, as the plan wants it
 *   resize_copy.c      IN to OUT
 *   resize_in_place.c  one disk, with a journal (journal.c)
 *   resize_target.c    what both do to the disk that changes
 *   summary.c          what is said of it
 */
#include "resize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/cleanup.h"
#include "util/strvec.h"
#include "util/xalloc.h"

#define ALIGNMENT 128 /* sectors, by default */

/* What belongs to the options and is freed after the run. */
struct own {
	struct resize_options o;
	struct strvec names; /* of --resize */
	bool expand, shrink;
};

enum resize_opt_id {
	OPT_ALIGN_FIRST = OPT_ID_TOOL,
	OPT_ALIGNMENT,
	OPT_DELETE,
	OPT_EXPAND,
	OPT_IGNORE,
	OPT_IN_PLACE,
	OPT_JOURNAL,
	OPT_LV_EXPAND,
	OPT_MACHINE_READABLE,
	OPT_NO_COPY_BOOT_LOADER,
	OPT_NO_EXPAND_CONTENT,
	OPT_NO_EXTRA_PARTITION,
	OPT_NO_SPARSE,
	OPT_NTFS_FORCE,
	OPT_OUTPUT_FORMAT,
	OPT_RESIZE,
	OPT_RESIZE_FORCE,
	OPT_RESUME,
	OPT_SHRINK,
	OPT_SIZE,
	OPT_UNDO,
	OPT_UNKNOWN,
	OPT_COLOUR,
};

static const struct opt opts[] = {
	{ 0, "expand", "PART", "give PART all the space that is left over", OPT_EXPAND, 0 },
	{ 0, "shrink", "PART", "take what is missing from PART", OPT_SHRINK, 0 },
	{ 0, "resize", "PART=SIZE", "give PART that size, or change it by +SIZE, -SIZE, +N%", OPT_RESIZE, 0 },
	{ 0, "resize-force", "PART=SIZE", "the same, even if its content is cut off", OPT_RESIZE_FORCE, 0 },
	{ 0, "lv-expand", "LV", "give a logical volume all that its group has left", OPT_LV_EXPAND, 0 },
	{ 0, "LV-expand", "LV", "", OPT_LV_EXPAND, OPT_HIDDEN },
	{ 0, "lvexpand", "LV", "", OPT_LV_EXPAND, OPT_HIDDEN },
	{ 0, "LVexpand", "LV", "", OPT_LV_EXPAND, OPT_HIDDEN },
	{ 0, "delete", "PART", "leave PART out", OPT_DELETE, 0 },
	{ 0, "ignore", "PART", "make PART, and do not copy its content", OPT_IGNORE, 0 },
	{ 0, "in-place", NULL, "resize the one DISK where it is", OPT_IN_PLACE, 0 },
	{ 0, "size", "[+]SIZE", "the new size of the disk, with --in-place", OPT_SIZE, 0 },
	{ 0, "journal", "FILE", "keep the journal of --in-place, in FILE", OPT_JOURNAL, 0 },
	{ 0, "undo", "JOURNAL", "with --in-place: make the disk what it was before", OPT_UNDO, 0 },
	{ 0, "continue", "JOURNAL", "with --in-place: finish what was interrupted", OPT_RESUME, 0 },
	{ 'n', "dry-run", NULL, "only say what would be done", 0, 0 },
	{ 0, "dryrun", NULL, "", 'n', OPT_HIDDEN },
	{ 'q', "quiet", NULL, "do not say what is done", 0, 0 },
	{ 0, "no-expand-content", NULL, "do not grow what is in partitions", OPT_NO_EXPAND_CONTENT, 0 },
	{ 0, "no-extra-partition", NULL, "make no partition of what is left over", OPT_NO_EXTRA_PARTITION, 0 },
	{ 0, "no-copy-boot-loader", NULL, "do not copy what is before the partitions",
	  OPT_NO_COPY_BOOT_LOADER, 0 },
	{ 0, "no-sparse", NULL, "write zeroes, too, where there are any", OPT_NO_SPARSE, 0 },
	{ 0, "align-first", "auto|never|always", "whether the first partition may move", OPT_ALIGN_FIRST, 0 },
	{ 0, "alignment", "N", "begin partitions at multiples of N sectors (128)", OPT_ALIGNMENT, 0 },
	{ 0, "ntfsresize-force", NULL, "grow NTFS even where it wants to be checked first", OPT_NTFS_FORCE, 0 },
	{ 0, "unknown-filesystems", "ignore|warn|error", "what to do about content that nobody can grow (error)",
	  OPT_UNKNOWN, 0 },
	{ 0, "format", "FMT", "format of IN, or of DISK; without it: found out", OPT_FORMAT, 0 },
	{ 0, "output-format", "FMT", "format of OUT; without it: found out", OPT_OUTPUT_FORMAT, 0 },
	{ 0, "blocksize", "512|4096", "sector size of the disks; none: 512", OPT_BLOCKSIZE, OPT_OPTIONAL },
	{ 0, "allow-external", NULL, "let an image name any other file as a part of it", OPT_ALLOW_EXTERNAL, 0 },
	{ 0, "machine-readable", "fd:N|file:NAME|stream:NAME", "speak to a program; alone: what can be done",
	  OPT_MACHINE_READABLE, OPT_OPTIONAL },
	{ 'd', "debug", NULL, "", 'v', OPT_HIDDEN },
	{ 0, "color", NULL, "", OPT_COLOUR, OPT_HIDDEN },
	{ 0, "colors", NULL, "", OPT_COLOUR, OPT_HIDDEN },
	{ 0, "colour", NULL, "", OPT_COLOUR, OPT_HIDDEN },
	{ 0, "colours", NULL, "", OPT_COLOUR, OPT_HIDDEN },
	{ 0, "wrap", NULL, "", OPT_COLOUR, OPT_HIDDEN },
	{ 0, "debug-gc", NULL, "", OPT_COLOUR, OPT_HIDDEN },
	OPTS_KEYS,
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static void add_wish(struct own *w, enum plan_wish_kind kind, const char *name, const struct plan_size *size)
{
	struct resize_options *o = &w->o;
	struct plan_wish wish = { .kind = kind, .name = name };

	if (size)
		wish.size = *size;
	o->wishes = xreallocarray(o->wishes, o->plan.n_wishes + 1, sizeof(*o->wishes));
	o->wishes[o->plan.n_wishes++] = wish;
	o->plan.wishes = o->wishes;
}

/* --expand and --shrink, which are for one partition each. */
static int add_once(struct own *w, enum plan_wish_kind kind, const char *word, bool *given, const char *arg,
		    struct err *e)
{
	if (!*arg)
		return err_set(e, EINVAL, "empty %s option", word);
	if (*given && !w->o.in_place)
		return err_set(e, EINVAL, "%s option given more than once", word);
	*given = true;
	add_wish(w, kind, arg, NULL);
	return 0;
}

/* PART=SIZE */
static int add_sized(struct own *w, enum plan_wish_kind kind, const char *word, const char *arg, struct err *e)
{
	const char *is = strchr(arg, '=');
	struct plan_size size;

	if (!is || !is[1])
		return err_set(e, EINVAL, "missing size field in '%s' option", word);
	if (is == arg)
		return err_set(e, EINVAL, "missing partition in '%s' option", word);
	if (plan_size_parse(is + 1, &size, e) < 0)
		return -1;
	CLEANUP(free) char *name = xmemdup0(arg, (size_t)(is - arg));

	strvec_add(&w->names, name);
	add_wish(w, kind, w->names.v[w->names.n - 1], &size);
	return 0;
}

/* One of several words: its place, or -1 with *e. */
static int one_of(const char *const *words, size_t n, const char *option, const char *arg, struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], arg))
			return (int)i;
	return err_set(e, EINVAL, "%s does not take '%s'; see --help", option, arg);
}

static int set_alignment(struct own *w, const char *arg, struct err *e)
{
	char *end;
	unsigned long long n = strtoull(arg, &end, 10);

	if (!*arg || *end || *arg == '-' || n > 1u << 30)
		return err_set(e, EINVAL, "--alignment takes a number of sectors, not '%s'", arg);
	if (n < 1)
		return err_set(e, EINVAL, "alignment cannot be < 1");
	w->o.plan.alignment = n;
	return 0;
}

static int set_align_first(struct own *w, const char *arg, struct err *e)
{
	static const char *const words[] = { [PLAN_ALIGN_AUTO] = "auto", [PLAN_ALIGN_NEVER] = "never",
					     [PLAN_ALIGN_ALWAYS] = "always" };
	int i = one_of(words, ARRAY_SIZE(words), "--align-first", arg, e);

	w->o.plan.align_first = i < 0 ? PLAN_ALIGN_AUTO : (enum plan_align)i;
	return i < 0 ? -1 : 0;
}

static int set_unknown(struct own *w, const char *arg, struct err *e)
{
	static const char *const words[] = { [PLAN_UNKNOWN_WARN] = "warn", [PLAN_UNKNOWN_IGNORE] = "ignore",
					     [PLAN_UNKNOWN_ERROR] = "error" };
	int i = one_of(words, ARRAY_SIZE(words), "--unknown-filesystems", arg, e);

	w->o.plan.unknown = i < 0 ? PLAN_UNKNOWN_WARN : (enum plan_unknown)i;
	return i < 0 ? -1 : 0;
}

/* Options that are a wish for a partition or volume: 1, 0 where it is none, -1. */
static int wish_option(struct own *w, int id, const char *arg, struct err *e)
{
	int r = 0;

	switch (id) {
	case OPT_EXPAND:
		r = add_once(w, PLAN_WISH_EXPAND, "--expand", &w->expand, arg, e);
		break;
	case OPT_SHRINK:
		r = add_once(w, PLAN_WISH_SHRINK, "--shrink", &w->shrink, arg, e);
		break;
	case OPT_RESIZE:
		r = add_sized(w, PLAN_WISH_RESIZE, "--resize", arg, e);
		break;
	case OPT_RESIZE_FORCE:
		r = add_sized(w, PLAN_WISH_FORCE, "--resize-force", arg, e);
		break;
	case OPT_LV_EXPAND:
		add_wish(w, PLAN_WISH_LV_EXPAND, arg, NULL);
		break;
	case OPT_DELETE:
		add_wish(w, PLAN_WISH_DELETE, arg, NULL);
		break;
	case OPT_IGNORE:
		add_wish(w, PLAN_WISH_IGNORE, arg, NULL);
		break;
	default:
		return 0;
	}
	return r < 0 ? -1 : 1;
}

/* Options that are on or off: false where it is none. */
static bool switch_option(struct own *w, int id)
{
	struct resize_options *o = &w->o;
	bool *const on[] = {
		[OPT_IN_PLACE - OPT_ID_TOOL] = &o->in_place,
		[OPT_NO_COPY_BOOT_LOADER - OPT_ID_TOOL] = &o->no_boot_loader,
		[OPT_NO_EXPAND_CONTENT - OPT_ID_TOOL] = &o->plan.no_expand_content,
		[OPT_NO_EXTRA_PARTITION - OPT_ID_TOOL] = &o->plan.no_extra_partition,
		[OPT_NO_SPARSE - OPT_ID_TOOL] = &o->no_sparse,
		[OPT_NTFS_FORCE - OPT_ID_TOOL] = &o->force_ntfs,
	};

	if (id == 'n')
		o->dry_run = true;
	else if (id == 'q')
		o->quiet = true;
	else if (id >= OPT_ID_TOOL && (size_t)(id - OPT_ID_TOOL) < ARRAY_SIZE(on) && on[id - OPT_ID_TOOL])
		*on[id - OPT_ID_TOOL] = true;
	else
		return false;
	return true;
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct own *w = ctx;
	struct plan_size ignored;
	int r = wish_option(w, id, arg, e);

	if (r || switch_option(w, id))
		return r < 0 ? -1 : 0;
	switch (id) {
	case OPT_ALIGN_FIRST:
		return set_align_first(w, arg, e);
	case OPT_ALIGNMENT:
		return set_alignment(w, arg, e);
	case OPT_UNKNOWN:
		return set_unknown(w, arg, e);
	case OPT_OUTPUT_FORMAT:
		w->o.output_format = arg;
		break;
	case OPT_SIZE:
		w->o.size = arg;
		return plan_size_parse(arg, &ignored, e) < 0 ? err_ctx(e, "--size") : 0;
	case OPT_JOURNAL:
		w->o.journal = arg;
		break;
	case OPT_UNDO:
		w->o.undo = arg;
		break;
	case OPT_RESUME:
		w->o.resume = arg;
		break;
	case OPT_MACHINE_READABLE:
		w->o.machine_readable = true;
		w->o.machine = arg;
		return say_machine_check(arg, e);
	}
	return 0;
}

/* Options that go with --in-place only, or never with it. */
static int check_mode(const struct own *w, struct err *e)
{
	const struct resize_options *o = &w->o;
	const struct {
		bool given, wants_in_place;
		const char *name;
	} rows[] = {
		{ o->size, true, "--size" },
		{ o->journal, true, "--journal" },
		{ o->undo, true, "--undo" },
		{ o->resume, true, "--continue" },
		{ o->no_boot_loader, false, "--no-copy-boot-loader" },
		{ o->no_sparse, false, "--no-sparse" },
		{ o->output_format, false, "--output-format" },
		{ w->shrink, false, "--shrink" },
		{ o->plan.align_first == PLAN_ALIGN_ALWAYS, false, "--align-first=always" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].given && rows[i].wants_in_place != o->in_place)
			return err_set(e, EINVAL, "%s %s --in-place", rows[i].name,
				       o->in_place ? "does not go with" : "goes with");
	if (w->expand && w->shrink)
		return err_set(e, EINVAL, "you cannot use options --expand and --shrink together");
	if (!!o->undo + !!o->resume + (o->plan.n_wishes || o->size || o->journal) > 1)
		return err_set(e, EINVAL, "--undo and --continue go with nothing else that is to be done");
	if ((o->undo || o->resume) && o->dry_run)
		return err_set(e, EINVAL, "--undo and --continue cannot be tried with --dry-run: they write to the disk");
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	struct own *w = c->own;
	const size_t n = c->images.n_drives;

	if (!n && w->o.machine_readable)
		return 0;
	if (check_mode(w, e) < 0)
		return -1;
	if (w->o.in_place && n != 1)
		return err_set(e, EINVAL, "--in-place takes one disk");
	if (!w->o.in_place && n != 2)
		return err_set(e, EINVAL, "usage: guest-resize [OPTION]... IN OUT; %s",
			       n == 1 ? "OUT is missing" : n ? "there are more than two disks" : "IN is missing");
	if (n == 2 && w->o.output_format && !image_format_known(w->o.output_format))
		return err_set(e, EINVAL, "--output-format: unknown format '%s'", w->o.output_format);
	if (n == 2)
		c->images.drives[1].format = w->o.output_format;
	return 0;
}

/* What --machine-readable alone says: words that programs look for, those of virt-resize first. */
static void say_abilities(struct cli *c)
{
	buf_addstr(&c->out.b, "virt-resize\nntfsresize-force\n32bitok\n128-sector-alignment\nalignment\n"
			      "align-first\ninfile-uri\nntfs\nbtrfs\nxfs\nf2fs\n"
			      "guest-resize\nin-place\nlogical-partitions\nmount-points\n");
}

static void tell_done(struct resize *r)
{
	const struct resize_options *o = r->o;

	if (r->c->images.json) {
		if (o->undo || o->resume)
			summary_json_journal(r);
		else
			summary_json(r, !o->dry_run);
		return;
	}
	if (o->dry_run || o->undo || o->resume)
		return;
	summary_done(r);
	if (o->in_place)
		say_info(&r->say, "Resize operation completed with no errors.");
	else
		say_info(&r->say, "Resize operation completed with no errors.  Before deleting the old disk, "
				  "carefully check that the resized disk boots and works correctly.");
}

static int run_on(struct resize *r, struct err *e)
{
	const struct resize_options *o = r->o;
	int rc;

	say_init(&r->say, r->c->tool->name, &r->c->out, &r->c->report);
	r->say.quiet = o->quiet || r->c->images.json;
	if (o->machine_readable && say_machine(&r->say, o->machine, e) < 0)
		return -1;
	/* What is on stdout comes between the bars, not into them. */
	r->c->report.progress.bar |= r->c->report.progress.tty && !o->quiet &&
				     r->c->images.progress == PROGRESS_AUTO;
	rc = o->in_place ? resize_in_place(r, e) : resize_copy(r, e);
	if (rc == 0)
		tell_done(r);
	else if (rc < 0)
		say_error(&r->say, e);
	say_release(&r->say);
	return rc;
}

static int run(struct cli *c, struct err *e)
{
	struct own *w = c->own;
	struct resize r = { .c = c, .o = &w->o };
	struct image_opts *io = &c->images;
	struct drive_arg *all = io->drives;
	size_t n = io->n_drives;
	int rc;

	if (!n) {
		say_abilities(c);
		return 0;
	}
	r.drives = all;
	r.in = all[0].name;
	r.out = all[n - 1].name;
	rc = run_on(&r, e);
	io->drives = all;
	io->n_drives = n;
	description_release(&r.was);
	plan_release(&r.plan);
	free(r.grown);
	return rc;
}

static const struct tool tool = {
	.name = "guest-resize",
	.usage = "[OPTION]... IN OUT\n       guest-resize --in-place [OPTION]... DISK",
	.summary = "Give the partitions of a virtual machine's disk other sizes, in a copy or where they are.",
	.rows = opts,
	.statuses = "0 done, 1 failed, 2 bad usage",
	.flags = TOOL_IMAGES | TOOL_MAY_IDLE | TOOL_WRITES | TOOL_DISKS | TOOL_LONG_ONLY,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct own w = { .o = { .plan = { .alignment = ALIGNMENT, .unknown = PLAN_UNKNOWN_ERROR } } };
	int r = tool_main(&tool, argc, argv, &w);

	free(w.o.wishes);
	strvec_release(&w.names);
	return r;
}
