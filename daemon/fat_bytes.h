/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of fat.h share: where things are in a FAT's first sector, and what it is to become. */
#ifndef DAEMON_FAT_BYTES_H
#define DAEMON_FAT_BYTES_H

#include "fat.h"

#define FAT_ENTRY      32u /* bytes of a folder's entry */
#define FAT_COPIES_MAX 4u

/* The boot sector: FAT12 and FAT16, and both of these and FAT32, have there */
#define FAT_MAKER	 3  /* 8 bytes: what it was made by */
#define FAT_SECTOR	 11 /* le16: bytes */
#define FAT_CLUSTER	 13 /* u8: sectors */
#define FAT_RESERVED	 14 /* le16: sectors */
#define FAT_COPIES	 16 /* u8 */
#define FAT_ROOT_ENTRIES 17 /* le16 */
#define FAT_SECTORS_16	 19 /* le16, 0: the one of 32 bits counts */
#define FAT_MEDIA	 21 /* u8 */
#define FAT_TABLE_16	 22 /* le16: sectors, 0: FAT32 */
#define FAT_SECTORS_32	 32 /* le32 */
#define FAT16_TAIL	 36 /* drive, its signature, serial number, label, name of the type */
#define FAT16_TAIL_BYTES 18 /* without the name */
#define FAT16_CODE	 62
#define FAT_SIGN	 510
/* FAT32 */
#define FAT32_TABLE   36 /* le32: sectors */
#define FAT32_FLAGS   40 /* le16: */
#define FAT32_ONE     0x80 /* only the table of the number in the lowest bits counts */
#define FAT32_VERSION 42 /* le16: 0 */
#define FAT32_ROOT    44 /* le32: cluster */
#define FAT32_INFO    48 /* le16: sector of FSInfo */
#define FAT32_BACKUP  50 /* le16: sector of the copy */
#define FAT32_TAIL    64 /* as FAT16_TAIL */
#define FAT32_NAME    82 /* "FAT32   " */
#define FAT32_CODE    90

#define FAT32_INFO_USUAL   1u
#define FAT32_BACKUP_USUAL 6u

/* What it is with so many sectors; false where no cluster comes to it. */
bool fat_becomes(const struct fat *f, uint64_t sectors, struct fat *ret);

/* Clusters that the root folder of a FAT16 gets when it becomes a FAT32: the first new ones. */
uint32_t fat_root_clusters(const struct fat *f);

#endif
