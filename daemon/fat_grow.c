/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See fat.h. In this order: clusters move, the last ones first, so that none is written to that is still to
 * be read; so does the root folder; then come the tables, FSInfo and the boot sector.
 */
#include "fat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fat_bytes.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "zeroes.h"

#define TABLE_MAX (32u << 20) /* bytes of a table, which is in memory: 256 GiB in clusters of 32 KiB */
#define CHUNK	  (1u << 20)
#define ZEROES	  65536u

#define ATTR	  11 /* in a folder's entry: */
#define ATTR_DIR  0x10
#define ATTR_LONG 0x0f /* a piece of a long name */
#define HIGH	  20   /* le16: upper half of the first cluster's number */
#define LOW	  26   /* le16 */
#define GONE	  0xe5 /* its first byte */

#define INFO_LEAD 0x41615252u
#define INFO_SIGN 0x61417272u
#define INFO_TAIL 0xaa550000u
#define INFO_AT	  484 /* le32 INFO_SIGN, clusters that are free, where to look for them; at the end INFO_TAIL */

/* One growth: of what it is to what it becomes. */
struct growth {
	int fd;
	struct fat was, is;
	uint8_t *table; /* the entries that it had, whole sectors of them */
	size_t n_table;
};

static void growth_release_p(struct growth *w)
{
	free(w->table);
}

static int read_at(const struct growth *w, uint64_t sector, void *p, size_t n, struct err *e)
{
	return pread_full(w->fd, p, n, (off_t)(sector * w->was.sector)) == (ssize_t)n ? 0 : err_sys(e, "cannot read it");
}

static int write_at(const struct growth *w, uint64_t sector, const void *p, size_t n, struct err *e)
{
	ssize_t done = pwrite(w->fd, p, n, (off_t)(sector * w->was.sector));

	if (done >= 0 && done < (ssize_t)n)
		errno = ENOSPC;
	return done == (ssize_t)n ? 0 : err_sys(e, "cannot write to it");
}

/* ---- entries of the table */

static uint32_t entry(const struct growth *w, uint32_t i)
{
	switch (w->was.bits) {
	case 12:
		return (get_le16(w->table + i + i / 2) >> (i % 2 ? 4 : 0)) & 0xfff;
	case 16:
		return get_le16(w->table + (size_t)2 * i);
	default:
		return get_le32(w->table + (size_t)4 * i) & 0x0fffffff;
	}
}

static bool is_cluster(const struct growth *w, uint32_t i)
{
	return i >= 2 && i - 2 < w->was.clusters;
}

/* Where a cluster lies after all. */
static uint64_t place(const struct growth *w, uint32_t i)
{
	return w->is.data + (uint64_t)(i - 2) * w->is.cluster;
}

/* The table that counts; what is behind its last entry was never one, and is to be free. */
static int load_table(struct growth *w, struct err *e)
{
	const struct fat *f = &w->was;
	const uint64_t n = (uint64_t)f->table * f->sector, end = ((uint64_t)f->clusters + 2) * f->bits;

	if (n > TABLE_MAX)
		return err_set(e, EFBIG, "it has %u clusters, and no more than 256 GiB in clusters of 32 KiB are grown",
			       f->clusters);
	w->n_table = (size_t)n;
	w->table = calloc(1, w->n_table + 4);
	if (!w->table)
		return err_sys(e, "memory for its table");
	if (read_at(w, f->reserved + (uint64_t)f->active * f->table, w->table, w->n_table, e) < 0)
		return -1;
	if (end % 8)
		w->table[end / 8] &= 0x0f;
	memset(w->table + (end + 7) / 8, 0, w->n_table - (size_t)((end + 7) / 8));
	return 0;
}

/* ---- clusters */

/* Clusters from first on, n of them, move; the last of them first. */
static int move_run(const struct growth *w, uint8_t *chunk, uint32_t first, uint32_t n, struct err *e)
{
	const size_t cluster = (size_t)w->was.cluster * w->was.sector;
	const uint32_t most = (uint32_t)(CHUNK / cluster);

	while (n) {
		const uint32_t k = n < most ? n : most;
		const uint64_t from = w->was.data + (uint64_t)(first + n - k - 2) * w->was.cluster;

		if (read_at(w, from, chunk, k * cluster, e) < 0 ||
		    write_at(w, place(w, first + n - k), chunk, k * cluster, e) < 0)
			return -1;
		n -= k;
	}
	return 0;
}

