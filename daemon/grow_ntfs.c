/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NTFS, by a program of ours (ntfsgrow.c), else by ntfsresize. */
#include <errno.h>

#include "grow_type.h"
#include "run.h"
#include "util/bytes.h"

#define NTFS_BOOT	84   /* bytes that are read of its boot sector */
#define NTFS_SECTOR_AT	11   /* le16: bytes */
#define NTFS_CLUSTER_AT 13   /* u8: sectors */
#define NTFS_LEFT	3    /* ntfsgrow's exit status: it is for ntfsresize */
#define NTFS_POWER_MIN	0xf4 /* fs/ntfs3/super.c, true_sectors_per_clst() */

/* It answers its own question: the space is there, and nobody uses the disk. */
static int grow_ntfs_program(const struct grower *w, struct err *e)
{
	const char *const forced[] = { "ntfsresize", "--no-progress-bar", "--force", w->d->node, NULL };
	const char *const argv[] = { "ntfsresize", "--no-progress-bar", w->d->node, NULL };
	static const char yes[] = "y\n";
	CLEANUP(buf_release) struct buf out = BUF_INIT;

	return run_filter(w->force ? forced : argv, yes, sizeof(yes) - 1, &out, e) < 0 ? err_ctx(e, "ntfsresize") : 0;
}

/* Where the volume is made in a way that ntfsgrow leaves alone, the other one does it. */
int grow_ntfs(const struct grower *w, struct err *e)
{
	const char *const forced[] = { "ntfsgrow", "--force", w->d->node, NULL };
	const char *const argv[] = { "ntfsgrow", w->d->node, NULL };
	CLEANUP(buf_release) struct buf words = BUF_INIT;
	int status;

	if (run_status(w->force ? forced : argv, NULL, &words, &status, e) < 0)
		return -1;
	if (status && status != NTFS_LEFT)
		return err_set(e, EIO, "ntfsgrow: %s", words.len ? words.data : "it says nothing");
	if (status) {
		log_line(w->g, "ntfsgrow leaves '%s' to ntfsresize", w->d->user);
		if (grow_ntfs_program(w, e) < 0)
			return -1;
	}
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
