/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file with a kernel in it says of itself: bzImage, and unified kernel images (PE). */
#ifndef DAEMON_INSPECT_KERNEL_IMAGE_H
#define DAEMON_INSPECT_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_VERSION_MAX 128

struct kernel_image {
	char version[KERNEL_VERSION_MAX]; /* "6.1.0-18-amd64", or "" */
	uint64_t initrd, initrd_size;	  /* where a unified image has its initramfs; 0: nowhere */
	bool unified;
};

/* All zero and "" where the file is neither of them, or cannot be read. */
void kernel_image_read(int fd, struct kernel_image *ret);

#endif
