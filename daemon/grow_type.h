/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One type of content that is grown: what the parts of grow.h share. */
#ifndef DAEMON_GROW_TYPE_H
#define DAEMON_GROW_TYPE_H

#include "devices.h"
#include "util/strvec.h"

/* Where numbers of 32 bits end: it has one less, and the last one of so many is left over. */
#define BLOCKS_32 ((uint64_t)1 << 32)

/* One growth: as the arguments of grow_filesystem(). */
struct grower {
	struct guestd *g;
	struct device *d;
	bool force;
	struct strvec *notices;
};

/* The n bytes of its superblock from at on, and the device's bytes. */
int grow_read_super(const struct device *d, off_t at, uint8_t *sb, size_t n, uint64_t *ret_size, struct err *e);

/* a * b, or more than any disk. */
static inline uint64_t grow_times(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

/* As grow_filesystem(), grow_check() and grow_max(), of one type. */
int grow_ext(const struct grower *w, struct err *e);
uint64_t grow_max_ext(const struct device *d);
int grow_xfs(const struct grower *w, struct err *e);
uint64_t grow_max_xfs(const struct device *d);
int grow_check_fat(const struct grower *w, struct err *e);
int grow_fat(const struct grower *w, struct err *e);
uint64_t grow_max_fat(const struct device *d);
int grow_f2fs(const struct grower *w, struct err *e);
uint64_t grow_max_f2fs(const struct device *d);
int grow_check_ntfs(const struct grower *w, struct err *e);
int grow_ntfs(const struct grower *w, struct err *e);
uint64_t grow_max_ntfs(const struct device *d);

#endif
