/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpmdb.sqlite: a table Packages(hnum INTEGER PRIMARY KEY, blob BLOB). The blobs are read as far
 * as they are needed, which spares most pages of the file.
 */
#include <errno.h>

#include "daemon/inspect/rpm.h"
#include "daemon/inspect/sqlite_fd.h"

#define ROWS_MAX 1000000u

/* As struct rpm_blob's. */
static int blob_read(void *src, size_t off, void *p, size_t n, struct err *e)
{
	if (!sqlite3_blob_read(src, p, (int)n, (int)off))
		return 0;
	return err_set(e, EBADMSG, "a header cannot be read");
}

/* As sqlite_fd_open's. */
static bool goes_on(void *ctx)
{
	struct rpm_db *db = ctx;

	return lister_give(db->l, NULL);
}

/* The package with that number; *at is the blob that was read before it, or NULL. */
static void package(struct rpm_db *db, sqlite3 *h, sqlite3_int64 no, sqlite3_blob **at)
{
	int r = *at ? sqlite3_blob_reopen(*at, no)
		    : sqlite3_blob_open(h, "main", "Packages", "blob", no, 0, at);
	struct err e;

	if (r) {
		err_set(&e, EBADMSG, "package %lld: %s", (long long)no, sqlite3_errmsg(h));
		rpm_broken(db, &e);
		/* One that could not be opened again is of no more use. */
		sqlite3_blob_close(*at);
		*at = NULL;
		return;
	}
	struct rpm_blob blob = { (size_t)sqlite3_blob_bytes(*at), blob_read, *at };
	rpm_package(db, &blob);
}

/* All rows. Their numbers only grow, or the file's tree goes in circles. */
static int rows(struct rpm_db *db, sqlite3 *h, sqlite3_stmt *st, struct err *e)
{
	sqlite3_blob *at = NULL;
	sqlite3_int64 last = INT64_MIN;
	unsigned count = 0;
	int r = SQLITE_DONE;

	while (!db->stop && (r = sqlite3_step(st)) == SQLITE_ROW) {
		sqlite3_int64 no = sqlite3_column_int64(st, 0);

		if ((count && no <= last) || count++ >= ROWS_MAX) {
			r = SQLITE_CORRUPT;
			break;
		}
		last = no;
		package(db, h, no, &at);
	}
	sqlite3_blob_close(at);
	if (db->stop || db->l->ended || r == SQLITE_DONE)
		return 0;
	return err_set(e, EBADMSG, "%s", sqlite3_errstr(r));
}

int rpm_sqlite(struct rpm_db *db, struct err *e)
{
	struct sqlite_fd s = { .db = db->fd, .wal = db->wal };
	sqlite3_stmt *st = NULL;
	int r;

	if (sqlite_fd_open(&s, goes_on, db, e))
		return -1;
	r = sqlite3_prepare_v2(s.handle, "SELECT hnum FROM main.Packages ORDER BY hnum", -1, &st,
			       NULL);
	if (r != SQLITE_OK)
		r = err_set(e, EBADMSG, "%s", sqlite3_errmsg(s.handle));
	else
		r = rows(db, s.handle, st, e);
	sqlite3_finalize(st);
	sqlite_fd_close(&s);
	return r;
}
