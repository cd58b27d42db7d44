/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call by which tests make disks that need a kernel to be made: arrays, volumes, encryption. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices.h"
#include "devname.h"
#include "disks.h"
#include "guestd.h"
#include "run.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define COPY_PIECE ((size_t)4 << 20)

/* "/dev/sdb1" is the user's name; the appliance has another for it. */
static char *kernel_name(struct guestd *g, const char *word)
{
	struct devname n;
	char node[64];

	if (!devname_parse(word, &n) || n.disk >= g->n_disks)
		return xstrdup(word);
	devname_kernel(g->disks[n.disk].node, n.part, node, sizeof(node));
	return xstrdup(node);
}

/*
 * copy FROM TO [holes]: there is no dd in the appliance. By direct I/O, in large pieces; with "holes"
 * those of zeroes are left out.
 */
static int copy(const char *from, const char *to, bool holes, struct err *e)
{
	CLEANUP(fd_close) int in = open(from, O_RDONLY | O_DIRECT | O_CLOEXEC);
	CLEANUP(fd_close) int out = open(to, O_WRONLY | O_DIRECT | O_CLOEXEC);
	CLEANUP(free) char *piece = aligned_alloc(4096, COPY_PIECE);
	off_t at = 0;
	ssize_t n;

	if (in < 0 || out < 0 || !piece)
		return err_sys(e, "open '%s'", in < 0 ? from : to);
	while ((n = read(in, piece, COPY_PIECE)) > 0) {
		if (!(holes && !*piece && !memcmp(piece, piece + 1, (size_t)n - 1)) &&
		    pwrite(out, piece, (size_t)n, at) != n)
			return err_sys(e, "write '%s'", to);
		at += n;
	}
	return n < 0 ? err_sys(e, "read '%s'", from) : fsync(out);
}

int do_run_program(struct guestd *g, const struct run_program_args *a, struct run_program_ret *r,
		   struct err *e)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT;
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;

	if (!a->argv.n || g->on_host)
		return err_set(e, EINVAL, "no program to run");
	if (devices_scan(g, e) < 0)
		return -1;
	for (uint32_t i = 0; i < a->argv.n; i++)
		strvec_give(&argv, kernel_name(g, a->argv.v[i]));
	if (argv.n >= 3 && !strcmp(argv.v[0], "copy")) {
		if (copy(argv.v[1], argv.v[2], argv.n > 3, e) < 0)
			return -1;
	} else if (run((const char *const *)argv.v, &out, e) < 0) {
		return -1;
	}
	devices_forget(g);
	r->output = buf_take(&out);
	return 0;
}
