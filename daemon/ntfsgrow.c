/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ntfsgrow [--check] [--force] DEVICE: an NTFS gets all the room that its device has; with --check it is
 * only looked whether it could. A program of the appliance, for what a volume has on it is parsed by
 * libntfs-3g, which is not to be in guestd.
 *
 * Three things say how large a volume is: the boot sector and its copy; $Bitmap, one bit per cluster;
 * and $BadClus:$Bad, one hole of all clusters. $Bitmap gets its new clusters from the beginning of the
 * new room, where nothing else can be. So what is written is little and what is held in memory bounded;
 * ntfsresize(8) walks all bits several times and holds them all (1 GiB to 2 TiB: 19 s and 64 MiB).
 * As it does, the log is emptied and the volume marked, so that Windows checks it.
 *
 * Status 0: done, or it can be. 1: it failed, with the reason on standard error.
 *
 * Source of the format: ntfs-3g/layout.h; how Windows and mkntfs(8) size it: number_of_sectors is one
 * less than the device's, and the copy of the boot sector is in that last one.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ntfs-3g/attrib.h>
#include <ntfs-3g/bitmap.h>
#include <ntfs-3g/device.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/logfile.h>
#include <ntfs-3g/volume.h>

#include "util/cleanup.h"
#include "util/err.h"
#include "util/io.h"
#include "zeroes.h"

#define SECTOR_MAX   4096	 /* bytes */
#define USA_MIN	     42		 /* of a record: the end of its fixed fields */
#define CLUSTERS_MAX 0xffffffffu /* their numbers have 32 bits */

/* Written in pieces of that many bytes. */
static const char zeroes[65536];

struct volume {
	const char *device;
	ntfs_volume *v;
	int64_t sectors;  /* of the device */
	int64_t clusters; /* that there is room for */
};

/* An attribute whose clusters change, and its record. */
struct stream {
	ntfs_attr *na;
	ntfs_attr_search_ctx *at;
};

static int strange(struct err *e, const char *what)
{
	return err_set(e, EUCLEAN, "%s: in Windows, 'chkdsk /f' mends it", what);
}

/* ---- attributes */

/* Clusters that they are of. */
static int64_t runs_end(const runlist_element *rl)
{
	while (rl->length)
		rl++;
	return rl->vcn;
}

/* Are the fields right by which a record is prepared to be written? Else that would fail, half-way. */
static bool is_writable(const struct volume *w, const MFT_RECORD *m)
{
	const unsigned at = le16_to_cpu(m->usa_ofs), n = le16_to_cpu(m->usa_count);

	return n == w->v->mft_record_size / NTFS_BLOCK_SIZE + 1 && at % 2 == 0 && at >= USA_MIN &&
	       at + 2 * n <= le16_to_cpu(m->attrs_offset);
}

/* Its record, and all of its runs. */
static int stream_open(struct volume *w, struct stream *s, struct err *e)
{
	ntfs_attr *na = s->na;
	const ATTR_RECORD *a;

	s->at = ntfs_attr_get_search_ctx(na->ni, NULL);
	if (!s->at)
		return err_sys(e, "memory for its record");
	if (ntfs_attr_lookup(na->type, na->name, na->name_len, CASE_SENSITIVE, 0, NULL, 0, s->at) < 0 ||
	    ntfs_attr_map_whole_runlist(na) < 0)
		return strange(e, "how it is laid out cannot be read");
	if (!is_writable(w, na->ni->mrec) || !is_writable(w, s->at->mrec))
		return strange(e, "its record is damaged");
	a = s->at->attr;
	if (!a->non_resident || sle64_to_cpu(a->lowest_vcn) || na->data_size > na->allocated_size ||
	    runs_end(na->rl) != na->allocated_size >> w->v->cluster_size_bits)
		return strange(e, "its sizes contradict each other");
	return 0;
}

/* Gives it n clusters more, from lcn on; LCN_HOLE: none are behind them. In memory, and not in its record. */
static int stream_extend(struct volume *w, struct stream *s, LCN lcn, int64_t n, struct err *e)
{
	const int64_t had = s->na->allocated_size >> w->v->cluster_size_bits;
	runlist_element *rl = s->na->rl, *last;
	size_t runs = 0;

	while (rl[runs].length)
		runs++;
	/* Two more: the new one and the end. */
	rl = realloc(rl, (runs + 2) * sizeof(*rl));
	if (!rl)
		return err_sys(e, "memory for its runs");
	s->na->rl = rl;
	last = runs ? &rl[runs - 1] : NULL;
	if (n && last && (lcn == LCN_HOLE ? last->lcn == LCN_HOLE : last->lcn + last->length == lcn))
		last->length += n;
	else if (n)
		rl[runs++] = (runlist_element){ .vcn = had, .lcn = lcn, .length = n };
	rl[runs] = (runlist_element){ .vcn = had + n, .lcn = LCN_ENOENT, .length = 0 };
	s->na->allocated_size = (had + n) << w->v->cluster_size_bits;
	return 0;
}