static int move_clusters(const struct growth *w, struct err *e)
{
	CLEANUP(free) uint8_t *chunk = malloc(CHUNK);
	uint32_t end = w->was.clusters + 2;

	if (!chunk)
		return err_sys(e, "memory to move clusters");
	while (w->is.data != w->was.data && end > 2) {
		uint32_t first = end;

		while (first > 2 && entry(w, first - 1))
			first--;
		if (first < end && move_run(w, chunk, first, end - first, e) < 0)
			return -1;
		end = first > 2 ? first - 1 : first;
	}
	return 0;
}

/* ---- a FAT16 becomes a FAT32 */

/* Folders that are to be looked through. */
struct folders {
	uint8_t seen[65536 / 8]; /* clusters */
	uint16_t *todo;
	size_t n;
};

static bool see(struct folders *f, uint32_t cluster)
{
	const bool first = !(f->seen[cluster / 8] & (1u << (cluster % 8)));

	f->seen[cluster / 8] |= (uint8_t)(1u << (cluster % 8));
	return first;
}

/*
 * Upper halves of numbers that FAT16 does not use get zero; folders in it are noted. Returns whether it is changed;
 * *ret_ends: no entry comes after these.
 */
static bool mend_folder(const struct growth *w, struct folders *f, uint8_t *p, size_t n, bool *ret_ends)
{
	bool changed = false;
	size_t i;

	for (i = 0; i + FAT_ENTRY <= n && p[i]; i += FAT_ENTRY) {
		const uint32_t cluster = get_le16(p + i + LOW);

		if (p[i] == GONE || (p[i + ATTR] & ATTR_LONG) == ATTR_LONG)
			continue;
		changed = changed || get_le16(p + i + HIGH);
		p[i + HIGH] = p[i + HIGH + 1] = 0;
		if ((p[i + ATTR] & ATTR_DIR) && p[i] != '.' && is_cluster(w, cluster) && see(f, cluster))
			f->todo[f->n++] = (uint16_t)cluster;
	}
	*ret_ends = i + FAT_ENTRY <= n;
	return changed;
}

/* All folders but the root, where they lie now. Each cluster is looked at once, whatever the table says. */
static int mend_folders(const struct growth *w, struct folders *f, struct err *e)
{
	const size_t n = (size_t)w->is.cluster * w->is.sector;
	CLEANUP(free) uint8_t *p = malloc(n);

	if (!p)
		return err_sys(e, "memory for a folder");
	while (f->n) {
		uint32_t cluster = f->todo[--f->n];
		bool ends;

		do {
			if (read_at(w, place(w, cluster), p, n, e) < 0)
				return -1;
			if (mend_folder(w, f, p, n, &ends) && write_at(w, place(w, cluster), p, n, e) < 0)
				return -1;
			cluster = entry(w, cluster);
		} while (!ends && is_cluster(w, cluster) && see(f, cluster));
	}
	return 0;
}

/* root: all of it, with zeroes behind. */
static int widen_folders(const struct growth *w, uint8_t *root, struct err *e)
{
	const size_t n = (size_t)w->was.root * w->was.sector;
	const size_t all = (size_t)fat_root_clusters(&w->was) * w->was.cluster * w->was.sector;
	CLEANUP(free) struct folders *f = calloc(1, sizeof(*f));
	CLEANUP(free) uint16_t *todo = calloc(65536, sizeof(*todo));

	if (!f || !todo)
		return err_sys(e, "memory for its folders");
	bool ends;

	f->todo = todo;
	mend_folder(w, f, root, n, &ends);
	if (mend_folders(w, f, e) < 0)
		return -1;
	return write_at(w, place(w, w->is.root_cluster), root, all, e);
}

/* The root folder of a FAT12 or FAT16 moves, or gets clusters. It is read before its place is written to. */
static int move_root(const struct growth *w, struct err *e)
{
	const size_t n = (size_t)w->was.root * w->was.sector;
	CLEANUP(free) uint8_t *root = calloc(1, n + (size_t)w->was.cluster * w->was.sector);

	if (!root)
		return err_sys(e, "memory for its root folder");
	if (read_at(w, w->was.data - w->was.root, root, n, e) < 0 || move_clusters(w, e) < 0)
		return -1;
	return w->is.root ? write_at(w, w->is.data - w->is.root, root, n, e)
	       : n	  ? widen_folders(w, root, e)
			  : 0;
}

