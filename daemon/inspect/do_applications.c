/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call that lists what is installed.
 *
 * A guest's name says little of how things got onto it: there are flatpaks and snaps on a
 * Debian, an Alpine's apk on a Fedora, and distributions that nobody has heard of. So every
 * kind of database is looked for, and each that is there is read; to find that one is not
 * costs a call or two of the kernel. What is broken in one is a warning, and the others count.
 *
 * The records leave in large pieces, for each piece costs more than the bytes in it.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/guestd.h"
#include "daemon/inspect/applications.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define COUNT_MAX 200000u	      /* applications; the largest known systems have some 20,000 */
#define BYTES_MAX (128u << 20)	      /* of all their records */
#define PIECE	  (RING_SLOT * 3 / 4) /* bytes of records that are sent at once */

/* The kinds, in the order in which they are sent. */
static const struct {
	const char *noun;
	int (*list)(int root, application_fn fn, void *ctx, struct err *e);
} kinds[] = {
	{ "dpkg packages", apps_dpkg },
	{ "rpm packages", apps_rpm },
	{ "pacman packages", apps_pacman },
	{ "apk packages", apps_apk },
	{ "portage packages", apps_portage },
	{ "xbps packages", apps_xbps },
	{ "pisi packages", apps_pisi },
	{ "flatpaks", apps_flatpak },
	{ "snaps", apps_snap },
	{ "applications of Windows", apps_windows },
};

/* Where the applications go. */
struct sender {
	struct guestd *g;
	struct buf records; /* encoded, not sent yet */
	uint64_t count;
	size_t bytes; /* sent */
	bool ended;   /* it failed: the call was cancelled, its channel is gone, or full */
	bool full;    /* there was more than any system has */
};

/* Sends what has gathered. */
static int flush(struct sender *s, struct err *e)
{
	int r = stream_data(s->g, s->records.data, s->records.len, e);

	s->bytes += s->records.len;
	s->records.len = 0;
	return r;
}

/* As send_one, but does not say that it failed. */
static int send_checked(struct sender *s, const wire_application *a, struct err *e)
{
	if (check_cancel(s->g, e))
		return -1;
	if (!a)
		return 0;
	if (s->count >= COUNT_MAX || s->bytes + s->records.len > BYTES_MAX) {
		s->full = true;
		return err_set(e, E2BIG, "there are more applications than are listed");
	}
	if (application_encode(&s->records, a, e))
		return -1;
	progress(s->g, ++s->count, 0);
	return s->records.len < PIECE ? 0 : flush(s, e);
}

/* The application_fn. */
static int send_one(void *ctx, wire_application *a, struct err *e)
{
	struct sender *s = ctx;
	int r = send_checked(s, a, e);

	s->ended = r != 0;
	return r;
}

/* Adds a line to the warnings. */
static void warn(wire_strs *w, const char *noun, const struct err *e)
{
	w->v = xreallocarray(w->v, w->n + 1, sizeof(*w->v));
	w->v[w->n++] = xasprintf("%s: %s", noun, e->msg);
}

int do_applications(struct guestd *g, const struct applications_args *a, struct applications_ret *r,
		    struct err *e)
{
	struct sender s = { .g = g, .records = BUF_INIT };
	int res = 0;

	(void)a;
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && !s.ended; i++) {
		struct err bad;

		if (!kinds[i].list(g->sysroot, send_one, &s, &bad))
			continue;
		if (s.ended && !s.full) {
			*e = bad;
			res = -1;
		} else {
			warn(&r->warnings, kinds[i].noun, &bad);
		}
	}
	if (!res && s.records.len)
		res = flush(&s, e);
	r->count = s.count;
	buf_release(&s.records);
	return res;
}
