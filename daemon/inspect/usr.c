/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See usr.h. */
#include "daemon/inspect/usr.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/devices.h"
#include "daemon/fstype.h"
#include "daemon/inspect/os.h"
#include "daemon/mounts.h"
#include "daemon/osrelease.h"
#include "util/io.h"
#include "util/xalloc.h"

#define OS_RELEASE_MAX ((size_t)64 << 10)

/* Is it a /usr, and of which version? NULL: it is none. The caller frees. */
static char *usr_version(int top)
{
	const struct os_kind *k = os_recognise(top);
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	char *version = NULL;
	struct err e;

	if (!k || k->role != ROLE_OTHER || strcmp(k->part, "/usr") != 0)
		return NULL;
	if (below_read(top, "lib/os-release", OS_RELEASE_MAX, &text, &e) == 0 && text.len)
		version = osrelease_value(text.data, text.len, "VERSION_ID");
	return version ? version : xstrdup("");
}

/* Mounts it to see. */
static char *look(struct guestd *g, struct device *d)
{
	CLEANUP(buf_release) struct buf options = BUF_INIT;
	char *version = NULL;
	struct err e;

	if (mounts_look(g, d, NULL, &options, &e) < 0)
		return NULL;
	int top = open(LOOK_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (top >= 0)
		version = usr_version(top);
	fd_close(top);
	mounts_look_end(g, d);
	return version;
}

struct device *usr_find(struct guestd *g, const struct device *root)
{
	struct storage *st = storage_of(g);
	CLEANUP(free) char *newest = NULL;
	struct device *found = NULL;

	if (below_is(g->sysroot, "usr/bin", S_IFDIR) || below_is(g->sysroot, "bin", S_IFDIR) ||
	    below_is(g->sysroot, "usr/lib", S_IFDIR))
		return NULL;
	for (size_t i = 0; i < st->n_devices; i++) {
		struct device *d = st->devices[i];
		const struct fstype *t = d->split || !d->probed ? NULL : fstype_find(d->probe.type);

		if (d == root || d->accounted || !t || t->root == ROOT_NEVER)
			continue;
		CLEANUP(free) char *version = look(g, d);
		if (!version || (newest && strverscmp(version, newest) <= 0))
			continue;
		free(newest);
		newest = TAKE(version);
		found = d;
	}
	return found;
}
