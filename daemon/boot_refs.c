/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See boot_refs.h. Sources: NTFS and FAT, Microsoft's "FAT: General Overview of On-Disk Format" and the
 * boot sectors that mkfs.ntfs writes; exFAT, its published specification, 3.1 and 3.4; GRUB 2,
 * include/grub/i386/pc/boot.h: boot.img has at 0x5c the sector of diskboot.img, the last bytes of
 * which are a list, from its end downwards, of where the rest is.
 */
#include "boot_refs.h"

#include <errno.h>
#include <unistd.h>
#include <zlib.h>

#include "ptable_bytes.h"
#include "util/io.h"
#include "util/xalloc.h"

#define HIDDEN		 0x1c /* le32: sectors before the partition */
#define FAT32_BACKUP	 0x32 /* le16: the sector of the copy, of a FAT32 */
#define FAT_PER_FAT16	 0x16 /* le16: 0 on FAT32 */
#define NTFS_TOTAL	 0x28 /* le64: sectors; the copy is in the one after them */
#define EXFAT_OFFSET	 0x40 /* le64: sectors before the partition */
#define EXFAT_REGION	 12u  /* sectors: the last has the checksum of those before */
#define EXFAT_SECTOR_MAX 4096u

#define GRUB_CORE	 0x5c
#define GRUB_LIST	 (PTABLE_BYTES - 12) /* le64 sector, le16 how many, le16 segment; downwards */
#define GRUB_LIST_MIN	 0x100
#define GRUB_SECTOR	 512u
#define GRUB_CHUNK	 16u   /* sectors that are read at once */
#define GRUB_MAX	 4096u /* of a core: more than any has */

/* One partition that has moved. */
struct moved {
	uint32_t number;
	uint64_t from, sectors, to;
};

struct mender {
	const struct ptable_disk *d;
	const struct write_table_args *a;
	struct strvec *words;
};

static int get(const struct mender *m, uint64_t at, void *p, size_t n, struct err *e)
{
	return pread_full(m->d->fd, p, n, (off_t)at) == (ssize_t)n ? 0
								    : err_sys(e, "cannot read '%s'", m->d->user);
}

static int put(const struct mender *m, uint64_t at, const void *p, size_t n, struct err *e)
{
	return pwrite(m->d->fd, p, n, (off_t)at) == (ssize_t)n
		       ? 0
		       : err_sys(e, "cannot write to '%s'", m->d->user);
}

static bool is_ntfs(const uint8_t *b)
{
	return !memcmp(b + 3, "NTFS    ", 8);
}

/* mkfs.fat and Windows both write one of these words into the boot sector. */
static bool is_fat(const uint8_t *b)
{
	return b[MBR_SIGN] == 0x55 && b[MBR_SIGN + 1] == 0xaa &&
	       (!memcmp(b + 0x36, "FAT1", 4) || !memcmp(b + 0x52, "FAT32", 5));
}

/* A boot sector, or the copy of one, at a byte of the disk. */
static int mend_hidden(const struct mender *m, uint64_t at, const struct moved *p, bool *ret_done, struct err *e)
{
	uint8_t b[PTABLE_BYTES];

	if (get(m, at, b, sizeof(b), e) < 0)
		return -1;
	if ((!is_ntfs(b) && !is_fat(b)) || get_le32(b + HIDDEN) != p->from || p->to > UINT32_MAX)
		return 0;
	put_le32(b + HIDDEN, (uint32_t)p->to);
	*ret_done = true;
	return put(m, at, b, sizeof(b), e);
}

/* The checksum is over all bytes but the three that change while it is mounted. */
static uint32_t exfat_sum(const uint8_t *b, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (i != 106 && i != 107 && i != 112)
			sum = ((sum << 31) | (sum >> 1)) + b[i];
	return sum;
}