/* Entries of 32 bits for those of 16, with the root folder's. */
static int widen_table(struct growth *w, struct err *e)
{
	const uint32_t n = w->was.clusters + 2, roots = fat_root_clusters(&w->was);
	const uint32_t per_sector = w->is.sector / 4;
	const size_t all = ((size_t)n + roots + per_sector - 1) / per_sector * per_sector;
	uint8_t *wide = calloc(all, 4);

	if (!wide)
		return err_sys(e, "memory for its table");
	for (uint32_t i = 2; i < n; i++) {
		const uint32_t v = entry(w, i);

		put_le32(wide + (size_t)4 * i, v < 0xfff7 ? v : v | 0x0fff0000);
	}
	/* The kind of medium; in the two highest bits of the next one, whether it was left clean. */
	put_le32(wide, 0x0fffff00 | (entry(w, 0) & 0xff));
	put_le32(wide + 4, 0x03ffffff | (entry(w, 1) & 0xc000) << 12);
	for (uint32_t i = 0; i < roots; i++)
		put_le32(wide + (size_t)4 * (n + i), i + 1 < roots ? n + i + 1 : 0x0fffffff);
	free(w->table);
	w->table = wide;
	w->n_table = 4 * all;
	return 0;
}

/* ---- tables and sectors before them */

static int write_zeroes(const struct growth *w, uint64_t at, uint64_t end, struct err *e)
{
	static const uint8_t zeroes[ZEROES];

	if (at < end && zeroes_put(w->fd, at, end - at) == 0)
		return 0;
	for (uint64_t n; at < end; at += n) {
		n = end - at < ZEROES ? end - at : ZEROES;
		if (pwrite(w->fd, zeroes, (size_t)n, (off_t)at) != (ssize_t)n)
			return err_sys(e, "cannot write to it");
	}
	return 0;
}

static int write_tables(const struct growth *w, struct err *e)
{
	const struct fat *f = &w->is;

	for (uint32_t i = 0; i < f->copies; i++) {
		const uint64_t at = (f->reserved + (uint64_t)i * f->table) * f->sector;

		if (write_at(w, f->reserved + (uint64_t)i * f->table, w->table, w->n_table, e) < 0 ||
		    write_zeroes(w, at + w->n_table, at + (uint64_t)f->table * f->sector, e) < 0)
			return -1;
	}
	return 0;
}

/* Of those that it had. */
static uint32_t count_free(const struct growth *w)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < w->was.clusters; i++)
		n += !entry(w, i + 2);
	return n;
}

/* FSInfo, where there is one; a new FAT32 gets it. */
static int write_info(const struct growth *w, uint32_t at, uint32_t n_free, struct err *e)
{
	uint8_t s[4096];

	if (!at || at >= w->is.reserved)
		return 0;
	if (w->was.bits == 32) {
		if (read_at(w, at, s, w->is.sector, e) < 0)
			return -1;
		if (get_le32(s) != INFO_LEAD || get_le32(s + INFO_AT) != INFO_SIGN)
			return 0;
	} else {
		memset(s, 0, sizeof(s));
		put_le32(s, INFO_LEAD);
		put_le32(s + INFO_AT, INFO_SIGN);
		put_le32(s + INFO_AT + 8, 2);
		put_le32(s + 508, INFO_TAIL);
	}
	put_le32(s + INFO_AT + 4, n_free);
	return write_at(w, at, s, w->is.sector, e);
}