static void stream_resize(struct stream *s, int64_t bytes, int64_t initialized)
{
	s->na->data_size = bytes;
	s->na->initialized_size = initialized;
	s->at->attr->data_size = cpu_to_sle64(bytes);
	s->at->attr->initialized_size = cpu_to_sle64(initialized);
	ntfs_inode_mark_dirty(s->at->ntfs_ino);
}

/* ---- $Bitmap */

/* n bytes of the device from at on become zero, by the cheapest way that there is. */
static int zero_device(const struct volume *w, int64_t at, int64_t n)
{
	CLEANUP(fd_close) int fd = open(w->device, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && zeroes_put(fd, (uint64_t)at, (uint64_t)n) == 0)
		return 0;
	for (int64_t k; n > 0; at += k, n -= k) {
		k = n < (int64_t)sizeof(zeroes) ? n : (int64_t)sizeof(zeroes);
		if (ntfs_pwrite(w->v->dev, at, k, zeroes) != k)
			return -1;
	}
	return 0;
}

static int zero_stream(ntfs_attr *na, int64_t at, int64_t n)
{
	for (int64_t k; n > 0; at += k, n -= k) {
		k = n < (int64_t)sizeof(zeroes) ? n : (int64_t)sizeof(zeroes);
		if (ntfs_attr_pwrite(na, at, k, zeroes) != k)
			return -1;
	}
	return 0;
}

/* The bytes that it is to have: whole words of 64 bits. */
static int64_t bitmap_bytes(const struct volume *w, const struct stream *s)
{
	const int64_t bytes = (w->clusters + 63) / 64 * 8;

	return bytes > s->na->data_size ? bytes : s->na->data_size;
}

/* All of it is there: what is not could be anywhere. */
static int bitmap_open(struct volume *w, struct stream *s, struct err *e)
{
	if (stream_open(w, s, e) < 0)
		return -1;
	for (const runlist_element *rl = s->na->rl; rl->length; rl++)
		if (rl->lcn < 0)
			return strange(e, "it has holes");
	return s->na->initialized_size == s->na->data_size ? 0 : strange(e, "not all of it was ever written");
}

/* Gives it the first clusters of the new room, in memory; how many these are. */
static int64_t bitmap_extend(struct volume *w, struct stream *s, struct err *e)
{
	const int64_t had = s->na->allocated_size >> w->v->cluster_size_bits;
	const int64_t wants = (bitmap_bytes(w, s) + w->v->cluster_size - 1) >> w->v->cluster_size_bits;
	const int64_t n = wants > had ? wants - had : 0;

	if (n > w->clusters - w->v->nr_clusters)
		return err_set(e, ENOSPC, "the new room has no place for its new bits");
	return stream_extend(w, s, w->v->nr_clusters, n, e) < 0 ? -1 : n;
}

/* The bits of all that is new, of which n clusters are its own, and those beyond the end, which are set. */
static int bitmap_write(const struct volume *w, struct stream *s, int64_t n, struct err *e)
{
	const int64_t old = w->v->nr_clusters, had = s->na->data_size, bytes = bitmap_bytes(w, s);
	const int64_t shift = w->v->cluster_size_bits, before = s->na->allocated_size - (n << shift);

	if (n && zero_device(w, old << shift, n << shift) < 0)
		return err_sys(e, "cannot write to it");
	stream_resize(s, bytes, bytes);
	if (zero_stream(s->na, had, (bytes < before ? bytes : before) - had) < 0 ||
	    (had * 8 > old && ntfs_bitmap_clear_run(s->na, old, had * 8 - old) < 0) ||
	    (n && ntfs_bitmap_set_run(s->na, old, n) < 0) ||
	    (bytes * 8 > w->clusters && ntfs_bitmap_set_run(s->na, w->clusters, bytes * 8 - w->clusters) < 0))
		return err_sys(e, "cannot write its bits");
	return 0;
}

/* ---- $BadClus */

