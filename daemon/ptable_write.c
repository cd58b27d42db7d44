/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See ptable.h. All that is to be written is made in memory first. A GPT's backup is written before
 * the first one, and extended boot records before what leads to them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "ptable.h"
#include "ptable_bytes.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"

#define NEW_TYPE     0x83
#define CHS_HEADS    255
#define CHS_SECTORS  63
#define CHS_TOP	     0xfeffffu /* what stands for "beyond cylinder 1023": head 254, sector 63 */
#define EXTENDED_CHS 0x05

/* Linux filesystem data, as bytes. */
static const uint8_t new_guid[16] = { 0xaf, 0x3d, 0xc6, 0x0f, 0x83, 0x84, 0x72, 0x47,
				      0x8e, 0x79, 0x3d, 0x69, 0xd8, 0x47, 0x7d, 0xe4 };

struct writer {
	const struct ptable_disk *d;
	const struct write_table_args *a;
	struct saved saved;
	uint8_t mbr[PTABLE_BYTES];
};

static const wire_place *place_from(const struct writer *w, uint32_t number)
{
	for (uint32_t i = 0; i < w->a->places.n; i++)
		if (w->a->places.v[i].from == number)
			return &w->a->places.v[i];
	return NULL;
}

static int put(const struct writer *w, const void *p, size_t n, uint64_t lba, struct err *e)
{
	const uint8_t *b = p;
	off_t at = (off_t)(lba * w->d->sector);

	while (n) {
		ssize_t done = pwrite(w->d->fd, b, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return err_sys(e, "cannot write to '%s'", w->d->user);
		b += done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* A place is on the disk. */
static int check_place(const struct writer *w, const wire_place *p, struct err *e)
{
	if (p->sectors && p->start < w->d->sectors && p->sectors <= w->d->sectors - p->start)
		return 0;
	return err_set(e, EINVAL, "partition %u would not lie on '%s'", p->number, w->d->user);
}

/* ---- MBR */

/* A sector as cylinder, head and sector, for who still looks at these. */
static void put_chs(uint8_t *p, uint64_t lba)
{
	uint64_t cylinder = lba / (CHS_HEADS * CHS_SECTORS);
	unsigned head = (unsigned)(lba / CHS_SECTORS % CHS_HEADS), sector = (unsigned)(lba % CHS_SECTORS) + 1;

	if (cylinder > 1023)
		cylinder = 1023, head = CHS_TOP >> 16, sector = CHS_SECTORS;
	p[0] = (uint8_t)head;
	p[1] = (uint8_t)(sector | (cylinder >> 2 & 0xc0));
	p[2] = (uint8_t)cylinder;
}

/* Sets where an entry is, which counts from base; the rest of it stays. */
static void set_entry(uint8_t *p, uint64_t start, uint64_t sectors, uint64_t base)
{
	put_chs(p + 1, start);
	put_chs(p + 5, start + sectors - 1);
	put_le32(p + 8, (uint32_t)(start - base));
	put_le32(p + 12, (uint32_t)sectors);
}

/* The entry of a new partition, or of one that was there. */
static int make_entry(const struct writer *w, const wire_place *p, uint64_t base, uint8_t ret[MBR_ENTRY],
		      struct err *e)
{
	uint64_t old;
	unsigned i;

	memset(ret, 0, MBR_ENTRY);
	ret[4] = NEW_TYPE;
	if (p->from) {
		const uint8_t *from = saved_mbr_entry(&w->saved, p->from, &i, &old);

		if (!from)
			return err_set(e, EINVAL, "there was no partition %u", p->from);
		memcpy(ret, from + MBR_ENTRIES + i * MBR_ENTRY, MBR_ENTRY);
	}
	if (p->start > UINT32_MAX || p->sectors > UINT32_MAX)
		return err_set(e, EFBIG, "partition %u would be beyond what an MBR can tell", p->number);
	set_entry(ret, p->start, p->sectors, base);
	return 0;
}

/* Logical partitions in order of their numbers: n pointers, to be freed. */
static const wire_place **logical_places(const struct writer *w, uint32_t *ret_n)
{
	const wire_place **v = xcalloc(w->a->places.n + 1, sizeof(*v));
	uint32_t n = 0;

	for (uint32_t number = MBR_LOGICAL; number < MBR_LOGICAL + w->a->places.n; number++)
		for (uint32_t i = 0; i < w->a->places.n; i++)
			if (w->a->places.v[i].number == number && !strcmp(w->a->places.v[i].kind, "logical"))
				v[n++] = &w->a->places.v[i];
	*ret_n = n;
	return v;
}

/* The boot record of one, and in it the way to the next one's. */
static int put_record(const struct writer *w, const wire_place *x, const wire_place *p,
		      const wire_place *next, struct err *e)
{
	uint8_t b[PTABLE_BYTES] = { 0 };
	uint64_t old;
	unsigned i;
	const uint8_t *from = p->from ? saved_mbr_entry(&w->saved, p->from, &i, &old) : NULL;

	if (from)
		memcpy(b, from, MBR_ENTRIES);
	if (make_entry(w, p, p->ebr, b + MBR_ENTRIES, e) < 0)
		return -1;
	if (next) {
		uint8_t *link = b + MBR_ENTRIES + MBR_ENTRY;

		link[4] = EXTENDED_CHS;
		set_entry(link, next->ebr, next->start + next->sectors - next->ebr, x->start);
	}
	b[MBR_SIGN] = 0x55;
	b[MBR_SIGN + 1] = 0xaa;
	return put(w, b, sizeof(b), p->ebr, e);
}

/* An extended partition without any in it. */
static int put_empty(const struct writer *w, const wire_place *x, struct err *e)
{
	uint8_t b[PTABLE_BYTES] = { [MBR_SIGN] = 0x55, [MBR_SIGN + 1] = 0xaa };

	return put(w, b, sizeof(b), x->start, e);
}

static int put_logical(const struct writer *w, const wire_place *x, struct err *e)
{
	uint32_t n;
	CLEANUP(free) const wire_place **v = logical_places(w, &n);

	for (uint32_t i = 0; i < n; i++)
		if (v[i]->ebr < x->start || v[i]->ebr >= v[i]->start || (i == 0 && v[i]->ebr != x->start))
			return err_set(e, EINVAL, "partition %u has no place for its boot record",
				       v[i]->number);
	for (uint32_t i = n; i-- > 0;)
		if (put_record(w, x, v[i], i + 1 < n ? v[i + 1] : NULL, e) < 0)
			return -1;
	return n ? 0 : put_empty(w, x, e);
}

static int write_mbr(struct writer *w, struct err *e)
{
	const wire_place *x = NULL;

	memset(w->mbr + MBR_ENTRIES, 0, MBR_COUNT * MBR_ENTRY);
	for (uint32_t i = 0; i < w->a->places.n; i++) {
		const wire_place *p = &w->a->places.v[i];

		if (!strcmp(p->kind, "logical"))
			continue;
		if (p->number < 1 || p->number > MBR_COUNT)
			return err_set(e, EINVAL, "an MBR has no partition %u", p->number);
		if (make_entry(w, p, 0, w->mbr + MBR_ENTRIES + (p->number - 1) * MBR_ENTRY, e) < 0)
			return -1;
		if (!strcmp(p->kind, "extended"))
			x = p;
	}
	if (x && put_logical(w, x, e) < 0)
		return -1;
	return put(w, w->mbr, sizeof(w->mbr), 0, e);
}

/* ---- GPT */

/* The partition that an entry of the MBR beside a GPT is a copy of: its number, or 0. */
static uint32_t hybrid_number(const struct writer *w, const struct mbr_entry *entry)
{
	for (uint32_t n = 1; n <= get_le32(w->saved.rest + GPT_COUNT); n++)
		if (get_le64(saved_gpt_entry(&w->saved, n) + 32) == entry->start)
			return n;
	return 0;
}

/* Where what the entry protects ends now: where a partition begins, or the disk ends. */
static uint64_t protected_end(const struct writer *w, const struct mbr_entry *protector)
{
	const uint64_t end = (uint64_t)protector->start + protector->sectors;

	for (unsigned i = 0; i < MBR_COUNT; i++) {
		struct mbr_entry other = mbr_entry_get(w->saved.mbr, i);
		const wire_place *p;

		if (!other.type || other.type == TYPE_GPT || other.start != end)
			continue;
		p = place_from(w, hybrid_number(w, &other));
		return p ? p->start : end;
	}
	return w->d->sectors;
}

/* The MBR beside a GPT: one entry that protects all, or some of its partitions once more. */
static int make_beside(struct writer *w, struct err *e)
{
	for (unsigned i = 0; i < MBR_COUNT; i++) {
		uint8_t *p = w->mbr + MBR_ENTRIES + i * MBR_ENTRY;
		struct mbr_entry entry = mbr_entry_get(w->saved.mbr, i);
		const wire_place *place;

		if (!entry.type)
			continue;
		if (entry.type == TYPE_GPT) {
			uint64_t n = protected_end(w, &entry) - entry.start;

			set_entry(p, entry.start, n < UINT32_MAX ? n : UINT32_MAX, 0);
			continue;
		}
		place = place_from(w, hybrid_number(w, &entry));
		if (!place || !place->from) {
			memset(p, 0, MBR_ENTRY);
			continue;
		}
		if (place->start + place->sectors > UINT32_MAX)
			return err_set(e, EFBIG,
				       "partition %u is in the hybrid MBR, too, and would be beyond what that "
				       "can tell",
				       place->number);
		set_entry(p, place->start, place->sectors, 0);
	}
	return 0;
}

static int make_gpt_entry(const struct writer *w, const wire_place *p, uint8_t *ret, size_t size, struct err *e)
{
	if (p->from) {
		const uint8_t *from = saved_gpt_entry(&w->saved, p->from);

		if (!from)
			return err_set(e, EINVAL, "there was no partition %u", p->from);
		memcpy(ret, from, size);
	} else {
		memcpy(ret, new_guid, sizeof(new_guid));
		if (getrandom(ret + 16, 16, 0) != 16)
			return err_sys(e, "getrandom");
		/* Of version 4: made at random. */
		ret[16 + 7] = (uint8_t)((ret[16 + 7] & 0x0f) | 0x40);
		ret[16 + 8] = (uint8_t)((ret[16 + 8] & 0x3f) | 0x80);
	}
	put_le64(ret + 32, p->start);
	put_le64(ret + 40, p->start + p->sectors - 1);
	return 0;
}

static void seal_header(uint8_t *h, uint64_t mine, uint64_t other, uint64_t entries)
{
	put_le64(h + GPT_MY_LBA, mine);
	put_le64(h + GPT_OTHER_LBA, other);
	put_le64(h + GPT_ENTRIES_LBA, entries);
	put_le32(h + GPT_CRC, 0);
	put_le32(h + GPT_CRC, ptable_crc(h, get_le32(h + 12)));
}

static int write_gpt(struct writer *w, struct err *e)
{
	const size_t size = get_le32(w->saved.rest + GPT_ENTRY_SIZE);
	const size_t n = w->saved.n_rest - PTABLE_BYTES;
	const uint64_t sectors = (n + w->d->sector - 1) / w->d->sector; /* of the entries */
	const uint64_t last = w->d->sectors - 1;
	CLEANUP(free) uint8_t *entries = xcalloc(1, n);
	uint8_t h[PTABLE_BYTES];
	uint64_t own;

	memcpy(h, w->saved.rest, sizeof(h));
	/* Boards that boot from a fixed sector have the entries behind it. */
	own = get_le64(h + GPT_MY_LBA) == 1 ? get_le64(h + GPT_ENTRIES_LBA) : 2;
	if (w->d->sectors < 2 * sectors + 4 || own < 2 || own + sectors > get_le64(h + GPT_FIRST))
		own = 2;
	if (get_le64(h + GPT_FIRST) < own + sectors)
		put_le64(h + GPT_FIRST, own + sectors);
	put_le64(h + GPT_LAST, last - sectors - 1);
	for (uint32_t i = 0; i < w->a->places.n; i++) {
		const wire_place *p = &w->a->places.v[i];

		if (p->number < 1 || p->number > get_le32(h + GPT_COUNT))
			return err_set(e, EINVAL, "the GPT has no partition %u", p->number);
		if (p->start < own + sectors || p->start + p->sectors > last - sectors)
			return err_set(e, EINVAL, "partition %u would lie on the GPT", p->number);
		if (make_gpt_entry(w, p, entries + (p->number - 1) * size, size, e) < 0)
			return -1;
	}
	put_le32(h + GPT_ENTRIES_CRC, ptable_crc(entries, n));
	if (make_beside(w, e) < 0)
		return -1;
	seal_header(h, last, 1, last - sectors);
	if (put(w, entries, n, last - sectors, e) < 0 || put(w, h, sizeof(h), last, e) < 0)
		return -1;
	seal_header(h, 1, last, own);
	if (put(w, entries, n, own, e) < 0 || put(w, h, sizeof(h), 1, e) < 0)
		return -1;
	return put(w, w->mbr, sizeof(w->mbr), 0, e);
}

int ptable_write(const struct ptable_disk *d, const struct write_table_args *a, struct err *e)
{
	struct writer w = { .d = d, .a = a };

	if (!saved_open(&a->saved, &w.saved))
		return err_set(e, EINVAL, "the saved partition table is cut short");
	for (uint32_t i = 0; i < a->places.n; i++)
		if (check_place(&w, &a->places.v[i], e) < 0)
			return -1;
	memcpy(w.mbr, w.saved.mbr, sizeof(w.mbr));
	if (!a->boot_code)
		memset(w.mbr, 0, MBR_CODE);
	return w.saved.gpt ? write_gpt(&w, e) : write_mbr(&w, e);
}