/* The fields of a FAT32 for those of a FAT16, and code that goes on to the next disk. */
static void widen_boot(const struct fat *f, uint8_t *b)
{
	static const uint8_t jump[] = { 0xeb, FAT32_CODE - 2, 0x90 };
	static const uint8_t code[] = { 0xcd, 0x18, 0xf4, 0xeb, 0xfd }; /* int 0x18; hlt; jmp to that */
	uint8_t tail[FAT16_TAIL_BYTES];

	memcpy(tail, b + FAT16_TAIL, sizeof(tail));
	memset(b + FAT16_TAIL, 0, FAT_SIGN - FAT16_TAIL);
	put_le16(b + FAT_ROOT_ENTRIES, 0);
	put_le16(b + FAT_TABLE_16, 0);
	put_le32(b + FAT32_ROOT, f->root_cluster);
	put_le16(b + FAT32_INFO, (uint16_t)f->info);
	put_le16(b + FAT32_BACKUP, (uint16_t)f->backup);
	memcpy(b + FAT32_TAIL, tail, sizeof(tail));
	memcpy(b + FAT32_NAME, "FAT32   ", 8);
	memcpy(b, jump, sizeof(jump));
	memcpy(b + FAT32_CODE, code, sizeof(code));
}

static int write_boot(const struct growth *w, uint32_t at, struct err *e)
{
	const struct fat *f = &w->is;
	uint8_t b[4096];

	if (read_at(w, w->was.bits == 32 ? at : 0, b, f->sector, e) < 0)
		return -1;
	const bool few = f->sectors <= UINT16_MAX && f->bits != 32;
	const bool old = get_le16(b + FAT_SECTORS_16);

	if (f->bits != w->was.bits)
		widen_boot(f, b);
	put_le16(b + FAT_RESERVED, (uint16_t)f->reserved);
	put_le16(b + FAT_SECTORS_16, few ? (uint16_t)f->sectors : 0);
	/* Where DOS before 4 made it, code is there. */
	if (!few || !old)
		put_le32(b + FAT_SECTORS_32, few ? 0 : (uint32_t)f->sectors);
	if (f->bits == 32)
		put_le32(b + FAT32_TABLE, f->table);
	else
		put_le16(b + FAT_TABLE_16, (uint16_t)f->table);
	return write_at(w, at, b, f->sector, e);
}

/* ---- all of it */

static int open_fat(struct growth *w, struct err *e)
{
	uint8_t boot[FAT_BOOT];

	if (pread_full(w->fd, boot, sizeof(boot), 0) != sizeof(boot))
		return err_sys(e, "cannot read it");
	if (!fat_parse(boot, &w->was))
		return err_set(e, EUCLEAN, "its boot sector is damaged, or of a kind that is not known");
	/* It knows by their numbers in which sectors its second part is. */
	if (!memcmp(boot + FAT_MAKER, "SYSLINUX", 8))
		return err_set(e, ENOTSUP,
			       "syslinux starts from it, and would not find its own file any more, which moves with all "
			       "others: --no-expand-content leaves it as it is");
	return load_table(w, e);
}

int fat_check(int fd, struct err *e)
{
	CLEANUP(growth_release) struct growth w = { .fd = fd };

	return open_fat(&w, e);
}

static int write_heads(const struct growth *w, uint32_t n_free, struct err *e)
{
	const struct fat *f = &w->is;

	if (f->bits == 32 && (write_info(w, f->info, n_free, e) < 0 ||
			      (f->backup && f->info && write_info(w, f->backup + f->info, n_free, e) < 0) ||
			      (f->backup && write_boot(w, f->backup, e) < 0)))
		return -1;
	if (fsync(w->fd) < 0)
		return err_sys(e, "cannot write to it");
	return write_boot(w, 0, e);
}

int fat_grow(int fd, uint64_t size, struct err *e)
{
	CLEANUP(growth_release) struct growth w = { .fd = fd };
	uint32_t n_free;

	if (open_fat(&w, e) < 0)
		return -1;
	if (!fat_becomes(&w.was, size / w.was.sector, &w.is))
		return 0;
	n_free = w.is.clusters - w.was.clusters + count_free(&w);
	if (move_root(&w, e) < 0)
		return -1;
	if (w.is.bits != w.was.bits) {
		n_free -= fat_root_clusters(&w.was);
		if (widen_table(&w, e) < 0)
			return -1;
	}
	/* Where a table was is nothing now. */
	if (write_zeroes(&w, (uint64_t)w.was.reserved * w.was.sector, (uint64_t)w.is.reserved * w.is.sector, e) < 0 ||
	    write_tables(&w, e) < 0 || write_heads(&w, n_free, e) < 0)
		return -1;
	return fsync(fd) < 0 ? err_sys(e, "cannot write to it") : 0;
}
