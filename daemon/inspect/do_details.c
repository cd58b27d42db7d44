/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call for what else is of interest. */
#include <stdarg.h>
#include <string.h>

#include "daemon/below.h"
#include "details.h"
#include "util/xalloc.h"

#define NAMES_MAX    20000 /* looked at by each part, in all folders together */
#define MATCHES_MAX  4000
#define WARNINGS_MAX 64

void details_warn(struct details *d, const char *fmt, ...)
{
	wire_strs *w = &d->ret->warnings;
	va_list ap;

	if (w->n >= WARNINGS_MAX)
		return;
	w->v = xreallocarray(w->v, w->n + 1, sizeof(*w->v));
	va_start(ap, fmt);
	w->v[w->n++] = xvasprintf(fmt, ap);
	va_end(ap);
}

bool details_is_windows(const struct details *d)
{
	return !below_is(d->root, "etc", S_IFDIR);
}

int do_details(struct guestd *g, const struct details_args *a, struct details_ret *r, struct err *e)
{
	static void (*const parts[])(struct details *d) = {
		details_boot_loaders, details_secure_boot, details_kernels, details_users,
		details_last_log,     details_cloud_init,  details_selinux, details_usages,
	};
	struct details d = { .g = g, .root = g->sysroot, .ret = r };

	(void)a;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (check_cancel(g, e) < 0)
			return -1;
		d.glob.names = NAMES_MAX;
		d.glob.matches = MATCHES_MAX;
		parts[i](&d);
	}
	if (d.glob.cut)
		details_warn(&d, "some folders have too many files: not all were looked at");
	return 0;
}
