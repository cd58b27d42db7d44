/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of LUKS that make the key of a slot of a passphrase, and take their time. */
#ifndef CLI_DERIVE_H
#define CLI_DERIVE_H

#include <stddef.h>
#include <stdint.h>

#include "proto/proto.h"
#include "util/err.h"
#include "util/secret.h"

/*
 * What becomes of the key of n bytes on that slot. What the slot says comes from an image:
 * ENOTSUP for a function that is not known, for costs beyond reason, and for more memory than
 * this machine has to spare.
 */
int derive(const wire_key_slot *slot, const uint8_t *key, size_t n, struct secret *ret,
	   struct err *e);

#endif
