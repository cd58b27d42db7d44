/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-tail: follow files of a guest that may be running. Each look is a session of its own,
 * for an appliance does not see what changes below its file systems. It is made when the image
 * has changed; an image that is no file is looked at now and then.
 */
#include "tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/guest.h"
#include "cli/interrupt.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define TRIES	    20 /* looks in a row that may fail before it is the image's fault */
#define BLIND_TIMES 5  /* intervals between looks at what does not tell whether it has changed */

enum tail_opt_id { OPT_NO_FOLLOW = OPT_ID_TOOL };

static const struct opt opts[] = {
	OPTS_IMAGE,
	{ 'f', "follow", NULL, "taken and ignored: it is always so", 0, 0 },
	{ 'n', "lines", "N", "begin with the last N lines, not 10", 0, 0 },
	{ 'q', "quiet", NULL, "do not print which file it is", 0, 0 },
	{ 's', "sleep-interval", "SECONDS", "how often to see what is new (1)", 0, 0 },
	{ 0, "no-follow", NULL, "print the last lines and end", OPT_NO_FOLLOW, 0 },
	OPTS_KEYS,
	OPTS_MOUNT,
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static int set_number(const char *name, const char *arg, uint64_t min, uint64_t max, uint64_t *ret,
		      struct err *e)
{
	unsigned long long v;

	errno = 0;
	v = strtoull(arg, NULL, 10);
	if (!*arg || arg[strspn(arg, "0123456789")] || errno || v < min || v > max)
		return err_set(e, EINVAL, "--%s takes a number from %llu on, not '%s'", name,
			       (unsigned long long)min, arg);
	*ret = v;
	return 0;
}

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct tail_options *o = ctx;
	uint64_t n = 0;

	switch (id) {
	case 'n':
		return set_number("lines", arg, 0, UINT64_MAX, &o->lines, e);
	case 'q':
		o->quiet = true;
		break;
	case 's':
		if (set_number("sleep-interval", arg, 1, 86400, &n, e) < 0)
			return -1;
		o->seconds = (unsigned)n;
		break;
	case OPT_NO_FOLLOW:
		o->once = true;
		break;
	}
	return 0;
}

/* What tells that the images have changed. */
struct mark {
	uint64_t sum;
	bool blind; /* not all of them are files */
};

static struct mark mark_of(struct cli *c)
{
	struct mark m = { .blind = !c->images.n_drives };

	for (size_t i = 0; i < c->images.n_drives; i++) {
		struct err none;
		struct stat st;
		CLEANUP(free) char *path = drive_path(c->images.drives[i].name, &none);

		if (!path || stat(path, &st) || !S_ISREG(st.st_mode)) {
			m.blind = true;
			continue;
		}
		const uint64_t parts[] = {
			(uint64_t)st.st_ino, (uint64_t)st.st_size, (uint64_t)st.st_blocks,
			(uint64_t)st.st_mtim.tv_sec, (uint64_t)st.st_mtim.tv_nsec,
			(uint64_t)st.st_ctim.tv_sec, (uint64_t)st.st_ctim.tv_nsec,
		};
		for (size_t k = 0; k < ARRAY_SIZE(parts); k++)
			m.sum = (m.sum ^ parts[k]) * 0x100000001b3u;
	}
	return m;
}

/* Waits until there may be something new. */
static void wait_for_change(struct cli *c, const struct tail_options *o, const struct mark *seen)
{
	for (unsigned i = 0;; i++) {
		sleep(o->seconds);
		struct mark now = mark_of(c);
		if (now.sum != seen->sum || (now.blind && i + 1 >= BLIND_TIMES))
			return;
	}
}

/* Opens the guest and prints what is new. 0, -1 with *e, or 1 where it said why already. */
static int look(struct follow *f, struct err *e)
{
	struct cli *c = f->cli;
	int r = guest_open(c, e);

	if (r == 0)
		r = follow_look(f, e);
	return r;
}

/* Ends a look: a signal while nothing is under way ends the tool at once. */
static void look_end(struct cli *c)
{
	interrupt_watch(NULL);
	session_close(TAKE(c->session));
	interrupt_die();
}

/* All looks after the first. */
static int go_on(struct follow *f, struct mark seen, struct err *e)
{
	struct cli *c = f->cli;
	unsigned failed = 0;

	while (!follow_all_gone(f)) {
		if (failed)
			sleep(f->o->seconds);
		else
			wait_for_change(c, f->o, &seen);
		seen = mark_of(c);
		c->report.hush = !c->report.verbose;
		int r = look(f, e);
		c->report.hush = false;
		if (r && (interrupt_caught() || c->out.no))
			return -1;
		/* The guest was in the middle of a change: in a moment it will be well. */
		failed = r ? failed + 1 : 0;
		if (failed == TRIES)
			return r < 0 ? -1 : err_set(e, EIO, "the guest cannot be looked into any more");
		look_end(c);
	}
	report_warn(&c->report, "all files were deleted");
	return follow_end(f, e);
}

static int run(struct cli *c, struct err *e)
{
	struct follow f = { .cli = c, .o = c->own, .n = c->n_operands };
	struct mark seen = mark_of(c);
	int r;

	f.files = xcalloc(f.n, sizeof(*f.files));
	for (size_t i = 0; i < f.n; i++)
		f.files[i].name = c->operands[i];
	r = look(&f, e);
	if (r == 0 && (f.o->once || follow_all_gone(&f))) {
		r = follow_end(&f, e);
	} else if (r == 0) {
		look_end(c);
		r = go_on(&f, seen, e);
	}
	for (size_t i = 0; i < f.n; i++)
		buf_release(&f.files[i].line);
	free(f.files);
	return r;
}

static const struct tool tool = {
	.name = "guest-tail",
	.usage = "[OPTION]... -a DISK... FILE...",
	.summary = "Follow files of a virtual machine.",
	.operand = "FILE",
	.rows = opts,
	.flags = TOOL_IMAGES | TOOL_OPERANDS,
	.option = option,
	.run = run,
};

int main(int argc, char **argv)
{
	struct tail_options o = { .lines = 10, .seconds = 1 };

	return tool_main(&tool, argc, argv, &o);
}
