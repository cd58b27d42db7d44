/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ptable.h: reading an MBR, and what is saved. GPT: ptable_gpt.c. */
#include "ptable.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "ptable_bytes.h"
#include "ptable_gpt.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "warnings.h"

uint32_t ptable_crc(const void *p, size_t n)
{
	return (uint32_t)crc32(0, p, (uInt)n);
}

bool ptable_is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

/* ---- saved tables */

bool saved_open(const wire_bytes *b, struct saved *ret)
{
	if (b->len < 1 + PTABLE_BYTES)
		return false;
	*ret = (struct saved){
		.gpt = b->data[0] == 'G',
		.mbr = b->data + 1,
		.rest = b->data + 1 + PTABLE_BYTES,
		.n_rest = b->len - 1 - PTABLE_BYTES,
	};
	if (!ret->gpt)
		return ret->n_rest % SAVED_RECORD == 0;
	return ret->n_rest >= PTABLE_BYTES && get_le32(ret->rest + GPT_ENTRY_SIZE) >= GPT_ENTRY_MIN &&
	       (uint64_t)get_le32(ret->rest + GPT_ENTRY_SIZE) * get_le32(ret->rest + GPT_COUNT) ==
		       ret->n_rest - PTABLE_BYTES;
}

const uint8_t *saved_gpt_entry(const struct saved *s, uint32_t number)
{
	if (number < 1 || number > get_le32(s->rest + GPT_COUNT))
		return NULL;
	return s->rest + PTABLE_BYTES + (size_t)(number - 1) * get_le32(s->rest + GPT_ENTRY_SIZE);
}

const uint8_t *saved_mbr_entry(const struct saved *s, uint32_t number, unsigned *ret_i, uint64_t *ret_base)
{
	*ret_base = 0;
	*ret_i = number - 1;
	if (number >= 1 && number <= MBR_COUNT)
		return s->mbr;
	if (number < MBR_LOGICAL || (size_t)(number - MBR_LOGICAL) * SAVED_RECORD >= s->n_rest)
		return NULL;
	const uint8_t *record = s->rest + (size_t)(number - MBR_LOGICAL) * SAVED_RECORD;

	*ret_base = get_le64(record);
	*ret_i = 0;
	return record + 8;
}

bool ptable_saved_place(const wire_bytes *saved, uint32_t number, uint64_t *ret_start,
			uint64_t *ret_sectors)
{
	struct saved s;
	const uint8_t *p;
	uint64_t base;
	unsigned i;

	if (!saved_open(saved, &s))
		return false;
	if (s.gpt) {
		p = saved_gpt_entry(&s, number);
		if (!p)
			return false;
		*ret_start = get_le64(p + 32);
		*ret_sectors = get_le64(p + 40) - *ret_start + 1;
		return true;
	}
	p = saved_mbr_entry(&s, number, &i, &base);
	if (!p)
		return false;
	struct mbr_entry entry = mbr_entry_get(p, i);

	*ret_start = base + entry.start;
	*ret_sectors = entry.sectors;
	return true;
}

/* ---- MBR */

static wire_partition *add(struct table_ret *r, uint32_t number, const char *kind,
			   const struct mbr_entry *entry, uint64_t base)
{
	r->list.v = xreallocarray(r->list.v, r->list.n + 1, sizeof(*r->list.v));
	wire_partition *p = &r->list.v[r->list.n++];

	*p = (wire_partition){
		.number = number,
		.kind = xstrdup(kind),
		.start = base + entry->start,
		.sectors = entry->sectors,
		.type = xasprintf("0x%02x", entry->type),
		.uuid = xasprintf("%s-%02x", r->id, number),
		.name = xstrdup(""),
		.bootable = entry->active,
		.refs = xstrdup(""),
	};
	return p;
}

/* One boot record: the partition that it describes, if any, and where the next record is, or 0. */
static int read_record(const struct ptable_disk *d, const wire_partition *x, uint64_t at, struct buf *saved,
		       struct table_ret *r, uint64_t *ret_next, struct err *e)
{
	uint8_t b[8 + PTABLE_BYTES];
	bool described = false;

