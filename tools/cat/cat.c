/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-cat: print files of a guest, one after the other. */
#include <stdlib.h>

#include "cli/guest.h"
#include "cli/out.h"
#include "cli/tool.h"
#include "util/cleanup.h"
#include "vm/calls.h"

static const struct opt opts[] = { OPTS_IMAGE, OPTS_KEYS, OPTS_MOUNT, OPTS_APPLIANCE, OPTS_STD, OPT_END };

/* A stream's ends: what comes goes straight to stdout. */
static int take_data(void *ctx, const void *p, size_t n, struct err *e)
{
	return out_write(ctx, p, n, e);
}

static int take_hole(void *ctx, uint64_t n, struct err *e)
{
	return out_hole(ctx, n, e);
}

static int cat_file(struct cli *c, const char *path, struct err *e)
{
	const struct stream io = { .data = take_data, .hole = take_hole, .ctx = &c->out };
	CLEANUP(free) char *real = NULL;

	if (guest_path(c, "read", path, &real, e) < 0)
		return -1;
	const struct read_file_args a = { .path = real };
	progress_start(&c->report.progress);
	if (call_read_file(c->session, &a, NULL, &io, e) == 0)
		return 0;
	/* What ends the whole run is not the file's fault. */
	return c->out.no ? -1 : guest_path_err("read", path, e);
}

static int run(struct cli *c, struct err *e)
{
	int r = guest_open(c, e);

	for (size_t i = 0; i < c->n_operands && r == 0; i++) {
		if (cat_file(c, c->operands[i], e) == 0)
			continue;
		if (tool_must_stop(c))
			r = -1;
		else
			report_fail(&c->report, c->operands[i], e);
	}
	return r;
}

static const struct tool tool = {
	.name = "guest-cat",
	.usage = "[OPTION]... -a DISK... FILE...",
	.summary = "Print files of a virtual machine that is not running.",
	.operand = "FILE",
	.rows = opts,
	.flags = TOOL_IMAGES | TOOL_OPERANDS,
	.run = run,
};

int main(int argc, char **argv)
{
	return tool_main(&tool, argc, argv, NULL);
}
