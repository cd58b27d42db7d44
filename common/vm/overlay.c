/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See overlay.h. The format is in docs/interop/qcow2.txt of qemu. What is written is
 * version 3, clusters of 64 KiB, refcounts of 16 bits:
 *
 *   cluster 0   header; it names no backing file, that is given to qemu as a node
 *           1   refcount table, with one entry: cluster 2
 *           2   refcount block: covers the first 2 GiB of the file
 *           3.. L1 table, all zero: nothing is allocated, all is the image's
 */
#include "vm/overlay.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define CLUSTER_BITS 16
#define CLUSTER	     (1u << CLUSTER_BITS)
#define L2_COVERS    ((uint64_t)CLUSTER * (CLUSTER / 8)) /* bytes that one L1 entry stands for */
#define L1_CLUSTER   3
#define L1_MAX	     (4u << 20) /* entries: qemu takes no more */

struct header {
	uint32_t magic, version;
	uint64_t backing_offset;
	uint32_t backing_size, cluster_bits;
	uint64_t size;
	uint32_t crypt, l1_size;
	uint64_t l1_offset, refcount_offset;
	uint32_t refcount_clusters, snapshots;
	uint64_t snapshots_offset;
	/* from version 3 */
	uint64_t incompatible, compatible, autoclear;
	uint32_t refcount_order, header_size;
} __attribute__((packed));

/* Less than all is written where the disk is full. */
static int put(int fd, const void *p, size_t n, off_t at)
{
	ssize_t done = pwrite(fd, p, n, at);

	if (done >= 0 && (size_t)done < n)
		errno = ENOSPC;
	return done == (ssize_t)n ? 0 : -1;
}

/* The refcount block: one reference to each cluster that there is. */
static int write_refcounts(int fd, unsigned clusters)
{
	CLEANUP(free) uint16_t *block = xcalloc(CLUSTER / 2, 2);

	for (unsigned i = 0; i < clusters; i++)
		block[i] = htobe16(1);
	return put(fd, block, CLUSTER, 2 * CLUSTER);
}

int overlay_fill(int fd, uint64_t size, struct err *e)
{
	uint64_t whole = (size + 511) & ~511ULL;
	uint64_t l1 = whole / L2_COVERS + (whole % L2_COVERS != 0);
	unsigned l1_clusters = (l1 * 8 + CLUSTER - 1) / CLUSTER;
	const uint64_t table = htobe64(2 * CLUSTER);
	struct header h = {
		.magic = htobe32(0x514649fb),
		.version = htobe32(3),
		.cluster_bits = htobe32(CLUSTER_BITS),
		.size = htobe64(whole),
		.l1_size = htobe32(l1),
		.l1_offset = htobe64(L1_CLUSTER * CLUSTER),
		.refcount_offset = htobe64(CLUSTER),
		.refcount_clusters = htobe32(1),
		.refcount_order = htobe32(4),
		.header_size = htobe32(sizeof(h)),
	};

	if (l1 > L1_MAX)
		return err_set(e, EFBIG, "a disk of %llu bytes is too large",
			       (unsigned long long)size);
	if (ftruncate(fd, (off_t)(L1_CLUSTER + l1_clusters) * CLUSTER) < 0 ||
	    put(fd, &h, sizeof(h), 0) < 0 || put(fd, &table, sizeof(table), CLUSTER) < 0 ||
	    write_refcounts(fd, L1_CLUSTER + l1_clusters) < 0)
		return err_sys(e, "cannot write an overlay");
	return 0;
}

int overlay_create(uint64_t size, struct err *e)
{
	CLEANUP(fd_close) int fd = memfd_create("guestutils-overlay", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "memory for an overlay");
	return overlay_fill(fd, size, e) < 0 ? -1 : TAKE_FD(fd);
}
