/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-alignment-scan: do the partitions of a guest begin where its storage likes it? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/safe.h"
#include "util/cleanup.h"
#include "vm/calls.h"

/* Exit statuses, beside 0 for all is well and 1 for a failure. */
enum { STATUS_POOR = 2, STATUS_BAD = 3 };

#define GOOD 65536u /* bytes: a chunk of common arrays */
#define POOR 4096u  /* a sector of disks, whatever they say, and a block of file systems */

struct scan_options {
	bool quiet;
	bool uuid;
};

enum scan_opt_id { OPT_UUID = OPT_ID_TOOL };

static const struct opt opts[] = {
	OPTS_IMAGE,
	{ 'q', "quiet", NULL, "print nothing: the exit status tells", 0, 0 },
	{ 0, "uuid", NULL, "domains by their UUIDs, not their names", OPT_UUID, 0 },
	{ 'P', NULL, "N", "taken and ignored: one after the other is fast enough", 0, 0 },
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct scan_options *o = ctx;

	if (id == 'q')
		o->quiet = true;
	else if (id == OPT_UUID)
		o->uuid = true;
	else if (id == 'P' && (!*arg || arg[strspn(arg, "0123456789")]))
		return err_set(e, EINVAL, "-P option is not numeric");
	return 0;
}

/* What an alignment is worth: the exit status for it. */
static int status_of(uint64_t alignment)
{
	return alignment >= GOOD ? 0 : alignment >= POOR ? STATUS_POOR : STATUS_BAD;
}

static const char *words_of(int status)
{
	switch (status) {
	case STATUS_BAD:
		return "bad (alignment < 4K)";
	case STATUS_POOR:
		return "bad (alignment < 64K)";
	default:
		return "ok";
	}
}

/* One partition. guest: what stands before its name, or NULL. */
static void print(struct cli *c, struct json *j, const char *guest, const wire_block *b)
{
	const struct scan_options *o = c->own;
	const uint64_t start = (uint64_t)b->start;
	/* The greatest power of two that divides it. */
	const uint64_t alignment = start & -start;
	const int status = status_of(alignment);
	const bool kib = alignment >= 1024;
	struct buf *out = &c->out.b;

	if (status > c->status)
		c->status = status;
	if (o->quiet)
		return;
	if (j) {
		json_open_object(j, NULL);
		json_str(j, "guest", guest);
		json_str(j, "device", b->name);
		json_u64(j, "start", start);
		json_u64(j, "alignment", alignment);
		json_bool(j, "ok", status == 0);
		json_close(j);
		return;
	}
	if (guest) {
		safe_add(out, guest, safe_for(STDOUT_FILENO));
		buf_addch(out, ':');
	}
	buf_addf(out, "%s %12llu %12llu%s   %s\n", b->name, (unsigned long long)start,
		 (unsigned long long)(kib ? alignment / 1024 : alignment), kib ? "K" : " ",
		 words_of(status));
}

/* All partitions of the guest whose disks are there. */
static int scan(struct cli *c, struct json *j, const char *guest, struct err *e)
{
	CLEANUP(storage_ret_release) struct storage_ret r = { 0 };
	struct storage_args none = { 0 };

	if (guest_launch(c, e) < 0 || call_storage(c->session, &none, &r, e) < 0)
		return -1;
	for (uint32_t i = 0; i < r.list.n; i++)
		if (!strcmp(r.list.v[i].kind, "partition") && r.list.v[i].start > 0)
			print(c, j, guest, &r.list.v[i]);
	return 0;
}

/* Every domain by itself; one that fails is reported. */
static int scan_domains(struct cli *c, struct json *j, struct err *e)
{
	const struct scan_options *o = c->own;
	CLEANUP(domains_release) struct domains all = { NULL, 0 };
	struct image_opts *io = &c->images;

	if (domains_all(io->connect, &all, e) < 0)
		return -1;
	for (size_t i = 0; i < all.n && !tool_must_stop(c); i++) {
		struct domain *d = &all.v[i];
		struct err why = ERR_INIT;

		if (!d->n_disks)
			continue;
		io->n_drives = 0;
		image_opts_add_domain(io, d->name, d);
		if (scan(c, j, o->uuid ? d->uuid : d->name, &why) < 0)
			report_fail(&c->report, NULL, &why);
		interrupt_watch(NULL);
		session_close(TAKE(c->session));
		c->report.image = NULL;
	}
	io->n_drives = 0;
	return 0;
}

static int run(struct cli *c, struct err *e)
{
	const struct scan_options *o = c->own;
	struct json json = json_init(&c->out.b);
	struct json *j = c->images.json && !o->quiet ? &json : NULL;
	int r;

	if (j) {
		json_open_object(j, NULL);
		json_str(j, "schema", "guestutils.alignment-scan.v1");
		json_open_array(j, "entries");
	}
	r = c->images.n_drives ? scan(c, j, NULL, e) : scan_domains(c, j, e);
	if (j) {
		json_close(j);
		json_close(j);
	}
	return r;
}

static const struct tool tool = {
	.name = "guest-alignment-scan",
	.usage = "[OPTION]... [-a DISK]...",
	.summary = "Check where the partitions of virtual machines that are not running begin.",
	.rows = opts,
	.statuses = "0 all are well aligned, 1 failed, 2 to less than 64K, 3 to less than 4K",
	.usage_status = 1,
	.flags = TOOL_IMAGES | TOOL_MAY_IDLE,
	.option = option,
	.run = run,
};

int main(int argc, char **argv)
{
	struct scan_options o = { 0 };

	return tool_main(&tool, argc, argv, &o);
}
