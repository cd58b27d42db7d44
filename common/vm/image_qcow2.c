/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qcow2's header, versions 2 and 3. All numbers are big-endian. */
#include "vm/image_qcow2.h"

#include <stdio.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

#define MAGIC			 "QFI\xfb"
#define HEADER_V2_LEN		 72
#define HEADER_V3_LEN		 104
#define HEADER_MAX		 112
#define BACKING_NAME_MAX	 1023
#define L1_BYTES_MAX		 (UINT64_C(32) << 20)
#define REFCOUNT_TABLE_BYTES_MAX (UINT64_C(8) << 20)
#define SNAPSHOTS_MAX		 65536
#define SNAPSHOT_LEN_MIN	 40

#define EXT_END		   0U
#define EXT_BACKING_FORMAT 0xe2792acaU
#define EXT_DATA_FILE	   0x44415441U
#define BACKING_FORMAT_MAX 15

bool qcow2_detect(const struct image_source *src)
{
	return source_is(src, 0, MAGIC, 4);
}

/* The fixed fields, and those that decide how the others are read. */
static int read_fields(const struct image_source *src, struct qcow2 *q, struct err *e)
{
	uint8_t b[HEADER_MAX];

	if (source_read(src, 0, b, HEADER_V2_LEN, "its header", e) < 0)
		return -1;
	*q = (struct qcow2){
		.version = get_be32(b + 4),
		.backing_offset = get_be64(b + 8),
		.backing_len = get_be32(b + 16),
		.cluster_bits = get_be32(b + 20),
		.size = get_be64(b + 24),
		.crypt_method = get_be32(b + 32),
		.l1_entries = get_be32(b + 36),
		.l1_offset = get_be64(b + 40),
		.refcount_offset = get_be64(b + 48),
		.refcount_clusters = get_be32(b + 56),
		.refcount_order = 4,
		.header_len = HEADER_V2_LEN,
	};
	if (q->version == 1)
		return source_refused(src, e,
				      "is a qcow image of version 1, which is not supported; "
				      "make a qcow2 image of it with: "
				      "qemu-img convert -f qcow -O qcow2 '%s' NEW.qcow2",
				      src->name);
	if (q->version != 2 && q->version != 3)
		return source_refused(src, e,
				      "is a qcow2 image of version %u, which is not supported",
				      q->version);
	if (q->cluster_bits < 9 || q->cluster_bits > 21)
		return source_damaged(src, e, "clusters of 2^%u bytes cannot be", q->cluster_bits);
	if (q->version == 2)
		return 0;
	if (source_read(src, 0, b, HEADER_V3_LEN, "its header", e) < 0)
		return -1;
	q->incompatible = get_be64(b + 72);
	q->refcount_order = get_be32(b + 96);
	q->header_len = get_be32(b + 100);
	if (q->header_len < HEADER_V3_LEN || q->header_len > qcow2_cluster_size(q))
		return source_damaged(src, e, "its header's length of %u bytes cannot be",
				      q->header_len);
	if (q->refcount_order > 6)
		return source_damaged(src, e, "refcounts of 2^%u bits cannot be",
				      q->refcount_order);
	return 0;
}

/* What the image asks of its reader: nothing that we or qemu cannot do. */
static int check_features(const struct image_source *src, const struct qcow2 *q, struct err *e)
{
	uint64_t unknown = q->incompatible & ~(uint64_t)QCOW2_INCOMPAT_KNOWN;
	char bits[64 * 4] = "";
	const char *method = q->crypt_method == 1 ? "AES" : "LUKS";
	size_t n = 0;

	for (unsigned bit = 0; bit < 64; bit++)
		if (unknown >> bit & 1)
			n += (size_t)snprintf(bits + n, sizeof(bits) - n, "%s%u", n ? ", " : "",
					      bit);
	if (unknown)
		return source_refused(src, e,
				      "needs qcow2 features that are not known here "
				      "(incompatible feature bits %s)",
				      bits);
	if (q->crypt_method)
		return source_refused(
			src, e,
			"is encrypted in its qcow2 layer (%s), which is not supported; "
			"make a plain image of it with qemu-img convert first",
			method);
	if (q->incompatible & QCOW2_INCOMPAT_CORRUPT)
		return source_refused(src, e,
				      "is marked as corrupt; repair it with: "
				      "qemu-img check -f qcow2 -r all '%s'",
				      src->name);
	if (q->incompatible & QCOW2_INCOMPAT_EXTENDED_L2 && q->cluster_bits < 14)
		return source_damaged(src, e, "extended L2 entries need larger clusters");
	return 0;
}

