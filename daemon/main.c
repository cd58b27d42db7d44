/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guestd: the first process of the appliance, after its init; or, on a host and
 * for tests, a server over a folder: guestd --channel fd:N --root DIR.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "guestd.h"
#include "util/io.h"

#define RING_ALIGN 4096

static const char usage[] =
	"usage: guestd                                as the first process of an appliance\n"
	"       guestd --channel fd:N --root DIR      on a host: serve DIR over descriptor N\n"
	"  --ring FILE    on a host: the bulk ring, shared with the tool\n"
	"  --list-calls   print the calls: name, policy, what they do\n"
	"  --help, --version\n";

struct options {
	const char *channel, *root, *ring;
};

/* The table of calls, for people. */
static int list_calls(void)
{
	for (size_t i = 0; i < PROC_COUNT; i++) {
		const struct proc *p = &procs[i];

		printf("%-12s %c%c%c%c  %s\n", p->name, p->policy & P_WRITE ? 'w' : '-',
		       p->policy & P_MOUNTED ? 'm' : '-', p->policy & P_OFFLINE ? 'o' : '-',
		       p->policy & P_TEST ? 't' : '-', p->doc);
	}
	return fflush(stdout) ? 1 : 0;
}

/* Fills *o; returns an exit status, or -1 to go on. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "channel", required_argument, NULL, 'c' },
		{ "root", required_argument, NULL, 'r' },
		{ "ring", required_argument, NULL, 'R' },
		{ "list-calls", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
		switch (c) {
		case 'c':
			o->channel = optarg;
			break;
		case 'r':
			o->root = optarg;
			break;
		case 'R':
			o->ring = optarg;
			break;
		case 'l':
			return list_calls();
		case 'h':
			fputs(usage, stdout);
			return fflush(stdout) ? 1 : 0;
		case 'V':
			printf("guestd %s\n", PACKAGE_VERSION);
			return fflush(stdout) ? 1 : 0;
		default:
			return 2;
		}
	}
	if (optind == argc && o->channel && o->root)
		return -1;
	fputs(usage, stderr);
	return 2;
}

/* A descriptor that is there already, by number. */
static int open_channel(const char *name, struct err *e)
{
	char *end;
	long n;

	if (strncmp(name, "fd:", 3) || !isdigit((unsigned char)name[3]))
		return err_set(e, EINVAL, "channel '%s' is not fd:N", name);
	n = strtol(name + 3, &end, 10);
	if (*end || n < 0 || n > 65535 || fcntl((int)n, F_SETFD, FD_CLOEXEC))
		return err_set(e, EBADF, "channel '%s' is not an open descriptor", name);
	return (int)n;
}

/* On a host: a folder is the guest, nothing is mounted, crashes are allowed. */
static int start_on_host(struct guestd *g, const struct options *o, struct err *e)
{
	g->on_host = true;
	g->tests = true;
	g->channel = open_channel(o->channel, e);
	if (g->channel < 0)
		return -1;
	g->sysroot = open(o->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (g->sysroot < 0)
		return err_sys(e, "open '%s'", o->root);
	if (o->ring && (g->ring = open(o->ring, O_RDWR | O_CLOEXEC)) < 0)
		return err_sys(e, "open '%s'", o->ring);
	return 0;
}

int main(int argc, char **argv)
{
	const bool first = getpid() == 1;
	static struct guestd g = { .channel = -1, .in.secret = true, .sysroot = -1, .ring = -1 };
	struct options o = { NULL, NULL, NULL };
	struct err e = ERR_INIT;
	int r = first ? -1 : parse(argc, argv, &o);

	if (r >= 0)
		return r;
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	g.ring_buf = aligned_alloc(RING_ALIGN, RING_SLOT);
	if (!g.ring_buf)
		r = err_set(&e, ENOMEM, "out of memory");
	else
		r = first ? boot(&g, &e) : start_on_host(&g, &o, &e);
	if (!r)
		r = serve(&g, &e);
	if (first)
		boot_end(r ? e.msg : NULL);
	if (r)
		fprintf(stderr, "guestd: %s\n", e.msg);
	fd_close(g.channel);
	fd_close(g.sysroot);
	fd_close(g.ring);
	free(g.ring_buf);
	buf_release(&g.in);
	return r ? 1 : 0;
}
