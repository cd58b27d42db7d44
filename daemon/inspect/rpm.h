/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm's database: in three formats each package is a number and a header, which is a blob of
 * its own format. The readers of the formats find the blobs, and read of them what is asked.
 */
#ifndef DAEMON_INSPECT_RPM_H
#define DAEMON_INSPECT_RPM_H

#include <stdint.h>

#include "daemon/inspect/lister.h"
#include "util/bytes.h"

/* A database that is being read. */
struct rpm_db {
	struct lister *l;
	int fd;
	int wal;	    /* SQLite's write-ahead log, or -1 */
	const char *path;
	uint64_t size;	    /* of the file */
	uint64_t left;	    /* bytes of headers that may still be read, over all packages */
	unsigned packages;  /* handed on */
	unsigned broken;    /* parts that made no sense */
	bool stop;	    /* no more: l->ended, or too much of it is broken */
	struct buf header;  /* the front of the header in hand */
};

/*
 * A header in its database. read fetches n bytes, all of which lie in size; what it is asked
 * for goes on where the time before ended, from 0. -1 with *e.
 */
struct rpm_blob {
	size_t size;
	int (*read)(void *src, size_t off, void *p, size_t n, struct err *e);
	void *src;
};

/* Makes an application of a header and hands it on; what is wrong with it is kept in db. */
void rpm_package(struct rpm_db *db, const struct rpm_blob *blob);
/* Keeps what is wrong with a part of it; after too many of them db->stop. */
void rpm_broken(struct rpm_db *db, struct err *e);
/* Reads a whole package database of that format. -1 with *e where it cannot be read on. */
int rpm_bdb(struct rpm_db *db, struct err *e);
int rpm_ndb(struct rpm_db *db, struct err *e);
int rpm_sqlite(struct rpm_db *db, struct err *e);

#endif