/* exFAT has its boot region twice, each with a checksum. */
static int mend_exfat(const struct mender *m, uint64_t at, const struct moved *p, bool *ret_done, struct err *e)
{
	const unsigned shift = 9;
	uint8_t first[PTABLE_BYTES];
	size_t sector, n;

	if (get(m, at, first, sizeof(first), e) < 0)
		return -1;
	if (memcmp(first + 3, "EXFAT   ", 8) != 0 || get_le64(first + EXFAT_OFFSET) != p->from ||
	    first[108] < shift || (1u << (first[108] & 31)) > EXFAT_SECTOR_MAX)
		return 0;
	sector = (size_t)1 << first[108];
	n = EXFAT_REGION * sector;
	CLEANUP(free) uint8_t *b = xmalloc(n);
	for (int copy = 0; copy < 2; copy++, at += n) {
		if (get(m, at, b, n, e) < 0)
			return -1;
		put_le64(b + EXFAT_OFFSET, p->to);
		for (size_t i = 0; i < sector; i += 4)
			put_le32(b + n - sector + i, exfat_sum(b, n - sector));
		if (put(m, at, b, n, e) < 0)
			return -1;
	}
	*ret_done = true;
	return 0;
}

/* The sector of a boot sector's copy, counted from itself; 0: there is none. */
static uint64_t copy_of(const uint8_t *b)
{
	if (is_ntfs(b))
		return get_le64(b + NTFS_TOTAL);
	return is_fat(b) && !get_le16(b + FAT_PER_FAT16) ? get_le16(b + FAT32_BACKUP) : 0;
}

static int mend_filesystem(const struct mender *m, const struct moved *p, struct err *e)
{
	const uint64_t at = p->to * m->d->sector;
	uint8_t b[PTABLE_BYTES];
	uint64_t copy;
	bool done = false;

	if (get(m, at, b, sizeof(b), e) < 0)
		return -1;
	copy = copy_of(b);
	if (mend_hidden(m, at, p, &done, e) < 0 || mend_exfat(m, at, p, &done, e) < 0)
		return -1;
	if (copy && copy < p->sectors && mend_hidden(m, at + copy * m->d->sector, p, &done, e) < 0)
		return -1;
	if (done)
		strvec_addf(m->words, "the boot sector of partition %u has its new place", p->number);
	return 0;
}

/* ---- GRUB */

static bool is_boot_img(const uint8_t *b)
{
	return b[MBR_SIGN] == 0x55 && b[MBR_SIGN + 1] == 0xaa && memmem(b, MBR_ENTRIES, "GRUB ", 5);
}

static bool is_diskboot_img(const uint8_t *b)
{
	return memmem(b, PTABLE_BYTES, "loading", 7) && memmem(b, PTABLE_BYTES, "Geom", 4);
}

/* Which partition that has moved had that sector. */
static bool find_moved(const struct mender *m, uint64_t sector, struct moved *ret)
{
	for (uint32_t i = 0; i < m->a->places.n; i++) {
		const wire_place *p = &m->a->places.v[i];
		struct moved one = { .number = p->from, .to = p->start };

		if (!p->from || !strcmp(p->kind, "extended") ||
		    !ptable_saved_place(&m->a->saved, p->from, &one.from, &one.sectors))
			continue;
		if (one.from != one.to && sector >= one.from && sector - one.from < one.sectors) {
			*ret = one;
			return true;
		}
	}
	return false;
}

/* The list of where the rest of the core is. */
static int mend_list(const struct mender *m, uint64_t at, struct err *e)
{
	uint8_t b[PTABLE_BYTES];
	bool any = false;

	if (get(m, at, b, sizeof(b), e) < 0)
		return -1;
	if (!is_diskboot_img(b))
		return 0;
	for (size_t i = GRUB_LIST; i >= GRUB_LIST_MIN && get_le16(b + i + 8); i -= 12) {
		struct moved p;

		if (!find_moved(m, get_le64(b + i), &p))
			continue;
		put_le64(b + i, get_le64(b + i) - p.from + p.to);
		any = true;
	}
	return any ? put(m, at, b, sizeof(b), e) : 0;
}

/* GRUB's first sector, at the start of the disk or of a partition. */
static int mend_grub(const struct mender *m, uint64_t at, struct err *e)
{
	uint8_t b[PTABLE_BYTES];
	struct moved p;

	if (m->d->sector != GRUB_SECTOR || get(m, at, b, sizeof(b), e) < 0)
		return m->d->sector != GRUB_SECTOR ? 0 : -1;
	if (!is_boot_img(b) || !find_moved(m, get_le64(b + GRUB_CORE), &p))
		return 0;
	put_le64(b + GRUB_CORE, get_le64(b + GRUB_CORE) - p.from + p.to);
	if (put(m, at, b, sizeof(b), e) < 0 || mend_list(m, get_le64(b + GRUB_CORE) * GRUB_SECTOR, e) < 0)
		return -1;
	strvec_addf(m->words, "GRUB's boot sector %s finds its core, which has moved with partition %u",
		    at ? "of a partition" : "of the disk", p.number);
	return 0;
}

