/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a qcow2 image's file as long as it should be?
 *
 * Two cheap looks first: all that the L1 table and the refcount table point at must
 * be inside the file, and so must the last cluster with a refcount. The last is only
 * a suspicion: a crash, or a qemu at work, leaves clusters that are counted, but not
 * written yet. It is confirmed by an L2 entry beyond the end, since those are made
 * after their data. So a sound image costs three short reads.
 */
#include "vm/image_qcow2.h"

#include "util/cleanup.h"
#include "util/xalloc.h"

#define OFFSET_MASK	     UINT64_C(0x00fffffffffffe00)
#define REFCOUNT_OFFSET_MASK UINT64_C(0xfffffffffffffe00)
#define L2_COMPRESSED	     (UINT64_C(1) << 62)
#define L2_READ_MAX	     (UINT64_C(64) << 20) /* bytes of L2 tables looked at */

/* Reads n bytes, or as many as there are: the rest is zeros. */
static int read_padded(const struct image_source *src, uint64_t off, void *p, size_t n,
		       const char *what, struct err *e)
{
	size_t there = n;

	if (off < src->size && n > src->size - off)
		there = (size_t)(src->size - off);
	memset((char *)p + there, 0, n - there);
	return source_read(src, off, p, there, what, e);
}

/* Does the last cluster that has a refcount begin beyond the end of the file? */
static int is_suspect(const struct image_source *src, const struct qcow2 *q, bool *ret_suspect,
		      struct err *e)
{
	size_t cluster = (size_t)qcow2_cluster_size(q);
	size_t n = q->refcount_clusters * cluster, last = SIZE_MAX, byte = cluster;
	CLEANUP(free) uint8_t *table = xmalloc(n), *block = xmalloc(cluster);
	uint64_t index;

	if (read_padded(src, q->refcount_offset, table, n, "its refcount table", e) < 0)
		return -1;
	for (size_t i = 0; i < n / 8; i++) {
		uint64_t off = get_be64(table + i * 8) & REFCOUNT_OFFSET_MASK;

		if (off >= src->size)
			return source_truncated(src, "a refcount block", e);
		if (off)
			last = i;
	}
	if (last == SIZE_MAX)
		return 0;
	if (read_padded(src, get_be64(table + last * 8) & REFCOUNT_OFFSET_MASK, block, cluster,
			"a refcount block", e) < 0)
		return -1;
	while (byte > 0 && block[byte - 1] == 0)
		byte--;
	/* Of several refcounts in one byte the first is taken: that errs on the quiet side. */
	index = last * (cluster * 8 >> q->refcount_order);
	if (byte > 0)
		index += (byte - 1) * 8 >> q->refcount_order;
	*ret_suspect = index > (src->size - 1) >> q->cluster_bits;
	return 0;
}

/* Does an L2 table point beyond the end of the file? */
static bool l2_is_beyond(const struct image_source *src, const struct qcow2 *q, const uint8_t *l2)
{
	uint64_t compressed_mask = (UINT64_C(1) << (62 - (q->cluster_bits - 8))) - 1;
	size_t step = q->incompatible & QCOW2_INCOMPAT_EXTENDED_L2 ? 16 : 8;

	for (size_t i = 0; i < qcow2_cluster_size(q); i += step) {
		uint64_t entry = get_be64(l2 + i);

		if ((entry & (entry & L2_COMPRESSED ? compressed_mask : OFFSET_MASK)) >= src->size)
			return true;
	}
	return false;
}

int qcow2_check_complete(const struct image_source *src, const struct qcow2 *q, struct err *e)
{
	size_t cluster = (size_t)qcow2_cluster_size(q), n = (size_t)q->l1_entries * 8;
	CLEANUP(free) uint8_t *l1 = xmalloc(n + 1), *l2 = xmalloc(cluster);
	uint64_t seen = 0;
	bool suspect = false;

	if (source_read(src, q->l1_offset, l1, n, "its L1 table", e) < 0 ||
	    is_suspect(src, q, &suspect, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i += 8) {
		uint64_t off = get_be64(l1 + i) & OFFSET_MASK;

		if (off >= src->size)
			return source_truncated(src, "an L2 table", e);
		if (off == 0 || !suspect || q->incompatible & QCOW2_INCOMPAT_DATA_FILE ||
		    (seen += cluster) > L2_READ_MAX)
			continue;
		if (read_padded(src, off, l2, cluster, "an L2 table", e) < 0)
			return -1;
		if (l2_is_beyond(src, q, l2))
			return source_truncated(src, "a part of its data", e);
	}
	return 0;
}
