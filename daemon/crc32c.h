/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checksum of Castagnoli's polynomial (RFC 3720, B.4), of btrfs and ext4. */
#ifndef DAEMON_CRC32C_H
#define DAEMON_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from a state, ~0u at first. The RFC's checksum, and btrfs's, is the last state's complement. */
static inline uint32_t crc32c(uint32_t state, const uint8_t *p, size_t n)
{
	while (n--) {
		state ^= *p++;
		for (int i = 0; i < 8; i++)
			state = (state >> 1) ^ (0x82f63b78u & -(state & 1));
	}
	return state;
}

#endif
