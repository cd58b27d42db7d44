/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qed's header. All numbers are little-endian. */
#include "vm/image_parse.h"

#include "util/xalloc.h"

#define MAGIC		    "QED\0"
#define HEADER_LEN	    64
#define BACKING_NAME_MAX    1023
#define FEATURE_BACKING	    1U
#define FEATURE_BACKING_RAW 4U /* the backing file is raw, and must not be probed */
#define FEATURES_KNOWN	    7U /* those, and "needs check" */

bool qed_detect(const struct image_source *src)
{
	return source_is(src, 0, MAGIC, 4);
}

/* Where an L2 table begins. */
static uint64_t l2_place(const uint8_t *entry)
{
	return get_le64(entry);
}

/* The name of the file below, which lies in the header's clusters. */
static int read_backing(const struct image_source *src, const uint8_t *b, struct image_header *h,
			struct err *e)
{
	uint64_t header_end = (uint64_t)get_le32(b + 4) * get_le32(b + 12);
	uint32_t off = get_le32(b + 56), len = get_le32(b + 60);
	char name[BACKING_NAME_MAX];

	if (len == 0 || len > BACKING_NAME_MAX || off < HEADER_LEN ||
	    (uint64_t)off + len > header_end)
		return source_damaged(src, e, "its backing file's name cannot be read");
	if (source_read(src, off, name, len, "its backing file's name", e) < 0)
		return -1;
	h->backing = xmemdup0(name, strnlen(name, len));
	if (get_le64(b + 16) & FEATURE_BACKING_RAW)
		h->backing_format = xstrdup("raw");
	return 0;
}

int qed_parse(const struct image_source *src, struct image_header *h, struct err *e)
{
	struct source_table l1 = { .what = "an L2 table", .place = l2_place, .width = 8 };
	uint8_t b[HEADER_LEN];
	uint32_t cluster, table;
	uint64_t features;

	if (source_read(src, 0, b, sizeof(b), "its header", e) < 0)
		return -1;
	cluster = get_le32(b + 4);
	table = get_le32(b + 8);
	features = get_le64(b + 16);
	if (features & ~(uint64_t)FEATURES_KNOWN)
		return source_refused(src, e, "needs qed features that are not known here (0x%llx)",
				      (unsigned long long)features);
	if (!is_power_of_two(cluster) || cluster < 4096 || cluster > 64U << 20 ||
	    !is_power_of_two(table) || table > 16)
		return source_damaged(src, e, "clusters of %u bytes, tables of %u clusters",
				      cluster, table);
	l1.off = get_le64(b + 40);
	l1.len = (uint64_t)cluster * table;
	if (!source_has(src, l1.off, l1.len))
		return source_truncated(src, "its L1 table", e);
	if (source_check_table(src, &l1, e) < 0)
		return -1;
	h->virtual_size = get_le64(b + 48);
	if (h->virtual_size % SECTOR)
		return source_damaged(src, e, "a disk of %llu bytes is no number of sectors",
				      (unsigned long long)h->virtual_size);
	return features & FEATURE_BACKING ? read_backing(src, b, h, e) : 0;
}
