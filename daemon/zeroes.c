/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See zeroes.h. A hole in a block device is zeroes that the device may unmap, and is refused where
 * it knows of no such thing; BLKZEROOUT, which writes them then, never lets it.
 */
#include "zeroes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

int zeroes_put(int fd, uint64_t at, uint64_t n)
{
	uint64_t range[2] = { at, n };

	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, (off_t)n) == 0)
		return 0;
	return errno == EOPNOTSUPP ? ioctl(fd, BLKZEROOUT, range) : -1;
}
