/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives, counted: in one piece or in small ones, the sum is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tools/make-fs/estimate.h"
#include "tools/make-fs/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int count(const uint8_t *data, size_t n, size_t piece, struct scan_sum *ret)
{
	struct scan s = { 0 };
	struct err e = ERR_INIT;
	int r = 0;

	for (size_t at = 0; r == 0 && at < n; at += piece)
		r = scan_feed(&s, data + at, n - at < piece ? n - at : piece, &e);
	if (r == 0)
		r = scan_end(&s, &e);
	*ret = s.sum;
	scan_release(&s);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct scan_sum whole, pieces;

	if (count(data, n, n ? n : 1, &whole) != count(data, n, 100, &pieces))
		__builtin_trap();
	if (count(data, n, n ? n : 1, &whole) < 0)
		return 0;
	if (memcmp(&whole, &pieces, sizeof(whole)) != 0 || whole.bytes != n)
		__builtin_trap();
	if (!estimate_disk("ext4", &whole, true, 512, 0) || !estimate_disk("vfat", &whole, false, 512, 0))
		__builtin_trap();
	return 0;
}
