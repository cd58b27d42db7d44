/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-sparsify: an image takes no more room than what is in use in it.
 *
 *   in place   the guest's kernel discards what is free, and qemu gives it back to the host
 *   a copy     the same on an overlay in memory, in which discarded clusters are noted, not written;
 *              qemu-img then copies what is left
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/say.h"
#include "cli/storage.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"
#include "vm/calls.h"
#include "vm/convert.h"
#include "vm/create.h"
#include "vm/overlay.h"

enum { STATUS_NO_DISCARD = 3 }; /* beside 0 for done and 1 for a failure */

struct sparsify_options {
	bool in_place, quiet, compress, machine_readable;
	const char *convert, *options; /* of OUT: format, creation options; or NULL */
	const char *machine;
	struct strvec ignore, zero;
};

/* One run. */
struct sparsify {
	struct cli *c;
	const struct sparsify_options *o;
	struct say say;
	struct drive_arg *drives;
	uint64_t before, after; /* bytes that the image takes on the host; 0: not known */
	uint64_t trimmed;	/* bytes that the guest has given back */
};

enum sparsify_opt_id {
	OPT_CHECK_TMPDIR = OPT_ID_TOOL,
	OPT_COMPRESS,
	OPT_CONVERT,
	OPT_IGNORE,
	OPT_IN_PLACE,
	OPT_MACHINE_READABLE,
	OPT_NOTHING,
	OPT_TMP,
	OPT_ZERO,
};

static const struct opt opts[] = {
	{ 0, "in-place", NULL, "give back what the one DISK does not use", OPT_IN_PLACE, 0 },
	{ 0, "inplace", NULL, "", OPT_IN_PLACE, OPT_HIDDEN },
	{ 0, "compress", NULL, "compress OUT, a qcow2", OPT_COMPRESS, 0 },
	{ 0, "convert", "FMT", "format of OUT; without it that of IN", OPT_CONVERT, 0 },
	{ 'o', "option", "OPTIONS", "of qemu-img for OUT, with commas between", 0, 0 },
	{ 0, "ignore", "DEV", "leave a file system, a partition, a volume or a volume group alone", OPT_IGNORE, 0 },
	{ 0, "zero", "DEV", "take all of DEV, with what is in it, for free", OPT_ZERO, 0 },
	{ 'q', "quiet", NULL, "do not say what is done", 0, 0 },
	{ 0, "format", "FMT", "format of IN, or of DISK; without it: found out", OPT_FORMAT, 0 },
	{ 0, "blocksize", "512|4096", "sector size of the disk; none: 512", OPT_BLOCKSIZE, OPT_OPTIONAL },
	{ 0, "allow-external", NULL, "let an image name any other file as a part of it", OPT_ALLOW_EXTERNAL, 0 },
	{ 0, "machine-readable", "fd:N|file:NAME|stream:NAME", "speak to a program; alone: what can be done",
	  OPT_MACHINE_READABLE, OPT_OPTIONAL },
	{ 0, "tmp", "PLACE", "taken and ignored: no temporary files are made", OPT_TMP, 0 },
	{ 0, "check-tmpdir", "ignore|continue|warn|fail", "taken and ignored, as --tmp", OPT_CHECK_TMPDIR, 0 },
	{ 0, "debug", NULL, "", 'v', OPT_HIDDEN },
	{ 0, "color", NULL, "", OPT_NOTHING, OPT_HIDDEN },
	{ 0, "colors", NULL, "", OPT_NOTHING, OPT_HIDDEN },
	{ 0, "colour", NULL, "", OPT_NOTHING, OPT_HIDDEN },
	{ 0, "colours", NULL, "", OPT_NOTHING, OPT_HIDDEN },
	{ 0, "wrap", NULL, "", OPT_NOTHING, OPT_HIDDEN },
	{ 0, "debug-gc", NULL, "", OPT_NOTHING, OPT_HIDDEN },
	OPTS_KEYS,
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	static const char *const words[] = { "ignore", "continue", "warn", "fail" };
	struct sparsify_options *o = ctx;

	switch (id) {
	case OPT_IN_PLACE:
		o->in_place = true;
		break;
	case OPT_COMPRESS:
		o->compress = true;
		break;
	case OPT_CONVERT:
		o->convert = arg;
		break;
	case 'o':
		o->options = arg;
		break;
	case OPT_IGNORE:
		strvec_add(&o->ignore, arg);
		break;
	case OPT_ZERO:
		strvec_add(&o->zero, arg);
		break;
	case 'q':
		o->quiet = true;
		break;
	case OPT_MACHINE_READABLE:
		o->machine_readable = true;
		o->machine = arg;
		return say_machine_check(arg, e);
	case OPT_CHECK_TMPDIR:
		for (size_t i = 0; i < ARRAY_SIZE(words); i++)
			if (!strcmp(words[i], arg))
				return 0;
		return err_set(e, EINVAL, "--check-tmpdir does not take '%s'; see --help", arg);
	}
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	const struct sparsify_options *o = c->own;
	const size_t n = c->images.n_drives;

	if (!n && o->machine_readable)
		return 0;
	if (n != (o->in_place ? 1 : 2))
		return err_set(e, EINVAL, "%s", o->in_place ? "--in-place takes one disk"
							    : "usage: guest-sparsify [OPTION]... IN OUT, or --in-place DISK");
	if (o->in_place && (o->compress || o->convert || o->options))
		return err_set(e, EINVAL, "--compress, --convert and -o are for a copy, not for --in-place");
	if (o->convert && !image_format_known(o->convert))
		return err_set(e, EINVAL, "--convert: unknown format '%s'", o->convert);
	if (n == 2 && drive_is_remote(c->images.drives[1].name))
		return err_set(e, EINVAL, "OUT is to be a file or a block device of this host");
	return 0;
}

