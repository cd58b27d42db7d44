/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See unclean.h. ext: linux/Documentation/filesystems/ext4/super.rst. btrfs and f2fs replay their
 * logs while they are mounted for reading, and a damaged one fails there. XFS: fstype.c.
 */
#include "unclean.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "below.h"
#include "devices.h"
#include "util/bytes.h"
#include "util/io.h"

#define EXT_STATE	(1024 + 58) /* u16: 1 unmounted cleanly, 2 errors were found */
#define EXT_COMPAT	(1024 + 92) /* u32: 4 has a journal */
#define EXT_FSCK	"repair it first: 'e2fsck -f' on its device, in the guest's rescue system or with " \
			"the image attached to another machine"

static int check_ext(const struct mounted *m, struct err *e)
{
	CLEANUP(fd_close) int fd = open(m->node, O_RDONLY | O_CLOEXEC);
	uint8_t state[2], compat[4];

	if (fd < 0 || pread_full(fd, state, 2, EXT_STATE) != 2 ||
	    pread_full(fd, compat, 4, EXT_COMPAT) != 4)
		return err_sys(e, "cannot read the superblock of '%s'", m->user);
	if (state[0] & 2)
		return err_set(e, EUCLEAN,
			       "the %s file system on '%s' has errors, as its driver noted when it "
			       "was last used, and is not written to; " EXT_FSCK,
			       m->type, m->user);
	if (!(state[0] & 1) && !(compat[0] & 4))
		return err_set(e, EUCLEAN,
			       "the %s file system on '%s' was not unmounted cleanly, has no journal, "
			       "and is not written to; " EXT_FSCK,
			       m->type, m->user);
	return 0;
}

/* A Windows that sleeps, or was "shut down" with fast startup, has the file system in its memory. */
static int check_hibernated(const struct mounted *m, struct err *e)
{
	CLEANUP(fd_close) int root = open(m->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct err ignored;
	char head[4] = "";
	struct stat st;
	CLEANUP(fd_close) int fd = below_open_file(root, "hiberfil.sys", O_RDONLY, &st, &ignored);

	if (fd < 0 || read_full(fd, head, sizeof(head)) != sizeof(head) ||
	    (memcmp(head, "hibr", 4) != 0 && memcmp(head, "HIBR", 4) != 0))
		return 0;
	return err_set(e, EBUSY,
		       "the Windows on '%s' is hibernated, or was shut down with fast startup, and "
		       "would write over what is changed now; start it and shut it down with "
		       "'shutdown /s /t 0' ('powercfg /h off' turns both off for good)",
		       m->user);
}

/* ---- NTFS: the dirty bit, in the record of $Volume, the fourth of the master file table */

#define RECORD_MAX 4096
#define NTFS_VOLUME_INFORMATION 0x70
#define NTFS_DIRTY 1

/* Where the table begins and how long its records are; false for what makes no sense. */
static bool ntfs_table(const uint8_t *boot, uint64_t *ret_at, size_t *ret_record)
{
	unsigned sector = get_le16(boot + 11), per = boot[13];
	int8_t record = (int8_t)boot[64];
	uint64_t cluster = per > 128 ? (uint64_t)sector << ((256 - per) & 31) : (uint64_t)sector * per;
	uint64_t n = record < 0 ? (uint64_t)1 << (-record & 31) : cluster * (uint64_t)record;
	uint64_t lcn = get_le64(boot + 48);

	if (!cluster || cluster > 1 << 21 || n < 512 || n > RECORD_MAX || lcn > INT64_MAX / cluster - 1)
		return false;
	*ret_at = lcn * cluster;
	*ret_record = (size_t)n;
	return true;
}

/* The flags of the volume in its record. The two bytes at the ends of sectors are not looked at. */
static unsigned ntfs_flags(const uint8_t *record, size_t n)
{
	size_t at = get_le16(record + 20);

	while (at + 24 <= n) {
		size_t len = get_le32(record + at + 4), value = at + get_le16(record + at + 20);

		if (get_le32(record + at) == NTFS_VOLUME_INFORMATION && !record[at + 8] &&
		    value + 12 <= n)
			return get_le16(record + value + 10);
		if (len < 24 || len > n)
			break;
		at += len;
	}
	return 0;
}

static int check_ntfs(const struct mounted *m, struct err *e)
{
	CLEANUP(fd_close) int fd = open(m->node, O_RDONLY | O_CLOEXEC);
	uint8_t boot[512], record[RECORD_MAX];
	uint64_t at;
	size_t n;

	if (check_hibernated(m, e) < 0)
		return -1;
	if (fd < 0 || pread_full(fd, boot, sizeof(boot), 0) != sizeof(boot) ||
	    !ntfs_table(boot, &at, &n) ||
	    pread_full(fd, record, n, (off_t)(at + 3 * n)) != (ssize_t)n)
		return err_set(e, EIO, "cannot read the NTFS records of '%s'", m->user);
	if (ntfs_flags(record, n) & NTFS_DIRTY)
		return err_set(e, EUCLEAN,
			       "the NTFS file system on '%s' is marked dirty and is not written to; let "
			       "Windows check it: 'chkdsk /f', then 'shutdown /s /t 0'",
			       m->user);
	return 0;
}

/* A Linux that sleeps: which file systems it had mounted, and what it knows of them, is in its memory. */
static int check_suspended(struct guestd *g, struct err *e)
{
	const struct storage *st = storage_of(g);

	if (devices_probe(g, e) < 0)
		return -1;
	for (size_t i = 0; i < st->n_devices; i++) {
		device_probe(st->devices[i]);
		if (device_is(st->devices[i], "swsuspend"))
			return err_set(e, EBUSY,
				       "the system whose memory is on '%s' is hibernated, and would write over what "
				       "is changed now when it goes on; start it and shut it down",
				       st->devices[i]->user);
	}
	return 0;
}

int unclean_check(struct guestd *g, const struct mounted *m, struct err *e)
{
	if (check_suspended(g, e) < 0)
		return -1;
	if (!strncmp(m->type, "ext", 3) && strlen(m->type) == 4)
		return check_ext(m, e);
	if (!strcmp(m->type, "ntfs"))
		return check_ntfs(m, e);
	return 0;
}
