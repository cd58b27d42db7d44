/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpm's packages, in each format that its database ever had.
 *
 * Why not librpm, which reads them all? It was made for a database that one trusts. It wants
 * its folder of macros and a configuration, of which it runs programs; errors in a database go
 * to its own log, and to exit() at worst; one of its readers is a choice of who built it. It
 * brings Lua, a crypto library, and a start of some 100 ms where each new page of code has to
 * be translated first; and it takes in each header whole, of which nine tenths are lists of
 * files. What is needed of a header is a walk along one table. SQLite is another matter: its
 * format is a world, the library is made for hostile files, and it does read them here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/inspect/rpm.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define HEADERS_MAX (1ull << 30) /* bytes that are read of a database's headers */
#define LOG_MAX	    (256ll << 20) /* of a write-ahead log */

/* Where a database may be. Some are links to another: one database is read once. */
static const char *const folders[] = {
	"/usr/lib/sysimage/rpm",
	"/var/lib/rpm",
	"/usr/share/rpm", /* ostree */
};

/* Newest first: what an upgrade left behind is older. Of one folder one that is not empty counts. */
static const struct format {
	const char *name;
	int (*read)(struct rpm_db *db, struct err *e);
} formats[] = {
	{ "rpmdb.sqlite", rpm_sqlite },
	{ "Packages.db", rpm_ndb },
	{ "Packages", rpm_bdb },
};

/* Opens the write-ahead log beside a database: -1 where there is none that can be used. */
static int open_wal(struct lister *l, const char *path)
{
	CLEANUP(free) char *wal = xasprintf("%s-wal", path);
	struct stat st;
	struct err e;
	CLEANUP(fd_close) int fd = below_open_file(l->root, wal, O_RDONLY, &st, &e);

	if (fd >= 0 && st.st_size > LOG_MAX)
		err_set(&e, EFBIG, "'%s' is too large, and what is in it is not listed", wal);
	else if (fd >= 0)
		return TAKE_FD(fd);
	if (e.no != ENOENT)
		lister_trouble(l, &e);
	return -1;
}

/*
 * The older kind of log beside a database has what was there before a change that did not
 * come to its end. To take that back the file would have to be written to.
 */
static void journal_trouble(struct lister *l, const char *path)
{
	CLEANUP(free) char *journal = xasprintf("%s-journal", path);
	struct stat st;
	struct err e;
	CLEANUP(fd_close) int fd = below_open_file(l->root, journal, O_RDONLY, &st, &e);

	if (fd < 0 || !st.st_size)
		return;
	err_set(&e, EBUSY, "'%s' was being changed when the guest stopped, and is read as it is",
		path);
	lister_trouble(l, &e);
}

/* Reads one database; how many packages were in it. */
static unsigned database(struct lister *l, const struct format *f, const char *path, int fd,
			 uint64_t size)
{
	const bool is_sqlite = f->read == rpm_sqlite;
	CLEANUP(fd_close) int wal = is_sqlite ? open_wal(l, path) : -1;
	struct rpm_db db = {
		.l = l, .fd = fd, .wal = wal, .path = path, .size = size, .left = HEADERS_MAX
	};
	struct err e;

	if (is_sqlite)
		journal_trouble(l, path);
	if (f->read(&db, &e)) {
		err_ctx(&e, "'%s'", path);
		lister_trouble(l, &e);
	}
	buf_release(&db.header);
	return db.packages;
}

/* The database of a folder. */
static void folder(struct lister *l, const char *dir, struct files_seen *seen)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats) && !l->ended; i++) {
		CLEANUP(free) char *path = xasprintf("%s/%s", dir, formats[i].name);
		struct stat st;
		struct err e;
		CLEANUP(fd_close) int fd = below_open_file(l->root, path, O_RDONLY, &st, &e);

		if (fd < 0) {
			if (e.no != ENOENT && e.no != ENOTDIR)
				lister_trouble(l, &e);
			continue;
		}
		if (lister_seen(l, path, seen) ||
		    (st.st_size && database(l, &formats[i], path, fd, (uint64_t)st.st_size)))
			return;
	}
}

int apps_rpm(int root, application_fn fn, void *ctx, struct err *e)
{
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };
	struct files_seen seen = { .n = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		folder(&l, folders[i], &seen);
	return lister_end(&l, e);
}
