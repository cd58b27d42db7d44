/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-make-fs: make a disk image with a file system in it, of a folder or a tar archive.
 *
 * The stream of tar is had twice: once to count what is in it, which tells how large the disk has
 * to be, and that it is whole and can be read; and once to be unpacked in the appliance.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "cli/guest.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/newdisk.h"
#include "cli/output.h"
#include "estimate.h"
#include "input.h"
#include "options.h"
#include "scan.h"
#include "util/xalloc.h"
#include "vm/calls.h"
#include "vm/create.h"

#define READ_BYTES   (1u << 20)
#define FULL_BYTES   (4u << 20) /* so little is left where a disk is called full */
#define MIB	     (UINT64_C(1) << 20)

/* One run. */
struct job {
	struct cli *c;
	const struct make_fs_options *o;
	const char *to;
	struct input input;
	struct output output;
	struct scan scan;
	uint64_t size; /* of the disk */
	char *device;
	struct unpack_ret unpacked;
};

static void job_release_p(struct job *j)
{
	input_release(&j->input);
	output_release(&j->output);
	scan_release(&j->scan);
	free(j->device);
	unpack_ret_release_p(&j->unpacked);
}

static int check(struct cli *c, struct err *e)
{
	const struct make_fs_options *o = c->own;
	const struct image_new n = { .path = "", .format = o->format, .size = 1 };

	if (c->n_operands != 2)
		return err_set(e, EINVAL, "two operands are wanted, what goes in and the image to be made: IN OUT");
	if (!estimate_knows(o->type)) {
		CLEANUP(free) char *types = estimate_types();

		return err_set(e, EINVAL, "cannot make a file system of type '%s'; known are: %s", o->type, types);
	}
	return image_create_check(&n, e);
}

static bool has_table(const struct job *j)
{
	return strcmp(j->o->table, "none") != 0;
}

/* What is needed for the content. */
static uint64_t needed(const struct job *j)
{
	const unsigned sector = j->o->blocksize ? j->o->blocksize : 512;

	return estimate_disk(j->o->type, &j->scan.sum, has_table(j), sector, j->o->more ? j->o->size : 0);
}

static bool is_estimated(const struct job *j)
{
	return !j->o->size || j->o->more;
}

/* ---- reading */

/* What a child has said, a line each. */
static void warn_lines(struct job *j, struct buf *words)
{
	char *rest = words->data, *line;

	while (rest && (line = strsep(&rest, "\n")))
		if (*line)
			report_warn(&j->c->report, line);
}

/* The first time: counts, and finds out whether it is all there. */
static int count(struct job *j, struct err *e)
{
	CLEANUP(buf_release) struct buf ignored = BUF_INIT;
	CLEANUP(free) char *words = xasprintf("reading '%s'", j->input.name);
	CLEANUP(free) void *p = xmalloc(READ_BYTES);
	ssize_t n;

	report_step(&j->c->report, words);
	if (input_start(&j->input, e) < 0)
		return -1;
	while ((n = input_read(&j->input, p, READ_BYTES, &ignored, e)) > 0)
		if (scan_feed(&j->scan, p, (size_t)n, e) < 0)
			break;
	if (n < 0)
		return -1;
	if (n > 0 || scan_end(&j->scan, e) < 0)
		return err_ctx(e, "cannot read '%s'", j->input.name);
	if (j->scan.sum.no_end) {
		CLEANUP(free) char *text = xasprintf("'%s' has no end mark: some of it may be missing",
						     j->input.name);

		report_warn(&j->c->report, text);
	}
	return 0;
}

/* The stream in the call unpack. */
struct feed {
	struct job *job;
	struct buf words;
};

static ssize_t fill(void *ctx, void *p, size_t n, struct err *e)
{
	struct feed *f = ctx;

	return input_read(&f->job->input, p, n, &f->words, e);
}

/* ---- making */

static int mount_it(struct job *j, struct err *e)
{
	char root[] = "/", none[] = "";
	struct mount_args a = { .device = j->device, .mountpoint = root, .options = none, .type = none };

	return call_mount(j->c->session, &a, NULL, e);
}

static int unpack(struct job *j, struct err *e)
{
	struct feed f = { j, BUF_INIT };
	const struct stream io = { .fill = fill, .ctx = &f };
	struct unpack_args a = { .total = j->scan.sum.bytes };
	int rc;

	unpack_ret_release_p(&j->unpacked);
	j->unpacked = (struct unpack_ret){ 0 };
	rc = input_start(&j->input, e);
	if (rc == 0)
		rc = call_unpack(j->c->session, &a, &j->unpacked, &io, e);
	input_stop(&j->input);
	if (rc == 0) {
		warn_lines(j, &f.words);
		for (uint32_t i = 0; i < j->unpacked.warnings.n; i++)
			report_warn(&j->c->report, j->unpacked.warnings.v[i]);
	}
	buf_release(&f.words);
	return rc;
}

