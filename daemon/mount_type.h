/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One mount, with the words for what can go wrong with it. */
#ifndef DAEMON_MOUNT_TYPE_H
#define DAEMON_MOUNT_TYPE_H

#include <limits.h>

#include "guestd.h"
#include "mount_opts.h"
#include "storage.h"
#include "util/io.h"

/* A folder to mount on: its path for mount(2), and without symlinks for the books. */
struct target {
	int fd;
	char link[40];
	char path[PATH_MAX];
};

static inline void target_close_p(struct target *t)
{
	fd_close(t->fd);
}

static inline void opts_release_p(struct mount_opts *o)
{
	mount_opts_release(o);
}

/*
 * One mount, with all that its type needs; data are the type's own options, or NULL. *o has the
 * options asked for, and gets those that were used.
 */
int mount_type(struct guestd *g, const struct device *d, const char *type, const struct target *at,
	       const char *data, struct mount_opts *o, struct err *e);

/* The kernel's own last words about a device, after "; the kernel says: ", if it said anything. */
int mount_kernel_says(const struct device *d, struct err *e);

/* Takes a device's writability away, with ro, or gives it back. */
void node_seal(const char *node, int ro);

#endif
