/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in for libFuzzer: with -DFUZZ_STANDALONE a target runs once on each file that it
 * is given.
 */
#ifdef FUZZ_STANDALONE
#include <fcntl.h>
#include <stdio.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		struct err e = ERR_INIT;

		if (file_read(AT_FDCWD, argv[i], 16 << 20, &b, &e) < 0) {
			fprintf(stderr, "%s\n", e.msg);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)(b.data ? b.data : ""), b.len);
	}
	return 0;
}
#else
typedef int nothing; /* a file of C is not empty */
#endif
