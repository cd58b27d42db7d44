/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ptable_gpt.h. */
#include "ptable_gpt.h"

#include <errno.h>
#include <stdlib.h>

#include "ptable_bytes.h"
#include "utf16.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "warnings.h"

/* A header and its entries. */
struct gpt {
	uint8_t header[PTABLE_BYTES];
	uint8_t *entries;
	size_t n;
};

static void gpt_release_p(struct gpt *t)
{
	free(t->entries);
}

char *ptable_guid(const uint8_t *p)
{
	return xasprintf("%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X", get_le32(p), get_le16(p + 4),
			 get_le16(p + 6), p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15]);
}

/* Is it a header whose numbers hold together? Its own checksum is over header-size bytes. */
static const char *judge(const uint8_t *h, uint64_t lba)
{
	uint8_t copy[PTABLE_BYTES];
	uint32_t size = get_le32(h + 12);

	if (memcmp(h, GPT_MAGIC, 8) != 0)
		return "there is none";
	if (size < GPT_HEADER_MIN || size > PTABLE_BYTES)
		return "its header has no size that is known";
	memcpy(copy, h, sizeof(copy));
	put_le32(copy + GPT_CRC, 0);
	if (ptable_crc(copy, size) != get_le32(h + GPT_CRC))
		return "the checksum of its header is wrong";
	if (get_le64(h + GPT_MY_LBA) != lba)
		return "it was made for another place";
	if (get_le32(h + GPT_ENTRY_SIZE) < GPT_ENTRY_MIN || get_le32(h + GPT_ENTRY_SIZE) % 8 ||
	    (uint64_t)get_le32(h + GPT_ENTRY_SIZE) * get_le32(h + GPT_COUNT) > GPT_TABLE_MAX ||
	    !get_le32(h + GPT_COUNT))
		return "it has no number of entries that is known";
	return NULL;
}

/* Reads the one whose header is at lba. *ret_why: what is wrong with it, or NULL. */
static int read_at(const struct ptable_disk *d, uint64_t lba, struct gpt *t, const char **ret_why,
		   struct err *e)
{
	uint64_t at;

	*ret_why = "it is not on the disk";
	if (lba >= d->sectors)
		return 0;
	if (pread_full(d->fd, t->header, PTABLE_BYTES, (off_t)(lba * d->sector)) != PTABLE_BYTES)
		return err_sys(e, "cannot read '%s'", d->user);
	*ret_why = judge(t->header, lba);
	if (*ret_why)
		return 0;
	t->n = (size_t)get_le32(t->header + GPT_ENTRY_SIZE) * get_le32(t->header + GPT_COUNT);
	at = get_le64(t->header + GPT_ENTRIES_LBA);
	*ret_why = "its entries are not on the disk";
	if (at >= d->sectors || t->n > (d->sectors - at) * d->sector)
		return 0;
	t->entries = xmalloc(t->n);
	if (pread_full(d->fd, t->entries, t->n, (off_t)(at * d->sector)) != (ssize_t)t->n)
		return err_sys(e, "cannot read '%s'", d->user);
	*ret_why = ptable_crc(t->entries, t->n) == get_le32(t->header + GPT_ENTRIES_CRC)
			   ? NULL
			   : "the checksum of its entries is wrong";
	return 0;
}

static void add(struct table_ret *r, uint32_t number, const uint8_t *p)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT;
	size_t chars = 0;

	while (chars < GPT_NAME_CHARS && get_le16(p + 56 + 2 * chars))
		chars++;
	utf16_add(&name, p + 56, chars);
	r->list.v = xreallocarray(r->list.v, r->list.n + 1, sizeof(*r->list.v));
	r->list.v[r->list.n++] = (wire_partition){
		.number = number,
		.kind = xstrdup("primary"),
		.start = get_le64(p + 32),
		.sectors = get_le64(p + 40) - get_le64(p + 32) + 1,
		.type = ptable_guid(p),
		.uuid = ptable_guid(p + 16),
		.name = buf_take(&name),
		.attributes = get_le64(p + 48),
		.bootable = get_le64(p + 48) >> 2 & 1,
		.refs = xstrdup(""),
	};
}

