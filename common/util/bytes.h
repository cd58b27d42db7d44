/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers in bytes of somebody else: of fixed size and order, wherever they lie. */
#ifndef UTIL_BYTES_H
#define UTIL_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define DEFINE_GET(type, name, from)                                                               \
	static inline type name(const void *p)                                                     \
	{                                                                                          \
		type v;                                                                            \
		memcpy(&v, p, sizeof(v));                                                          \
		return from(v);                                                                    \
	}                                                                                          \
	struct name##_takes_a_semicolon

DEFINE_GET(uint16_t, get_be16, be16toh);
DEFINE_GET(uint32_t, get_be32, be32toh);
DEFINE_GET(uint64_t, get_be64, be64toh);
DEFINE_GET(uint16_t, get_le16, le16toh);
DEFINE_GET(uint32_t, get_le32, le32toh);
DEFINE_GET(uint64_t, get_le64, le64toh);

#undef DEFINE_GET

static inline void put_le16(void *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_le32(void *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_le64(void *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

#endif