/* ---- what both ways do */

/* Bytes that a file takes. */
static uint64_t taken(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_blocks * 512 : 0;
}

/* Has the guest give back what it does not use. The session is ready. */
static int trim(struct sparsify *s, struct err *e)
{
	CLEANUP(storage_ret_release) struct storage_ret storage = { 0 };
	CLEANUP(trim_ret_release) struct trim_ret r = { 0 };
	const struct trim_args a = { .ignore = { (uint32_t)s->o->ignore.n, s->o->ignore.v },
				     .zero = { (uint32_t)s->o->zero.n, s->o->zero.v } };

	if (storage_list(s->c, &storage, e) < 0 || call_trim(s->c->session, &a, &r, e) < 0)
		return -1;
	for (uint32_t i = 0; i < r.warnings.n; i++)
		say_warning(&s->say, "%s", r.warnings.v[i]);
	for (uint32_t i = 0; i < r.trimmed.n; i++)
		say_message(&s->say, "Trimmed %s", r.trimmed.v[i]);
	s->trimmed = r.bytes;
	if (session_finish(s->c->session, e) < 0)
		return -1;
	return 0;
}

static unsigned flags_of(const struct sparsify *s, bool write)
{
	return (write ? IMAGE_WRITE : 0) | (s->c->images.allow_external ? IMAGE_ALLOW_EXTERNAL : 0);
}

/* ---- in place */

/* Only these formats have a way to give clusters back. */
static int check_discard(const struct image *img, struct err *e)
{
	const char *f = img->layers[0].format;

	if (!strcmp(f, "raw") || !strcmp(f, "qcow2"))
		return 0;
	return err_set(e, ENOTSUP, "an image of format %s cannot be made sparse in place; a copy can be made", f);
}

static int in_place(struct sparsify *s, struct err *e)
{
	struct image *img = guest_open_drive(s->drives, flags_of(s, true), e);
	CLEANUP(free) char *path = img ? xstrdup(img->layers[0].path) : NULL;

	if (!img)
		return -1;
	if (check_discard(img, e) < 0) {
		image_close(img);
		return -1;
	}
	s->before = taken(path);
	say_message(&s->say, "Examining %s", s->drives[0].name);
	if (guest_launch_image(s->c, img, e) < 0 || trim(s, e) < 0)
		return -1;
	s->after = taken(path);
	say_info(&s->say, "Sparsify in-place operation completed with no errors.");
	return 0;
}

/* ---- a copy */

static int progress(void *ctx, unsigned hundredths, struct err *e)
{
	struct sparsify *s = ctx;

	if (interrupt_caught())
		return err_set(e, ECANCELED, "interrupted");
	say_progress(&s->say, hundredths, 10000);
	return 0;
}

/* An empty OUT of the source's size. */
static struct image *make_target(const struct sparsify *s, const struct image *from, struct output *o, struct err *e)
{
	const struct image_new n = { .path = s->drives[1].name,
				     .format = s->o->convert ? s->o->convert : from->layers[0].format,
				     .size = from->virtual_size,
				     .options = s->o->options };

	if (s->o->compress && strcmp(n.format, "qcow2") != 0) {
		err_set(e, EINVAL, "--compress is for qcow2, and '%s' is to be %s", n.path, n.format);
		return NULL;
	}
	return output_open(o, n.path, true, e) == 0 ? output_image(o, &n, e) : NULL;
}

/* Copies what is left, seen through the overlay. */
static int copy(struct sparsify *s, int overlay, struct image *to, bool to_is_zero, struct err *e)
{
	CLEANUP(image_close) struct image *from = guest_open_drive(s->drives, flags_of(s, false), e);
	struct convert c = { .from = from, .to = to, .overlay = overlay, .to_is_zero = to_is_zero,
			     .compress = s->o->compress, .progress = progress, .ctx = s };

	if (!from)
		return -1;
	say_message(&s->say, "Copy to destination and make sparse");
	progress_start(&s->c->report.progress);
	if (convert_run(&c, e) < 0)
		return err_ctx(e, "copying");
	if (fsync(to->layers[0].fd) < 0)
		return err_sys(e, "cannot write out '%s'", to->name);
	return 0;
}

