/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names in an initramfs: one or more cpio archives one after the other, each as it is or
 * compressed, as the kernel would unpack them.
 */
#ifndef DAEMON_INSPECT_INITRAMFS_H
#define DAEMON_INSPECT_INITRAMFS_H

#include <stdint.h>

#include "newc.h"

enum initramfs_end {
	INITRAMFS_ENOUGH,  /* fn had enough */
	INITRAMFS_ALL,     /* fn was told of every name */
	INITRAMFS_UNKNOWN, /* damaged, compressed in a way not known here, or too much work */
};

/*
 * Tells fn the names in the initramfs that lies in a file, from byte at up to byte end. *work
 * bounds the work, and is counted down: it is in KiB that zstd would unpack. Counting bytes
 * and not time, the same file gives the same answer everywhere.
 */
enum initramfs_end initramfs_names(int fd, uint64_t at, uint64_t end, uint64_t *work, newc_fn *fn,
				   void *ctx);

#endif
