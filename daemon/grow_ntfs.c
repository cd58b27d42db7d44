/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NTFS, by a program of ours (ntfsgrow.c). */
#include <errno.h>

#include "grow_type.h"
#include "run.h"
#include "util/bytes.h"

#define NTFS_BOOT	84   /* bytes that are read of its boot sector */
#define NTFS_SECTOR_AT	11   /* le16: bytes */
#define NTFS_CLUSTER_AT 13   /* u8: sectors */
#define NTFS_POWER_MIN	0xf4 /* fs/ntfs3/super.c, true_sectors_per_clst() */

/* Whether it can be grown (--check), or what does it. */
static int ntfsgrow(const struct grower *w, bool check, struct err *e)
{
	const char *argv[5] = { "ntfsgrow" };
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	size_t n = 1;
	int status;

	if (check)
		argv[n++] = "--check";
	if (w->force)
		argv[n++] = "--force";
	argv[n] = w->d->node;
	if (run_status(argv, NULL, &words, &status, e) < 0)
		return -1;
	if (status)
		return err_set(e, EIO, "the NTFS on '%s' cannot grow: %s", w->d->user,
			       words.len ? words.data : "ntfsgrow fails, and does not say why");
	return 0;
}

int grow_check_ntfs(const struct grower *w, struct err *e)
{
	return ntfsgrow(w, true, e);
}

int grow_ntfs(const struct grower *w, struct err *e)
{
	if (ntfsgrow(w, false, e) < 0)
		return -1;
	strvec_addf(w->notices, "Windows will check the file system on '%s' when it starts", w->d->user);
	return 0;
}

/* Its clusters have numbers of 32 bits. More than 128 sectors in one are written as a negative power of two. */
uint64_t grow_max_ntfs(const struct device *d)
{
	uint8_t b[NTFS_BOOT];
	uint64_t ignored;
	struct err e;

	if (grow_read_super(d, 0, b, sizeof(b), &ignored, &e) < 0)
		return 0;
	const uint8_t n = b[NTFS_CLUSTER_AT];
	const uint64_t sectors = n <= 128 ? n : n >= NTFS_POWER_MIN ? (uint64_t)1 << (256 - n) : 0;

	return sectors * get_le16(b + NTFS_SECTOR_AT) * BLOCKS_32;
}