/* The image of that size, empty, in an appliance. */
static int launch(struct job *j, struct err *e)
{
	const struct image_new n = { .path = j->to, .format = j->o->format, .size = j->size };
	CLEANUP(free) char *words =
		xasprintf("'%s' gets %" PRIu64 " bytes, in %s", j->to, j->size, j->o->format);
	struct image *img;

	report_step(&j->c->report, words);
	img = output_image(&j->output, &n, e);
	if (!img)
		return -1;
	img->blocksize = j->o->blocksize;
	return guest_launch_image(j->c, img, e);
}

static int make_once(struct job *j, struct err *e)
{
	const struct newdisk disk = {
		.table = j->o->table,
		.filesystem = j->o->type,
		.label = j->o->label,
		.inodes = estimate_inodes(j->o->type, &j->scan.sum, j->size),
		.fresh = true,
	};
	char *device = NULL;

	if (launch(j, e) < 0 || newdisk_check(j->c->session, &disk, e) < 0)
		return -1;
	progress_start(&j->c->report.progress);
	if (newdisk_make(j->c->session, 0, &disk, &device, e) < 0)
		return -1;
	free(j->device);
	j->device = device;
	if (mount_it(j, e) < 0 || unpack(j, e) < 0)
		return -1;
	return session_finish(j->c->session, e);
}

/* What else can be said of a failure: room is missing in the image, or on the disk that it is on. */
static int explain(const struct job *j, struct err *e)
{
	const uint64_t need = needed(j);
	struct statvfs v;

	if (fstatvfs(j->output.fd, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < FULL_BYTES)
		return err_hint(e, "the disk that '%s' is to be on is full", j->to);
	if (j->size < need)
		return err_hint(e, "about %" PRIu64 " bytes are needed: use --size=%" PRIu64 "M", need,
				(need + MIB - 1) / MIB);
	if (e->no == ENOSPC)
		return err_hint(e, "give it more with --size=%s%" PRIu64 "M",
				is_estimated(j) ? "+" : "", (is_estimated(j) ? j->size / 2 : j->size * 2) / MIB + 1);
	return -1;
}

/* An estimate that was too low gets a second chance. */
static int make(struct job *j, struct err *e)
{
	struct err why = ERR_INIT;

	j->size = is_estimated(j) ? needed(j) : j->o->size;
	if (make_once(j, &why) == 0)
		return 0;
	if (why.no == ENOSPC && is_estimated(j) && !tool_must_stop(j->c)) {
		interrupt_watch(NULL);
		session_close(TAKE(j->c->session));
		report_step(&j->c->report, why.msg);
		j->size = (j->size + j->size / 2 + 16 * MIB) / MIB * MIB;
		if (make_once(j, &why) == 0)
			return 0;
	}
	*e = why;
	return explain(j, e);
}

static void print_json(struct job *j)
{
	struct json json = json_init(&j->c->out.b);

	json_open_object(&json, NULL);
	json_str(&json, "schema", "guestutils.make-fs.v1");
	json_str(&json, "image", j->to);
	json_str(&json, "format", j->o->format);
	json_u64(&json, "size", j->size);
	json_str(&json, "device", j->device);
	json_str(&json, "filesystem", j->o->type);
	json_str(&json, "label", j->o->label);
	json_u64(&json, "files", j->unpacked.files);
	json_u64(&json, "bytes", j->unpacked.bytes);
	json_u64(&json, "free", j->unpacked.free);
	json_close(&json);
}

/* An image in place of what it is made of is nobody's wish. */
static int check_other(const struct job *j, struct err *e)
{
	struct stat in, out;

	if (fstat(j->input.fd, &in) == 0 && stat(j->to, &out) == 0 && in.st_dev == out.st_dev &&
	    in.st_ino == out.st_ino)
		return err_set(e, EINVAL, "'%s' is what the image is to be made of: give it another name", j->to);
	return 0;
}

static int run(struct cli *c, struct err *e)
{
	struct job j __attribute__((cleanup(job_release_p))) = {
		.c = c, .o = c->own, .to = c->operands[1], .input = INPUT_INIT, .output = OUTPUT_INIT,
	};

	if (input_open(&j.input, c->operands[0], e) < 0 || check_other(&j, e) < 0 || output_open(&j.output, j.to, false, e) < 0 ||
	    count(&j, e) < 0)
		return -1;
	c->report.image = j.to;
	if (make(&j, e) < 0 || output_finish(&j.output, e) < 0)
		return -1;
	if (c->images.json)
		print_json(&j);
	return 0;
}

static const struct tool tool = {
	.name = "guest-make-fs",
	.usage = "[OPTION]... IN OUT",
	.summary = "Make a disk image with a file system of the files in a folder or a tar archive.",
	.operand = "IN",
	.rows = make_fs_rows,
	.flags = TOOL_OPERANDS | TOOL_WRITES,
	.option = make_fs_option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct make_fs_options o = { .type = "ext2", .format = "raw", .table = "none" };

	return tool_main(&tool, argc, argv, &o);
}
