/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See swap.h. */
#include "swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "fs_size.h"
#include "run.h"
#include "util/bytes.h"
#include "util/io.h"

#define VERSION_AT   1024 /* u32, in the order of the guest's processor */
#define SWAP_VERSION 1

int swap_look(const struct device *d, unsigned *ret_page, struct err *e)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);
	const unsigned page = fd >= 0 ? fs_swap_page(fd) : 0;
	char version[4];

	if (!*d->probe.uuid)
		return err_set(e, ENOTSUP, "the swap on '%s' has no UUID to be kept", d->user);
	if (fd < 0 || pread_full(fd, version, sizeof(version), VERSION_AT) != sizeof(version))
		return err_sys(e, "cannot read the header of '%s'", d->user);
	if (get_be32(version) == SWAP_VERSION)
		return err_set(e, ENOTSUP, "the swap on '%s' is of a big-endian machine, and cannot be made here",
			       d->user);
	if (!page || get_le32(version) != SWAP_VERSION)
		return err_set(e, ENOTSUP, "the swap on '%s' is of a kind that is not made any more", d->user);
	*ret_page = page;
	return 0;
}

int swap_make(const struct device *d, unsigned page, struct err *e)
{
	char bytes[16];
	const char *const argv[] = { "mkswap",	   "-p", bytes,	  "-U", d->probe.uuid, "-L",
				     d->probe.label, d->node, NULL };

	snprintf(bytes, sizeof(bytes), "%u", page);
	return run(argv, NULL, e);
}