	*ret_next = 0;
	put_le64(b, at);
	if (pread_full(d->fd, b + 8, PTABLE_BYTES, (off_t)(at * d->sector)) != PTABLE_BYTES)
		return err_sys(e, "cannot read '%s'", d->user);
	if (b[8 + MBR_SIGN] != 0x55 || b[8 + MBR_SIGN + 1] != 0xaa)
		return 0;
	for (unsigned i = 0; i < MBR_COUNT; i++) {
		struct mbr_entry entry = mbr_entry_get(b + 8, i);

		if (!entry.sectors || !entry.type)
			continue;
		if (ptable_is_extended(entry.type)) {
			*ret_next = *ret_next ? *ret_next : x->start + entry.start;
			continue;
		}
		if (i > 0 || described)
			return err_set(e, ENOTSUP,
				       "the extended partition of '%s' has a boot record, at sector %llu, of "
				       "a kind that is not understood", d->user, (unsigned long long)at);
		described = true;
		add(r, MBR_LOGICAL + (uint32_t)(saved->len - 1 - PTABLE_BYTES) / SAVED_RECORD, "logical",
		    &entry, at)
			->ebr = at;
		buf_add(saved, b, sizeof(b));
	}
	return 0;
}

static int read_logical(const struct ptable_disk *d, const wire_partition *x, struct buf *saved,
			struct table_ret *r, struct err *e)
{
	/* The list grows, and may move. */
	const wire_partition in = *x;
	uint64_t at = in.start;

	for (unsigned n = 0; at; n++) {
		if (n == LOGICALS_MAX)
			return err_set(e, ELOOP, "the logical partitions of '%s' have no end", d->user);
		if (at < in.start || at - in.start >= in.sectors || at >= d->sectors)
			return err_set(e, EINVAL,
				       "a logical partition of '%s' has its boot record at sector %llu, "
				       "outside of the extended partition",
				       d->user, (unsigned long long)at);
		if (read_record(d, &in, at, saved, r, &at, e) < 0)
			return -1;
	}
	return 0;
}

static int read_mbr(const struct ptable_disk *d, const uint8_t *sector, struct table_ret *r, struct err *e)
{
	CLEANUP(buf_release) struct buf saved = BUF_INIT;
	unsigned extended = 0;

	r->label = xstrdup("mbr");
	r->id = xasprintf("%08x", get_le32(sector + MBR_ID));
	r->first = 1;
	buf_addch(&saved, 'M');
	buf_add(&saved, sector, PTABLE_BYTES);
	for (unsigned i = 0; i < MBR_COUNT; i++) {
		struct mbr_entry entry = mbr_entry_get(sector, i);
		bool is_extended = ptable_is_extended(entry.type);

		if (!entry.type || !entry.sectors)
			continue;
		const wire_partition *p = add(r, i + 1, is_extended ? "extended" : "primary", &entry, 0);
		if (is_extended && extended++)
			return err_set(e, ENOTSUP, "'%s' has more than one extended partition", d->user);
		if (is_extended && read_logical(d, p, &saved, r, e) < 0)
			return -1;
	}
	r->saved = (wire_bytes){ (uint32_t)saved.len, (uint8_t *)xmemdup0(saved.data, saved.len) };
	return 0;
}

/* A table, not the boot sector of a file system: its partitions are active or not, and some are there. */
static bool is_mbr(const uint8_t *sector)
{
	bool any = false;

	if (sector[MBR_SIGN] != 0x55 || sector[MBR_SIGN + 1] != 0xaa)
		return false;
	for (unsigned i = 0; i < MBR_COUNT; i++) {
		if (sector[MBR_ENTRIES + i * MBR_ENTRY] & 0x7f)
			return false;
		any |= mbr_entry_get(sector, i).type != 0;
	}
	return any;
}

static bool has_gpt_entry(const uint8_t *sector)
{
	for (unsigned i = 0; i < MBR_COUNT; i++)
		if (mbr_entry_get(sector, i).type == TYPE_GPT)
			return true;
	return false;
}

int ptable_read(const struct ptable_disk *d, struct table_ret *r, struct err *e)
{
	uint8_t sector[PTABLE_BYTES];

	r->sector = d->sector;
	r->sectors = d->sectors;
	if (pread_full(d->fd, sector, sizeof(sector), 0) != sizeof(sector))
		return err_sys(e, "cannot read '%s'", d->user);
	if (is_mbr(sector) && has_gpt_entry(sector))
		return ptable_read_gpt(d, sector, r, e);
	if (is_mbr(sector))
		return read_mbr(d, sector, r, e);
	r->label = xstrdup("");
	r->id = xstrdup("");
	return 0;
}