int boot_refs_mend(const struct ptable_disk *d, const struct write_table_args *a, struct strvec *words,
		   struct err *e)
{
	const struct mender m = { d, a, words };

	for (uint32_t i = 0; i < a->places.n; i++) {
		const wire_place *place = &a->places.v[i];
		struct moved p = { .number = place->number, .to = place->start };

		if (!place->from || !strcmp(place->kind, "extended") ||
		    !ptable_saved_place(&a->saved, place->from, &p.from, &p.sectors))
			continue;
		/* What is less than a partition of old has nothing to be mended in what is gone. */
		if (p.sectors > place->sectors)
			p.sectors = place->sectors;
		if (p.from != p.to && mend_filesystem(&m, &p, e) < 0)
			return -1;
		if (mend_grub(&m, place->start * d->sector, e) < 0)
			return -1;
	}
	return a->boot_code ? mend_grub(&m, 0, e) : 0;
}

/* ---- are they true? */

/* Adds sectors to the checksum; false where they are not on the disk. */
static bool add_sectors(const struct mender *m, uint64_t sector, uint64_t n, uLong *crc)
{
	uint8_t b[GRUB_CHUNK * GRUB_SECTOR];
	struct err ignored;

	if (!sector || sector >= m->d->sectors || n > m->d->sectors - sector)
		return false;
	for (uint64_t now; n; n -= now, sector += now) {
		now = n < GRUB_CHUNK ? n : GRUB_CHUNK;
		if (get(m, sector * GRUB_SECTOR, b, now * GRUB_SECTOR, &ignored) < 0)
			return false;
		*crc = crc32(*crc, b, (uInt)(now * GRUB_SECTOR));
	}
	return true;
}

/* All that GRUB's first sector has loaded: the core's first one but for its list, and what is in that. */
static bool grub_sum(const struct mender *m, const uint8_t *boot, uLong *ret)
{
	uint8_t b[PTABLE_BYTES];
	uint64_t core = get_le64(boot + GRUB_CORE), n, total = 0;
	struct err ignored;

	if (!core || core >= m->d->sectors || get(m, core * GRUB_SECTOR, b, sizeof(b), &ignored) < 0 ||
	    !is_diskboot_img(b))
		return false;
	*ret = crc32(0, b, GRUB_LIST_MIN);
	for (size_t i = GRUB_LIST; i >= GRUB_LIST_MIN && (n = get_le16(b + i + 8)); i -= 12) {
		total += n;
		if (total > GRUB_MAX || !add_sectors(m, get_le64(b + i), n, ret))
			return false;
	}
	return true;
}

/* Does the copy of a boot sector, so far behind it, have its place? */
static bool copy_is_true(const struct mender *m, uint64_t start, uint64_t copy)
{
	uint8_t b[PTABLE_BYTES];
	struct err ignored;

	return copy && copy < m->d->sectors - start &&
	       get(m, (start + copy) * m->d->sector, b, sizeof(b), &ignored) == 0 && (is_ntfs(b) || is_fat(b)) &&
	       get_le32(b + HIDDEN) == start;
}

char *boot_refs(const struct ptable_disk *d, uint64_t start)
{
	const struct mender m = { .d = d };
	uint8_t b[PTABLE_BYTES];
	struct err ignored;
	uLong sum;

	if (start >= d->sectors || get(&m, start * d->sector, b, sizeof(b), &ignored) < 0)
		return xstrdup("");
	if (d->sector == GRUB_SECTOR && is_boot_img(b))
		return grub_sum(&m, b, &sum) ? xasprintf("grub %08lx", sum) : xstrdup("");
	if (start && !memcmp(b + 3, "EXFAT   ", 8))
		return xstrdup(get_le64(b + EXFAT_OFFSET) == start ? "hidden" : "");
	if (!start || (!is_ntfs(b) && !is_fat(b)) || get_le32(b + HIDDEN) != start)
		return xstrdup("");
	return xstrdup(copy_is_true(&m, start, copy_of(b)) ? "hidden copy" : "hidden");
}