/* Its hole is as large as the volume. */
static int bad_open(struct volume *w, struct stream *s, struct err *e)
{
	if (stream_open(w, s, e) < 0)
		return -1;
	if (NInoAttrList(s->na->ni) || s->na->allocated_size >> w->v->cluster_size_bits > w->clusters)
		return strange(e, "it has more than is known of");
	return 0;
}

/* The library would make it sparse by its record too, which it is not in Windows. */
static int bad_extend(struct volume *w, struct stream *s, struct err *e)
{
	ntfs_attr *na = s->na;
	ATTR_RECORD *a = s->at->attr;
	const int at = le16_to_cpu(a->mapping_pairs_offset);
	int bytes;

	if (stream_extend(w, s, LCN_HOLE, w->clusters - (na->allocated_size >> w->v->cluster_size_bits), e) < 0)
		return -1;
	bytes = ntfs_get_size_for_mapping_pairs(w->v, na->rl, 0, INT_MAX);
	if (bytes < 0 || ntfs_attr_record_resize(s->at->mrec, a, (uint32_t)(at + bytes)) < 0 ||
	    ntfs_mapping_pairs_build(w->v, (uint8_t *)a + at, bytes, na->rl, 0, NULL) < 0)
		return err_sys(e, "cannot describe its runs");
	a->allocated_size = cpu_to_sle64(na->allocated_size);
	a->highest_vcn = cpu_to_sle64(w->clusters - 1);
	stream_resize(s, na->allocated_size, na->initialized_size);
	return 0;
}

/* ---- all of it */

/* The copy first: what is in the first sector is what counts. */
static int write_boot(const struct volume *w, struct err *e)
{
	CLEANUP(free) NTFS_BOOT_SECTOR *b = calloc(1, SECTOR_MAX);
	const int64_t size = w->v->sector_size, last = (w->sectors - 1) * size;

	if (!b || ntfs_pread(w->v->dev, 0, size, b) != size)
		return err_sys(e, "cannot read its boot sector");
	b->number_of_sectors = cpu_to_sle64(w->sectors - 1);
	if (ntfs_pwrite(w->v->dev, last, size, b) != size || ntfs_pwrite(w->v->dev, 0, size, b) != size)
		return err_sys(e, "cannot write its boot sector");
	return 0;
}

static int write_all(const struct volume *w, struct stream *bitmap, struct stream *bad, int64_t taken, struct err *e)
{
	if (ntfs_volume_write_flags(w->v, w->v->flags | VOLUME_IS_DIRTY) < 0 || ntfs_logfile_reset(w->v) < 0)
		return err_sys(e, "cannot mark it to be checked");
	/* Its record, and others where one is not enough. */
	if (taken && ntfs_attr_update_mapping_pairs(bitmap->na, 0) < 0)
		return err_sys(e, "$Bitmap: cannot describe its runs");
	ntfs_attr_reinit_search_ctx(bitmap->at);
	if (ntfs_attr_lookup(AT_DATA, NULL, 0, CASE_SENSITIVE, 0, NULL, 0, bitmap->at) < 0)
		return err_sys(e, "$Bitmap: cannot read how it is laid out");
	if (bitmap_write(w, bitmap, taken, e) < 0)
		return err_ctx(e, "$Bitmap");
	if (ntfs_inode_sync(bitmap->na->ni) < 0 || ntfs_inode_sync(bad->na->ni) < 0 || ntfs_device_sync(w->v->dev) < 0)
		return err_sys(e, "cannot write to it");
	return write_boot(w, e);
}

static int open_all(struct volume *w, struct stream *bitmap, struct stream *bad, struct err *e)
{
	static const ntfschar name[] = { const_cpu_to_le16('$'), const_cpu_to_le16('B'), const_cpu_to_le16('a'),
					 const_cpu_to_le16('d') };
	ntfs_inode *ni = ntfs_inode_open(w->v, FILE_BadClus);

	bitmap->na = w->v->lcnbmp_na;
	if (ni)
		bad->na = ntfs_attr_open(ni, AT_DATA, (ntfschar *)(uintptr_t)name, ARRAY_SIZE(name));
	if (!bad->na)
		return err_sys(e, "cannot read $BadClus");
	if (bitmap_open(w, bitmap, e) < 0)
		return err_ctx(e, "$Bitmap");
	/* Before anything else, for it may not be possible. */
	if (bad_open(w, bad, e) < 0 || bad_extend(w, bad, e) < 0)
		return err_ctx(e, "$BadClus");
	return 0;
}

