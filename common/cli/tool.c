/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tool.h. */
#include "cli/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "vm/image.h"

#define USAGE 2 /* exit status of bad usage */

/*
 * Descriptors 0 to 2 that are closed are filled, wrong way round: no image can
 * become the standard output, and using them still fails.
 */
static void fill_std_fds(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			(void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}

static void add_help(const struct tool *t, struct buf *b)
{
	buf_addf(b, "Usage: %s %s\n%s\n\n", t->name, t->usage, t->summary);
	opt_help(t->rows, b);
	buf_addf(b, "\nExit status: %s.\n"
		    "The manual is %s(1); images and mounts are in disk-image-options(7).\n",
		 t->statuses ? t->statuses : "0 done, 1 failed, 2 bad usage", t->name);
}

/* Options that only print: 1, or 0 where it is none of them. */
static int print_option(struct cli *c, int id)
{
	const struct tool *t = c->tool;
	struct buf *b = &c->out.b;

	switch (id) {
	case 'V':
		buf_addf(b, "%s %s\n", t->name, PACKAGE_VERSION);
		return 1;
	case OPT_HELP:
		add_help(t, b);
		return 1;
	case OPT_SHORT_OPTIONS:
		opt_list_short(t->rows, b);
		return 1;
	case OPT_LONG_OPTIONS:
		opt_list_long(t->rows, b);
		return 1;
	case OPT_DUMP_OPTIONS:
		opt_dump(t->rows, b);
		return 1;
	default:
		return 0;
	}
}

/* An opt_fn: the printing options, the tool's early ones, the shared ones, the tool's own. */
static int take_option(void *ctx, int id, const char *arg, struct err *e)
{
	struct cli *c = ctx;
	int r;

	if (print_option(c, id))
		return 1;
	r = c->tool->early ? c->tool->early(c->own, id, arg, e) : 0;
	if (!r)
		r = image_opt(&c->images, id, arg, e);
	if (r)
		return r < 0 ? -1 : 0;
	return c->tool->option ? c->tool->option(c->own, id, arg, e) : 0;
}

/* Tells disks from operands where there was no -a: all but the last are disks. */
static void take_disks(struct cli *c)
{
	size_t keep = c->tool->flags & TOOL_OPERANDS ? 1 : 0;

	while (c->n_operands > keep) {
		image_opts_add(&c->images, c->operands[0], !(c->tool->flags & TOOL_DISKS));
		c->operands++;
		c->n_operands--;
	}
}

/* An operand too many: most often the argument of an option that has it in its own word. */
static int extra_operand(const struct cli *c, struct err *e)
{
	err_set(e, EINVAL, "extra operand '%s'", c->operands[0]);
	if (c->tool->flags & TOOL_IMAGES && image_format_known(c->operands[0]))
		err_hint(e, "a format is given as '--format=%s'", c->operands[0]);
	return -1;
}

static int check_usage(struct cli *c, struct err *e)
{
	unsigned flags = c->tool->flags;

	if (flags & TOOL_IMAGES && !(flags & TOOL_NAMED_DISKS) && !c->images.n_drives)
		take_disks(c);
	if (image_opts_check(&c->images, e) < 0)
		return -1;
	if (flags & TOOL_OPERANDS && !c->n_operands)
		return err_set(e, EINVAL, "missing operand: %s", c->tool->operand);
	if ((flags & (TOOL_IMAGES | TOOL_MAY_IDLE)) == TOOL_IMAGES && !c->images.n_drives)
		return err_set(e, EINVAL, "no disk image: use -a DISK");
	if (!(flags & TOOL_OPERANDS) && c->n_operands)
		return extra_operand(c, e);
	return c->tool->check ? c->tool->check(c, e) : 0;
}

/* Do errors have to be JSON? Known before the first option can be wrong. */
static bool wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

/* 0 to run, 1 where an option has printed what was asked for, -1 with *e. */
static int parse(struct cli *c, int argc, char **argv, struct err *e)
{
	struct opt_parser p = { .rows = c->tool->rows,
				.fn = take_option,
				.ctx = c,
				.long_only = c->tool->flags & TOOL_LONG_ONLY };
	int r = opt_parse(&p, argc, argv, e);

	if (r)
		return r;
	c->operands = argv + p.first;
	c->n_operands = argc - p.first;
	if (check_usage(c, e) < 0)
		return -1;
	c->report.verbose = c->images.verbose;
	c->report.timings = c->images.timings;
	progress_init(&c->report.progress, c->tool->name, c->images.progress);
	return 0;
}

/* Ends the run: what is buffered, the appliance, the standard output, late errors. */
static int finish(struct cli *c, int status)
{
	struct err e = ERR_INIT;
	int told = c->out.no; /* then the run has ended with it, and has said so */

	progress_hide(&c->report.progress);
	c->report.image = NULL; /* what fails from here on is not about it */
	if (!told && out_flush(&c->out, &e) < 0 && !interrupt_caught())
		report_fail(&c->report, NULL, &e);
	report_step(&c->report, "done");
	session_close(c->session);
	interrupt_watch(NULL);
	if (out_close(&c->out, &e) < 0 && !told && !c->out.no && !interrupt_caught())
		report_fail(&c->report, NULL, &e);
	image_opts_release(&c->images);
	interrupt_die();
	return c->report.failed && status == c->status ? 1 : status;
}

int tool_main(const struct tool *t, int argc, char **argv, void *own)
{
	struct cli c = { .tool = t, .own = own, .out = out_init(STDOUT_FILENO) };
	struct err e = ERR_INIT;
	int r;

	fill_std_fds();
	report_init(&c.report, t->name);
	c.report.json = wants_json(argc, argv);
	r = parse(&c, argc, argv, &e);
	if (r < 0) {
		report_usage(&c.report, &e);
		return finish(&c, t->usage_status ? t->usage_status : USAGE);
	}
	if (r == 0 && t->run(&c, &e) < 0 && !interrupt_caught()) {
		c.report.image = c.out.no ? NULL : c.report.image;
		report_fail(&c.report, NULL, &e);
	}
	return finish(&c, c.status);
}

/* Takes what is said already off the front of the message. */
static void drop_front(struct err *e, const char *said)
{
	size_t n = strlen(said);

	if (!strncmp(e->msg, said, n))
		memmove(e->msg, e->msg + n, strlen(e->msg + n) + 1);
}

int guest_path_err(const char *verb, const char *path, struct err *e)
{
	CLEANUP(free) char *opening = xasprintf("open '%s': ", path);
	CLEANUP(free) char *name = xasprintf("'%s' ", path);

	drop_front(e, opening);
	drop_front(e, name);
	return err_ctx(e, "cannot %s '%s'", verb, path);
}

bool tool_must_stop(const struct cli *c)
{
	return interrupt_caught() || c->out.no ||
	       (c->session && session_state(c->session) == SESSION_DEAD);
}
