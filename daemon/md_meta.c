/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See md_meta.h. Version 1 is little endian: magic at 0, version 4, UUID of the array 16, name
 * 32, level 72, disks 92, own sector 144, number of the member 160, events 200, checksum 216,
 * count of roles 220, roles of 16 bits from 256. Version 0.90 is words of the machine that
 * wrote it, here always little endian: magic 0, version 1 and 2, UUID 5 and 13 to 15, level 7,
 * disks 10, preferred number 11, checksum 38, events 39 and 40, and the member's own number,
 * place and state from 992.
 */
#include "md_meta.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "util/bytes.h"

#define MAGIC	    0xa92b4efcu
#define SECTOR	    512
#define V0_RESERVED ((uint64_t)64 << 10) /* the last whole stretch of that length has it */
#define V0_DISKS    27
#define V1_END	    (8u << 10)
#define V1_1_AT	    0
#define V1_2_AT	    4096
#define ROLES_MAX   ((MD_SUPER_SIZE - 256) / 2)
#define ROLE_ACTIVE 0xff00 /* those from here on are spares, failed ones, journals */

static uint64_t v0_place(uint64_t size)
{
	return size / V0_RESERVED * V0_RESERVED - V0_RESERVED;
}

static uint64_t v1_0_place(uint64_t size)
{
	return (size / SECTOR * SECTOR - V1_END) & ~(uint64_t)4095;
}

size_t md_places(uint64_t size, uint64_t ret[MD_PLACES])
{
	size_t n = 0;

	if (size < 2 * V0_RESERVED)
		return 0;
	ret[n++] = V1_2_AT;
	ret[n++] = V1_1_AT;
	ret[n++] = v1_0_place(size);
	ret[n++] = v0_place(size);
	return n;
}

/* The sum of all words but its own, in 64 bits. */
static uint64_t sum(const uint8_t *p, size_t n, size_t own)
{
	uint64_t s = 0;

	for (size_t i = 0; i + 4 <= n; i += 4)
		if (i != own)
			s += get_le32(p + i);
	return n % 4 ? s + get_le16(p + n - 2) : s;
}

static uint32_t fold(uint64_t s)
{
	return (uint32_t)s + (uint32_t)(s >> 32);
}

/* A name for people: it ends at the first byte that is no text. */
static void copy_name(const uint8_t *p, char ret[MD_NAME_LEN + 1])
{
	size_t n = 0;

	for (; n < MD_NAME_LEN && p[n] > ' ' && p[n] < 0x7f; n++)
		ret[n] = (char)p[n];
	ret[n] = '\0';
}

static bool parse_v1(const uint8_t *p, int minor, uint64_t offset, struct md_super *ret)
{
	uint32_t roles = get_le32(p + 220), number = get_le32(p + 160);

	if (get_le32(p + 4) != 1 || get_le64(p + 144) != offset / SECTOR || roles > ROLES_MAX ||
	    fold(sum(p, 256 + roles * (size_t)2, 216)) != get_le32(p + 216))
		return false;
	*ret = (struct md_super){
		.major = 1,
		.minor = minor,
		.preferred = -1,
		.level = (int)get_le32(p + 72),
		.disks = get_le32(p + 92),
		.number = number,
		.active = number < roles && get_le16(p + 256 + number * (size_t)2) < ROLE_ACTIVE,
		.events = get_le64(p + 200),
	};
	for (size_t i = 0; i < 16; i++)
		snprintf(ret->uuid + i * 2 + i / 4, 4, "%02x%s", p[16 + i],
			 i % 4 == 3 && i < 15 ? ":" : "");
	copy_name(p + 32, ret->name);
	return true;
}

static bool parse_v0(const uint8_t *p, struct md_super *ret)
{
	const uint32_t state = get_le32(p + 4096 - 128 + 16);

	if (get_le32(p + 4) != 0 || (get_le32(p + 8) != 90 && get_le32(p + 8) != 91) ||
	    get_le32(p + 40) > V0_DISKS ||
	    fold(sum(p, MD_SUPER_SIZE, (size_t)38 * 4)) != get_le32(p + (size_t)38 * 4))
		return false;
	*ret = (struct md_super){
		.major = 0,
		.minor = 90,
		.preferred = (int)(get_le32(p + 44) & 0xff),
		.level = (int)get_le32(p + 28),
		.disks = get_le32(p + 40),
		.number = get_le32(p + 4096 - 128),
		.active = (state & 3) == 2, /* active, not faulty */
		.events = get_le64(p + (size_t)39 * 4),
	};
	snprintf(ret->uuid, sizeof(ret->uuid), "%08x:%08x:%08x:%08x", get_le32(p + 20), get_le32(p + 52),
		 get_le32(p + 56), get_le32(p + 60));
	return true;
}

bool md_super_parse(const uint8_t p[MD_SUPER_SIZE], uint64_t size, uint64_t offset,
		    struct md_super *ret)
{
	if (get_le32(p) != MAGIC)
		return false;
	if (offset == V1_2_AT && parse_v1(p, 2, offset, ret))
		return true;
	if (offset == V1_1_AT && parse_v1(p, 1, offset, ret))
		return true;
	if (offset == v1_0_place(size) && parse_v1(p, 0, offset, ret))
		return true;
	return offset == v0_place(size) && parse_v0(p, ret);
}

bool md_uuid_equal(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a && !isxdigit((unsigned char)*a))
			a++;
		while (*b && !isxdigit((unsigned char)*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}
