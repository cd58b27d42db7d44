/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm's own format "ndb", Packages.db; all numbers are little endian:
 *
 *   page 0    "RpmP" version generation slotnpages nextpkgidx ...
 *   at 32     slots, to the end of slotnpages pages: "Slot" pkgidx blkoff blkcnt
 *   blkoff    in units of 16 bytes: "BlbS" pkgidx generation length, and the header
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "daemon/inspect/rpm.h"
#include "util/cleanup.h"
#include "util/io.h"

#define PAGE	  4096u
#define UNIT	  16u /* of a slot, and in which places are counted */
#define FIRST	  2u  /* the first slot, in units */
#define PAGES_MAX 4096u /* of slots: a million packages */

/* A header's place. */
struct place {
	const struct rpm_db *db;
	uint64_t at;
};

/* As struct rpm_blob's. */
static int place_read(void *src, size_t off, void *p, size_t n, struct err *e)
{
	const struct place *at = src;
	ssize_t got = pread_full(at->db->fd, p, n, (off_t)(at->at + off));

	if (got == (ssize_t)n)
		return 0;
	return got < 0 ? err_sys(e, "read") : err_set(e, EBADMSG, "a header is cut short");
}

/* The package of a slot. */
static int slot(struct rpm_db *db, const char *s, struct err *e)
{
	uint32_t index = get_le32(s + 4);
	struct place at = { db, (uint64_t)get_le32(s + 8) * UNIT };
	struct rpm_blob blob = { .read = place_read, .src = &at };
	char head[UNIT];
	struct err bad;

	if (memcmp(s, "Slot", 4) != 0)
		return err_set(e, EBADMSG, "its table is damaged");
	if (!index)
		return 0;
	if (at.at + UNIT > db->size ||
	    pread_full(db->fd, head, UNIT, (off_t)at.at) != (ssize_t)UNIT ||
	    memcmp(head, "BlbS", 4) != 0 || get_le32(head + 4) != index) {
		err_set(&bad, EBADMSG, "'%s': package %u is damaged", db->path, index);
		lister_trouble(db->l, &bad);
		return 0;
	}
	blob.size = get_le32(head + 12);
	at.at += UNIT;
	if (blob.size > db->size - at.at)
		blob.size = (size_t)(db->size - at.at);
	rpm_package(db, &blob);
	return 0;
}

int rpm_ndb(struct rpm_db *db, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	uint32_t pages;
	char head[UNIT];

	if (pread_full(db->fd, head, UNIT, 0) != (ssize_t)UNIT || memcmp(head, "RpmP", 4) != 0)
		return err_set(e, EBADMSG, "it is not a package database");
	pages = get_le32(head + 12);
	if (!pages || pages > PAGES_MAX || (uint64_t)pages * PAGE > db->size)
		return err_set(e, EBADMSG, "its table is damaged");
	if (pread_full(db->fd, buf_room(&b, pages * PAGE), pages * PAGE, 0) !=
	    (ssize_t)pages * PAGE)
		return err_set(e, EIO, "its table cannot be read");
	for (size_t i = FIRST; i < pages * PAGE / UNIT && !db->stop; i++)
		if (slot(db, b.data + i * UNIT, e))
			return -1;
	return 0;
}
