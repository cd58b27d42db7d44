/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qcow2: the fields of its header, between its reader and its completeness check. */
#ifndef VM_IMAGE_QCOW2_H
#define VM_IMAGE_QCOW2_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/image_parse.h"

struct qcow2 {
	uint32_t version;	 /* 2 or 3 */
	uint32_t cluster_bits;	 /* 9 to 21 */
	uint64_t size;		 /* of the disk, bytes */
	uint64_t backing_offset; /* 0: none */
	uint32_t backing_len;
	uint32_t crypt_method;
	uint64_t l1_offset;
	uint32_t l1_entries;
	uint64_t refcount_offset; /* of the refcount table */
	uint32_t refcount_clusters;
	uint32_t refcount_order; /* a refcount has 1 << order bits, 0 to 6 */
	uint64_t incompatible;	 /* QCOW2_INCOMPAT_* */
	uint32_t header_len;
};

#define QCOW2_INCOMPAT_CORRUPT	   (1U << 1)
#define QCOW2_INCOMPAT_DATA_FILE   (1U << 2)
#define QCOW2_INCOMPAT_EXTENDED_L2 (1U << 4)
#define QCOW2_INCOMPAT_KNOWN	   0x1fU /* those, dirty (0) and compression type (3) */

static inline uint64_t qcow2_cluster_size(const struct qcow2 *q)
{
	return UINT64_C(1) << q->cluster_bits;
}

/*
 * Is the whole image there? qemu reads zeros where an image's file ends too early,
 * so a download cut short would pass for a disk with holes. 0, or -1 with *e.
 */
int qcow2_check_complete(const struct image_source *src, const struct qcow2 *q, struct err *e);

#endif
