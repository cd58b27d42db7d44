/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See btrfs_super.h. Little endian: checksum at 0, identifier 32, magic 64, generation 72,
 * devices 136, features 188, kind of checksum 196, the device's number 201, the identifier that
 * the trees have 571.
 */
#include "btrfs_super.h"

#include <stddef.h>
#include <string.h>

#include "crc32c.h"
#include "util/bytes.h"

#define AT_FSID	     32
#define AT_MAGIC     64
#define AT_GENERATION 72
#define AT_DEVICES   136
#define AT_FEATURES  188
#define AT_CSUM_KIND 196
#define AT_NUMBER    201
#define AT_METADATA  571
#define METADATA_BIT 4 /* of the features' second byte: the trees have an identifier of their own */

static uint32_t sum(const uint8_t *p)
{
	return ~crc32c(~0u, p + AT_FSID, BTRFS_SUPER_LEN - AT_FSID);
}

bool btrfs_super_parse(const uint8_t p[BTRFS_SUPER_LEN], struct btrfs_super *ret)
{
	if (memcmp(p + AT_MAGIC, "_BHRfS_M", 8) != 0 || p[AT_CSUM_KIND] || p[AT_CSUM_KIND + 1] ||
	    get_le32(p) != sum(p))
		return false;
	memcpy(ret->fsid, p + AT_FSID, BTRFS_ID_LEN);
	ret->number = get_le64(p + AT_NUMBER);
	ret->devices = get_le64(p + AT_DEVICES);
	ret->generation = get_le64(p + AT_GENERATION);
	return true;
}

void btrfs_super_rename(uint8_t p[BTRFS_SUPER_LEN], const uint8_t fsid[BTRFS_ID_LEN])
{
	if (!(p[AT_FEATURES + 1] & METADATA_BIT))
		memcpy(p + AT_METADATA, p + AT_FSID, BTRFS_ID_LEN);
	p[AT_FEATURES + 1] |= METADATA_BIT;
	memcpy(p + AT_FSID, fsid, BTRFS_ID_LEN);

	uint32_t crc = sum(p);
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(crc >> (8 * i));
}