/* After a failure all stays open: to close it would write what is not to be written. */
static int grow(struct volume *w, struct stream *bitmap, struct stream *bad, struct err *e)
{
	ntfs_inode *ni = bad->na->ni;
	int64_t taken = bitmap_extend(w, bitmap, e);

	if (taken < 0)
		return err_ctx(e, "$Bitmap");
	if (write_all(w, bitmap, bad, taken, e) < 0)
		return -1;
	ntfs_attr_put_search_ctx(bitmap->at);
	ntfs_attr_put_search_ctx(bad->at);
	ntfs_attr_close(bad->na);
	return ntfs_inode_close(ni) < 0 || ntfs_umount(w->v, FALSE) < 0 ? err_sys(e, "cannot write to it") : 0;
}

/* What a system still has to write to it, which would be lost, or written to other places. */
static int check_log(struct volume *w, struct err *e)
{
	ntfs_inode *ni = ntfs_inode_open(w->v, FILE_LogFile);
	ntfs_attr *na = ni ? ntfs_attr_open(ni, AT_DATA, AT_UNNAMED, 0) : NULL;
	RESTART_PAGE_HEADER *page = NULL;
	bool clean;

	if (!na)
		return err_sys(e, "cannot read $LogFile");
	clean = ntfs_check_logfile(na, &page) && ntfs_is_logfile_clean(na, page);
	free(page);
	ntfs_attr_close(na);
	ntfs_inode_close(ni);
	return clean ? 0
		     : err_set(e, EBUSY,
			       "it was not left clean, and its log has what only Windows can bring to an end: start it "
			       "there and shut it down with 'shutdown /s /t 0', or run 'chkdsk /f'");
}

/* Also where it is insisted on: a system that goes on would write as if all were as it was. */
static int check_hibernated(struct volume *w, struct err *e)
{
	if (ntfs_volume_check_hiberfile(w->v, 0) == 0)
		return 0;
	return err_set(e, EBUSY, "Windows is hibernated on it: shut it down with 'shutdown /s /t 0'");
}

static int mount_volume(struct volume *w, bool check, bool force, struct err *e)
{
	const unsigned long writing = NTFS_MNT_EXCLUSIVE | (force ? NTFS_MNT_RECOVER : 0);

	/* First for reading: that tells why it cannot be written to. */
	w->v = ntfs_mount(w->device, NTFS_MNT_RDONLY);
	if (!w->v)
		return err_sys(e, "cannot open it as NTFS");
	if (check_hibernated(w, e) < 0 || (!force && check_log(w, e) < 0))
		return -1;
	if (check)
		return 0;
	if (ntfs_umount(w->v, FALSE) < 0)
		return err_sys(e, "cannot close it");
	w->v = ntfs_mount(w->device, writing);
	return w->v ? 0 : err_sys(e, "cannot open it as NTFS");
}

/* How large it can be is not known when it is only looked at. */
static int run(struct volume *w, bool check, bool force, struct err *e)
{
	struct stream bitmap = { NULL, NULL }, bad = { NULL, NULL };

	if (mount_volume(w, check, force, e) < 0)
		return -1;
	w->sectors = ntfs_device_size_get(w->v->dev, w->v->sector_size);
	if (w->sectors <= 0 || w->v->sector_size > SECTOR_MAX)
		return err_sys(e, "cannot tell how large it is");
	w->clusters = check ? CLUSTERS_MAX : ((w->sectors - 1) << w->v->sector_size_bits) >> w->v->cluster_size_bits;
	if (w->clusters > CLUSTERS_MAX)
		return err_set(e, EFBIG, "it can have %u clusters at the most, and there is room for %lld", CLUSTERS_MAX,
			       (long long)w->clusters);
	if (w->clusters < w->v->nr_clusters)
		return err_set(e, EUCLEAN, "it has more clusters than there is room for");
	if (open_all(w, &bitmap, &bad, e) < 0)
		return -1;
	return check ? 0 : grow(w, &bitmap, &bad, e);
}

int main(int argc, char **argv)
{
	bool check = false, force = false;
	struct volume w = { .device = NULL };
	struct err e = ERR_INIT;
	int at = 1;

	for (; at < argc - 1; at++) {
		if (!strcmp(argv[at], "--check"))
			check = true;
		else if (!strcmp(argv[at], "--force"))
			force = true;
		else
			break;
	}
	if (at != argc - 1) {
		fputs("usage: ntfsgrow [--check] [--force] DEVICE\n", stderr);
		return 2;
	}
	w.device = argv[at];
	if (run(&w, check, force, &e) < 0)
		fprintf(stderr, "%s\n", e.msg);
	else if (!check)
		return 0;
	/* At once: the library has what is not to be written. */
	_exit(*e.msg ? 1 : 0);
}
