/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reading and writing partition tables share: where things are in them, and how a table is
 * saved: a letter, 'M' or 'G', the first 512 bytes of the disk, then
 *
 *   MBR   for each logical partition, in order: the sector of its boot record (64 bits), and that
 *   GPT   512 bytes of the header, the entries
 */
#ifndef DAEMON_PTABLE_BYTES_H
#define DAEMON_PTABLE_BYTES_H

#include "ptable.h"
#include "util/bytes.h"

#define MBR_ENTRIES  446 /* four of 16 bytes */
#define MBR_ENTRY    16
#define MBR_COUNT    4
#define MBR_ID	     440
#define MBR_CODE     440 /* bytes of boot code */
#define MBR_SIGN     510 /* 55 aa */
#define MBR_LOGICAL  5	 /* the number of the first logical partition */
#define LOGICALS_MAX 256
#define TYPE_GPT     0xee

#define GPT_MAGIC	"EFI PART"
#define GPT_HEADER_MIN	92
#define GPT_CRC		16
#define GPT_MY_LBA	24
#define GPT_OTHER_LBA	32
#define GPT_FIRST	40
#define GPT_LAST	48
#define GPT_GUID	56
#define GPT_ENTRIES_LBA 72
#define GPT_COUNT	80
#define GPT_ENTRY_SIZE	84
#define GPT_ENTRIES_CRC 88
#define GPT_ENTRY_MIN	128
#define GPT_TABLE_MAX	(512u << 10) /* bytes of entries: four thousand */
#define GPT_NAME_CHARS	36

/* An entry of an MBR or of an extended boot record. */
struct mbr_entry {
	bool active;
	uint8_t type;
	uint32_t start, sectors; /* start counts from the disk's, or the record's, or the extended's */
};

static inline struct mbr_entry mbr_entry_get(const uint8_t *sector, unsigned i)
{
	const uint8_t *p = sector + MBR_ENTRIES + i * MBR_ENTRY;

	return (struct mbr_entry){ .active = p[0] & 0x80,
				   .type = p[4],
				   .start = get_le32(p + 8),
				   .sectors = get_le32(p + 12) };
}

/* The parts of a saved table; false where it is cut short. */
struct saved {
	bool gpt;
	const uint8_t *mbr;
	const uint8_t *rest; /* records of logical partitions, or header and entries */
	size_t n_rest;
};

#define SAVED_RECORD (8 + PTABLE_BYTES)

bool saved_open(const wire_bytes *b, struct saved *ret);

/* Of a GPT: its entry of that number, or NULL. */
const uint8_t *saved_gpt_entry(const struct saved *s, uint32_t number);
/* Of an MBR: the sector that has the entry of that number, which entry, and what it counts from. */
const uint8_t *saved_mbr_entry(const struct saved *s, uint32_t number, unsigned *ret_i, uint64_t *ret_base);

/* The checksum of zlib, of the UEFI specification. */
uint32_t ptable_crc(const void *p, size_t n);

#endif