/* The same file by two names? */
static int check_different(const struct image *from, const char *out, struct err *e)
{
	CLEANUP(fd_close) int fd = open(out, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		fd = open(out, O_PATH | O_CLOEXEC);
	if (fd >= 0 && image_has_file(from, fd))
		return err_set(e, EINVAL, "'%s' is the source, or a part of it: --in-place is for that", out);
	return 0;
}

/* The source with an overlay in memory, which takes the trimming. *ret_overlay stays ours. */
static int trim_overlaid(struct sparsify *s, struct image *img, int *ret_overlay, struct err *e)
{
	img->overlay = overlay_create(img->virtual_size, e);
	if (img->overlay < 0 || (*ret_overlay = fcntl(img->overlay, F_DUPFD_CLOEXEC, 0)) < 0) {
		image_close(img);
		return -1;
	}
	img->writable = true; /* to who sees it through the overlay */
	if (guest_launch_image(s->c, img, e) < 0 || trim(s, e) < 0)
		return -1;
	interrupt_watch(NULL);
	session_close(TAKE(s->c->session));
	return 0;
}

static int make_copy(struct sparsify *s, struct err *e)
{
	CLEANUP(output_release) struct output o = OUTPUT_INIT;
	CLEANUP(image_close) struct image *to = NULL;
	struct image *img = guest_open_drive(s->drives, flags_of(s, false), e);
	CLEANUP(fd_close) int overlay = -1;

	if (!img)
		return -1;
	s->before = img->layers[0].remote ? 0 : taken(img->layers[0].path);
	to = check_different(img, s->drives[1].name, e) == 0 ? make_target(s, img, &o, e) : NULL;
	if (!to) {
		image_close(img);
		return -1;
	}
	say_message(&s->say, "Examine source disk");
	if (trim_overlaid(s, img, &overlay, e) < 0 || copy(s, overlay, to, !o.block, e) < 0 ||
	    output_finish(&o, e) < 0)
		return -1;
	s->after = taken(o.path);
	say_info(&s->say, "Sparsify operation completed with no errors.  Before deleting the old disk, carefully "
			  "check that the target disk boots and works correctly.");
	return 0;
}

/* ---- */

static void print_json(struct sparsify *s)
{
	struct json j = json_init(&s->c->out.b);

	json_open_object(&j, NULL);
	json_str(&j, "schema", "guestutils.sparsify.v1");
	json_str(&j, "in", s->drives[0].name);
	json_str(&j, "out", s->o->in_place ? s->drives[0].name : s->drives[1].name);
	json_bool(&j, "in_place", s->o->in_place);
	json_u64(&j, "trimmed", s->trimmed);
	if (s->before && s->after) {
		json_u64(&j, "allocated_before", s->before);
		json_u64(&j, "allocated_after", s->after);
	}
	json_close(&j);
}

static int run_on(struct sparsify *s, struct err *e)
{
	struct cli *c = s->c;
	int r;

	say_init(&s->say, c->tool->name, &c->out, &c->report);
	s->say.quiet = s->o->quiet || c->images.json;
	if (s->o->machine_readable && say_machine(&s->say, s->o->machine, e) < 0)
		return -1;
	c->images.session.discard = true;
	c->report.progress.bar |= c->report.progress.tty && !s->o->quiet && c->images.progress == PROGRESS_AUTO;
	r = s->o->in_place ? in_place(s, e) : make_copy(s, e);
	if (r < 0) {
		say_error(&s->say, e);
		/* As the peer: so that a script knows that there is no use in trying again. */
		if (e->no == ENOTSUP && s->o->in_place) {
			report_fail(&c->report, NULL, e);
			c->status = STATUS_NO_DISCARD;
			c->report.failed = false;
			r = 1;
		}
	} else if (c->images.json) {
		print_json(s);
	}
	say_release(&s->say);
	return r;
}

static int run(struct cli *c, struct err *e)
{
	struct sparsify s = { .c = c, .o = c->own, .drives = c->images.drives };
	const size_t n = c->images.n_drives;
	int r;

	if (!n) {
		buf_addstr(&c->out.b, "virt-sparsify\nlinux-swap\nzero\ncheck-tmpdir\nin-place\ntmp-option\n"
				      "ntfs\nbtrfs\nguest-sparsify\n");
		return 0;
	}
	c->images.n_drives = 1;
	r = run_on(&s, e);
	c->images.n_drives = n;
	return r;
}

static const struct tool tool = {
	.name = "guest-sparsify",
	.usage = "[OPTION]... IN OUT\n       guest-sparsify --in-place [OPTION]... DISK",
	.summary = "Give the room back that a virtual machine's disk takes and does not use.",
	.rows = opts,
	.statuses = "0 done, 1 failed, 2 bad usage, 3 in place is not possible here",
	.flags = TOOL_IMAGES | TOOL_MAY_IDLE | TOOL_WRITES | TOOL_DISKS | TOOL_LONG_ONLY,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct sparsify_options o = { .in_place = false };
	int r = tool_main(&tool, argc, argv, &o);

	strvec_release(&o.ignore);
	strvec_release(&o.zero);
	return r;
}
