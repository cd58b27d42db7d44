/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SQLite on files of a guest: read through descriptors, never through names, never written. */
#ifndef DAEMON_INSPECT_SQLITE_FD_H
#define DAEMON_INSPECT_SQLITE_FD_H

#include <sqlite3.h>
#include <stdbool.h>

#include "util/err.h"

/* A database and the log of what was not yet moved into it. */
struct sqlite_fd {
	int db;	     /* open for reading */
	int wal;     /* the same, or -1: none */
	sqlite3 *handle;
	/* sqlite_fd.c's own: */
	sqlite3_vfs vfs;
	bool (*goes_on)(void *ctx);
	void *ctx;
};

/*
 * Opens the database of s->db and s->wal, which stay the caller's and stay open. One at a
 * time in a process. goes_on is asked now and then while SQLite works, and ends that with
 * false. On failure there is nothing to close.
 */
int sqlite_fd_open(struct sqlite_fd *s, bool (*goes_on)(void *), void *ctx, struct err *e);
void sqlite_fd_close(struct sqlite_fd *s);

#endif
