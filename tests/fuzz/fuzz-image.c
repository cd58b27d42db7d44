/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Image headers from hostile bytes, as each format in turn.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "vm/image_header.h"

#define VHDX_START   512	  /* of the input: goes to the start of the file */
#define VHDX_REGIONS (192 * 1024) /* the rest of it goes here: all between is of no interest */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A file with these bytes in it, or -1. */
static int file_of(const uint8_t *data, size_t n, uint64_t *ret_size)
{
	CLEANUP(fd_close) int fd = memfd_create("fuzz", MFD_CLOEXEC);
	size_t start = n;

	if (fd < 0)
		return -1;
	if (n > VHDX_START && memcmp(data, "vhdxfile", 8) == 0)
		start = VHDX_START;
	*ret_size = start == n ? n : VHDX_REGIONS + n - start;
	if (write_full(fd, data, start) < 0 || ftruncate(fd, (off_t)*ret_size) < 0)
		return -1;
	if (start < n &&
	    (lseek(fd, VHDX_REGIONS, SEEK_SET) < 0 || write_full(fd, data + start, n - start) < 0))
		return -1;
	return TAKE_FD(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const formats[] = { NULL,   "qcow2", "vmdk", "vdi",
					       "vhdx", "vpc",	"qed",	"raw" };
	uint64_t size = 0;
	CLEANUP(fd_close) int fd = file_of(data, n, &size);
	struct image_source src = { .fd = fd, .size = size, .name = "fuzz" };

	if (fd < 0)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		CLEANUP(image_header_release) struct image_header h = { 0 };
		struct err e = ERR_INIT;

		if (image_header_read(&src, formats[i], &h, &e) == 0) {
			if (e.msg[0] || !h.format || h.virtual_size == 0)
				__builtin_trap();
		} else if (!e.msg[0] || h.format) {
			__builtin_trap();
		}
	}
	(void)image_header_is_disk(&src);
	return 0;
}
