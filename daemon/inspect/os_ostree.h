/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ostree's own files, as far as they say which deployment boots. */
#ifndef DAEMON_INSPECT_OS_OSTREE_H
#define DAEMON_INSPECT_OS_OSTREE_H

#include "daemon/inspect/os_file.h"

/* What a boot loader's entry (BLS) says. */
struct bls {
	char *version; /* "" where it has none */
	char *ostree;  /* the path of its ostree= argument, or NULL */
};

void bls_parse(struct span text, struct bls *ret);
void bls_release(struct bls *b);

static inline void bls_release_p(struct bls *b)
{
	bls_release(b);
}

/*
 * A link's text as a path from the top, the link being in that folder: "." and ".." are
 * resolved, ".." stops at the top. The caller frees.
 */
char *path_join(const char *dir, const char *text);

#endif
