/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fat.h: what it is, and what it is to become. fat_grow.c makes it so. */
#include "fat.h"

#include <string.h>

#include "fat_bytes.h"
#include "util/bytes.h"

#define MAX_12	    4084u
#define MAX_16	    65524u
#define MAX_32	    0x0ffffff4u
#define SECTORS_MAX UINT32_MAX
#define ALIGN	    4096u /* bytes: as far as clusters were aligned before, to that they are afterwards */
#define RESERVED_32 32u	  /* of a new FAT32 */

/* What mkfs.fat has it say, and the program of mformat, which goes on to the hard disk. */
static const uint8_t mkfs_code[] = "This is not a bootable disk";
static const uint8_t mformat_code[] = { 0xfa, 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0xfc, 0xb9, 0x00,
					0x01, 0xbe, 0x00, 0x7c, 0xbf, 0x00, 0x80, 0xf3, 0xa5, 0xea };

static bool is_power(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* Has it code that may read what is on it? */
static bool has_code(const uint8_t *boot)
{
	const uint8_t *p = boot + FAT16_CODE;
	const size_t n = FAT_SIGN - FAT16_CODE;

	if (memmem(p, n, mkfs_code, sizeof(mkfs_code) - 1) || !memcmp(p, mformat_code, sizeof(mformat_code)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return true;
	return false;
}

static uint32_t entries(const struct fat *f)
{
	const uint64_t n = (uint64_t)f->table * f->sector * 8 / f->bits;

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static uint32_t clusters_max(unsigned bits)
{
	return bits == 12 ? MAX_12 : bits == 16 ? MAX_16 : MAX_32;
}

static bool parse_32(const uint8_t *boot, struct fat *f)
{
	const unsigned flags = get_le16(boot + FAT32_FLAGS);

	f->bits = 32;
	f->table = get_le32(boot + FAT32_TABLE);
	f->root_cluster = get_le32(boot + FAT32_ROOT);
	f->info = get_le16(boot + FAT32_INFO);
	f->backup = get_le16(boot + FAT32_BACKUP);
	f->active = flags & FAT32_ONE ? flags & 15 : 0;
	if (f->info >= f->reserved)
		f->info = 0;
	if (f->backup >= f->reserved)
		f->backup = 0;
	return !get_le16(boot + FAT32_VERSION) && !f->root && f->active < f->copies;
}

/* Sizes by each other. */
static bool parse_sizes(struct fat *f)
{
	uint64_t clusters;

	f->data = f->reserved + (uint64_t)f->copies * f->table + f->root;
	if (!f->table || f->data >= f->sectors)
		return false;
	clusters = (f->sectors - f->data) / f->cluster;
	if (f->bits != 32)
		f->bits = clusters <= MAX_12 ? 12 : 16;
	if (!clusters || clusters > clusters_max(f->bits) || entries(f) < 3)
		return false;
	f->clusters = (uint32_t)clusters;
	if (f->clusters > entries(f) - 2)
		f->clusters = entries(f) - 2;
	return f->bits == 32 ? f->root_cluster >= 2 && f->root_cluster - 2 < f->clusters : f->root > 0;
}

bool fat_parse(const uint8_t boot[FAT_BOOT], struct fat *ret)
{
	const uint32_t few = get_le16(boot + FAT_SECTORS_16), root = get_le16(boot + FAT_ROOT_ENTRIES) * FAT_ENTRY;
	struct fat f = {
		.sector = get_le16(boot + FAT_SECTOR),
		.cluster = boot[FAT_CLUSTER],
		.reserved = get_le16(boot + FAT_RESERVED),
		.copies = boot[FAT_COPIES],
		.table = get_le16(boot + FAT_TABLE_16),
		.sectors = few ? few : get_le32(boot + FAT_SECTORS_32),
		.bits = 16,
		.code = has_code(boot),
	};

	if (boot[FAT_SIGN] != 0x55 || boot[FAT_SIGN + 1] != 0xaa || f.sector < 512 || f.sector > 4096 ||
	    !is_power(f.sector) || !is_power(f.cluster) || !f.reserved || !f.copies || f.copies > FAT_COPIES_MAX ||
	    root % f.sector)
		return false;
	f.root = root / f.sector;
	if ((!f.table && !parse_32(boot, &f)) || !parse_sizes(&f))
		return false;
	*ret = f;
	return true;
}

/* ---- larger */

/* The tables as large as they have to be, and clusters as many as there is room for. */
static bool lay_out(const struct fat *f, struct fat *r)
{
	const uint32_t unit = f->cluster > ALIGN / f->sector ? f->cluster : ALIGN / f->sector;
	uint64_t need = r->table, clusters = 0, more;

	do {
		r->table = (uint32_t)need;
		r->data = r->reserved + (uint64_t)r->copies * r->table + r->root;
		/* It moves, if at all, by whole clusters. */
		more = r->data > f->data ? r->data - f->data : 0;
		if (r->data < f->data || more % unit)
			r->data = f->data + (more + unit - 1) / unit * unit;
		if (r->data >= r->sectors)
			return false;
		clusters = (r->sectors - r->data) / r->cluster;
		if (clusters > clusters_max(r->bits))
			clusters = clusters_max(r->bits);
		need = ((clusters + 2) * r->bits + 8 * (uint64_t)r->sector - 1) / (8 * (uint64_t)r->sector);
	} while (need > r->table);
	r->reserved = (uint32_t)(r->data - (uint64_t)r->copies * r->table - r->root);
	r->clusters = (uint32_t)clusters;
	if (r->sectors - r->data > (clusters + 1) * r->cluster - 1)
		r->sectors = r->data + (clusters + 1) * r->cluster - 1;
	return r->reserved <= UINT16_MAX && (r->bits == 32 || r->table <= UINT16_MAX);
}

uint32_t fat_root_clusters(const struct fat *f)
{
	return (f->root + f->cluster - 1) / f->cluster;
}

/* The same with wider numbers: its root folder becomes one as others are. */
static void widen(const struct fat *f, struct fat *r)
{
	r->bits = 32;
	r->table = f->table;
	r->root = 0;
	r->reserved = f->reserved > RESERVED_32 ? f->reserved : RESERVED_32;
	r->info = FAT32_INFO_USUAL;
	r->backup = FAT32_BACKUP_USUAL;
	r->root_cluster = f->clusters + 2;
}

bool fat_becomes(const struct fat *f, uint64_t sectors, struct fat *ret)
{
	struct fat same = *f, wide = *f;
	bool fits;

	same.sectors = wide.sectors = sectors < SECTORS_MAX ? sectors : SECTORS_MAX;
	fits = lay_out(f, &same) && same.clusters > f->clusters;
	if (f->bits == 16 && !f->code) {
		widen(f, &wide);
		if (lay_out(f, &wide) && wide.clusters > MAX_16 &&
		    wide.clusters - f->clusters >= fat_root_clusters(f)) {
			*ret = wide;
			return true;
		}
	}
	*ret = fits ? same : *f;
	return fits;
}

uint64_t fat_max(const struct fat *f)
{
	struct fat r;
	uint64_t sectors = f->sectors;

	if (fat_becomes(f, SECTORS_MAX, &r) || r.clusters == clusters_max(r.bits))
		sectors = r.clusters < clusters_max(r.bits) ? SECTORS_MAX
							    : r.data + ((uint64_t)r.clusters + 1) * r.cluster - 1;
	return sectors * f->sector;
}