static int take(const struct ptable_disk *d, const uint8_t *mbr, const struct gpt *t, struct table_ret *r,
		struct err *e)
{
	static const uint8_t unused[16];
	const size_t size = get_le32(t->header + GPT_ENTRY_SIZE);
	CLEANUP(buf_release) struct buf saved = BUF_INIT;

	r->label = xstrdup("gpt");
	r->id = ptable_guid(t->header + GPT_GUID);
	r->entries = get_le32(t->header + GPT_COUNT);
	r->first = get_le64(t->header + GPT_FIRST);
	for (uint32_t i = 0; i < r->entries; i++) {
		const uint8_t *p = t->entries + i * size;
		uint64_t start = get_le64(p + 32), last = get_le64(p + 40);

		if (!memcmp(p, unused, sizeof(unused)))
			continue;
		if (start > last || last >= d->sectors)
			return err_set(e, EINVAL,
				       "partition %u of '%s' is to be from sector %llu to %llu of %llu", i + 1,
				       d->user, (unsigned long long)start, (unsigned long long)last,
				       (unsigned long long)d->sectors);
		add(r, i + 1, p);
	}
	buf_addch(&saved, 'G');
	buf_add(&saved, mbr, PTABLE_BYTES);
	buf_add(&saved, t->header, PTABLE_BYTES);
	buf_add(&saved, t->entries, t->n);
	r->saved = (wire_bytes){ (uint32_t)saved.len, (uint8_t *)xmemdup0(saved.data, saved.len) };
	return 0;
}

/* What is wrong with a disk that has no GPT where one has to be. */
static int no_gpt(const struct ptable_disk *d, const char *bad_first, const char *bad_backup, struct err *e)
{
	const unsigned other = d->sector == 512 ? 4096 : 512;
	char magic[8];

	if (pread_full(d->fd, magic, sizeof(magic), other) == sizeof(magic) && !memcmp(magic, GPT_MAGIC, sizeof(magic)))
		return err_set(e, EINVAL, "the GPT of '%s' was made for sectors of %u bytes: --blocksize=%u", d->user,
			       other, other);
	return err_set(e, EUCLEAN,
		       "the GPT of '%s' is damaged (%s), and so is its backup at the end (%s): "
		       "mend it with 'sgdisk' or 'gdisk' first",
		       d->user, bad_first, bad_backup);
}

int ptable_read_gpt(const struct ptable_disk *d, const uint8_t *mbr, struct table_ret *r, struct err *e)
{
	struct gpt first __attribute__((cleanup(gpt_release_p))) = { .n = 0 };
	struct gpt backup __attribute__((cleanup(gpt_release_p))) = { .n = 0 };
	const char *bad_first, *bad_backup;
	uint64_t place = d->sectors - 1;

	if (read_at(d, 1, &first, &bad_first, e) < 0)
		return -1;
	/* On a disk that was made larger it is where that ended before. */
	if (!bad_first && get_le64(first.header + GPT_OTHER_LBA) < d->sectors)
		place = get_le64(first.header + GPT_OTHER_LBA);
	if (read_at(d, place, &backup, &bad_backup, e) < 0)
		return -1;
	if (bad_first && bad_backup)
		return no_gpt(d, bad_first, bad_backup, e);
	if (bad_first || bad_backup) {
		struct strvec all = STRVEC_INIT;

		strvec_addf(&all, "%s GPT of '%s' is damaged (%s): the other one counts",
			    bad_first ? "the first" : "the backup of the", d->user,
			    bad_first ? bad_first : bad_backup);
		warnings_answer(&all, &r->warnings);
	}
	return take(d, mbr, bad_first ? &backup : &first, r, e);
}
