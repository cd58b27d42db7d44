/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LUKS's anti-forensic stripes: a key that is spread over thousands of its length. */
#ifndef DAEMON_AF_H
#define DAEMON_AF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AF_STRIPES 4000

/* Is the hash, by its name in a LUKS header, one that af_merge() knows? */
bool af_knows(const char *hash);
/* Puts the key of n bytes together from AF_STRIPES times n bytes. */
void af_merge(const char *hash, const uint8_t *stripes, size_t n, uint8_t *ret_key);

#endif
