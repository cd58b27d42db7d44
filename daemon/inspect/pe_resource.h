/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The resources of a program of Windows: pictures, texts and more, found by number. */
#ifndef DAEMON_INSPECT_PE_RESOURCE_H
#define DAEMON_INSPECT_PE_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PE_BITMAP 2 /* the type of pictures */

/*
 * Looks in the n bytes of a program, which may be hostile, for a resource, in the first
 * language that it has. Its *ret_n bytes at *ret, borrowed, lie within the program. Nothing is
 * allocated. False: it has none.
 */
bool pe_resource(const uint8_t *data, size_t n, uint32_t type, uint32_t id, const uint8_t **ret,
		 size_t *ret_n);

#endif