/* Are the tables of a possible size, and at a possible place? */
static int check_tables(const struct image_source *src, const struct qcow2 *q, struct err *e)
{
	unsigned entry_bits = q->incompatible & QCOW2_INCOMPAT_EXTENDED_L2 ? 4 : 3;
	unsigned l1_shift = q->cluster_bits * 2 - entry_bits; /* an L1 entry's share of the disk */
	uint64_t in_cluster = qcow2_cluster_size(q) - 1;
	uint64_t needed = (q->size >> l1_shift) + !!(q->size & ((UINT64_C(1) << l1_shift) - 1));

	if (q->l1_entries * UINT64_C(8) > L1_BYTES_MAX || needed > q->l1_entries)
		return source_damaged(src, e, "an L1 table of %u entries does not fit its disk",
				      q->l1_entries);
	if (q->l1_offset & in_cluster || (q->l1_entries && !q->l1_offset))
		return source_damaged(src, e, "its L1 table is at an impossible place");
	if (!source_has(src, q->l1_offset, q->l1_entries * UINT64_C(8)))
		return source_truncated(src, "its L1 table", e);
	if (q->refcount_clusters == 0 ||
	    (uint64_t)q->refcount_clusters << q->cluster_bits > REFCOUNT_TABLE_BYTES_MAX)
		return source_damaged(src, e, "a refcount table of %u clusters cannot be",
				      q->refcount_clusters);
	if (q->refcount_offset == 0 || q->refcount_offset & in_cluster)
		return source_damaged(src, e, "its refcount table is at an impossible place");
	if (q->refcount_offset >= src->size)
		return source_truncated(src, "its refcount table", e);
	return 0;
}

/* The internal snapshots, which qemu loads on opening. */
static int check_snapshots(const struct image_source *src, struct err *e)
{
	uint8_t b[12];
	uint32_t n;

	if (source_read(src, 60, b, sizeof(b), "its header", e) < 0)
		return -1;
	n = get_be32(b);
	if (n > SNAPSHOTS_MAX)
		return source_damaged(src, e, "%u snapshots cannot be", n);
	if (n && !source_has(src, get_be64(b + 4), (uint64_t)n * SNAPSHOT_LEN_MIN))
		return source_truncated(src, "its snapshot table", e);
	return 0;
}

/* The n bytes at off as a string, which ends at a NUL if there is one. */
static int read_string(const struct image_source *src, uint64_t off, size_t n, const char *what,
		       char **ret_s, struct err *e)
{
	CLEANUP(free) char *b = xmalloc(n + 1);

	if (source_read(src, off, b, n, what, e) < 0)
		return -1;
	b[n] = '\0';
	*ret_s = TAKE(b);
	return 0;
}

/* The name of the backing file: in the first cluster, and no longer than 1023 bytes. */
static int read_backing(const struct image_source *src, const struct qcow2 *q,
			struct image_header *h, struct err *e)
{
	if (q->backing_offset == 0)
		return 0;
	if (q->backing_len == 0 || q->backing_len > BACKING_NAME_MAX)
		return source_damaged(src, e, "a backing file name of %u bytes cannot be",
				      q->backing_len);
	if (q->backing_offset < q->header_len ||
	    q->backing_offset > qcow2_cluster_size(q) - q->backing_len)
		return source_damaged(src, e, "its backing file's name is at an impossible place");
	return read_string(src, q->backing_offset, q->backing_len, "its backing file's name",
			   &h->backing, e);
}

/* Takes what we want from one header extension of len bytes at off. */
static int take_extension(const struct image_source *src, uint32_t type, uint64_t off, uint32_t len,
			  struct image_header *h, struct err *e)
{
	char **where = type == EXT_BACKING_FORMAT ? &h->backing_format
		       : type == EXT_DATA_FILE	  ? &h->data_file
						  : NULL;
	uint32_t max = type == EXT_BACKING_FORMAT ? BACKING_FORMAT_MAX : BACKING_NAME_MAX;

	if (!where)
		return 0;
	if (len == 0 || len > max || *where)
		return source_damaged(src, e, "its header extension 0x%08x cannot be read", type);
	return read_string(src, off, len, "a header extension", where, e);
}

/* Header extensions fill the space up to the backing file's name, or the first cluster. */
static int read_extensions(const struct image_source *src, const struct qcow2 *q,
			   struct image_header *h, struct err *e)
{
	uint64_t end = q->backing_offset ? q->backing_offset : qcow2_cluster_size(q);
	uint64_t off = q->header_len;

	while (off + 8 <= end) {
		uint8_t b[8];
		uint32_t type, len;

		if (source_read(src, off, b, sizeof(b), "its header", e) < 0)
			return -1;
		type = get_be32(b);
		len = get_be32(b + 4);
		off += sizeof(b);
		if (type == EXT_END)
			return 0;
		if (len > end - off)
			return source_damaged(src, e, "a header extension runs over its end");
		if (take_extension(src, type, off, len, h, e) < 0)
			return -1;
		off += ((uint64_t)len + 7) / 8 * 8;
	}
	return 0;
}

int qcow2_parse(const struct image_source *src, struct image_header *h, struct err *e)
{
	struct qcow2 q;

	if (read_fields(src, &q, e) < 0 || check_features(src, &q, e) < 0 ||
	    check_tables(src, &q, e) < 0 || check_snapshots(src, e) < 0 ||
	    read_backing(src, &q, h, e) < 0 || read_extensions(src, &q, h, e) < 0 ||
	    qcow2_check_complete(src, &q, e) < 0)
		return -1;
	h->virtual_size = (q.size + SECTOR - 1) / SECTOR * SECTOR;
	h->data_external = q.incompatible & QCOW2_INCOMPAT_DATA_FILE;
	return 0;
}
