/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What else is of interest about a mounted guest: the parts of the call "details". None of them
 * can fail: what is not there, or cannot be read, is left out, and where a guest has more than
 * anybody wants to know, a warning says so.
 */
#ifndef DAEMON_INSPECT_DETAILS_H
#define DAEMON_INSPECT_DETAILS_H

#include "daemon/guestd.h"
#include "glob.h"

struct details {
	struct guestd *g;
	int root;
	struct details_ret *ret;
	struct glob glob; /* of all searches of a part together */
};

/* The folders in which a Linux guest has its EFI system partition, NULL after the last. */
extern const char *const details_esp[];

/* Can it be Windows, of which names have any case? Others have a folder /etc. */
bool details_is_windows(const struct details *d);

void details_boot_loaders(struct details *d);
void details_secure_boot(struct details *d);
void details_kernels(struct details *d);
void details_users(struct details *d);
void details_last_log(struct details *d);
void details_cloud_init(struct details *d);
/* After details_kernels: their command line can change it. */
void details_selinux(struct details *d);
void details_usages(struct details *d);

/* Adds a warning for the user. */
void details_warn(struct details *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
