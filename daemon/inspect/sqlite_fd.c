/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SQLite opens files by their names, and follows these where a guest leads them. Here it gets a
 * file system of its own that has two files in it: the database, and the write-ahead log if
 * there is one. Both are read by descriptor; nothing can be written, made or removed.
 *
 * A database in WAL mode is not whole without its log: what was committed last is there only.
 * SQLite reads both where it has memory for the log's index; in exclusive locking mode that is
 * its own memory and not a third file. "immutable=1" would leave the log out.
 *
 * What the file says is hostile: its schema is not trusted, nothing but reading of tables is
 * allowed, and all that SQLite may allocate is bounded.
 */
#include "sqlite_fd.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"

#define VFS_NAME  "guestutils-fd"
#define DB_NAME	  "/db"
#define WAL_NAME  "/db-wal"
#define HEAP_MAX  (64ll << 20)
#define VALUE_MAX (256 << 20)
#define STEPS	  20000 /* of its machine between two questions whether to go on */

/* An open file, as SQLite wants it: with the methods first. */
struct file {
	sqlite3_file base;
	int fd; /* -1: there is nothing in it */
};

static int at_close(sqlite3_file *f)
{
	(void)f;
	return SQLITE_OK;
}

static int at_read(sqlite3_file *f, void *p, int n, sqlite3_int64 off)
{
	const struct file *own = (const struct file *)(const void *)f;
	ssize_t got = own->fd < 0 ? 0 : pread_full(own->fd, p, (size_t)n, off);

	if (got == n)
		return SQLITE_OK;
	if (got < 0)
		return SQLITE_IOERR_READ;
	memset((char *)p + got, 0, (size_t)(n - got));
	return SQLITE_IOERR_SHORT_READ;
}

static int at_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 off)
{
	(void)f;
	(void)p;
	(void)n;
	(void)off;
	return SQLITE_READONLY;
}

static int at_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	(void)f;
	(void)size;
	return SQLITE_READONLY;
}

static int at_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	const struct file *own = (const struct file *)(const void *)f;
	struct stat st = { 0 };

	if (own->fd >= 0 && fstat(own->fd, &st))
		return SQLITE_IOERR_FSTAT;
	*ret = st.st_size;
	return SQLITE_OK;
}

/* Of sync, lock and unlock: nobody else is there. */
static int at_flags(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return SQLITE_OK;
}

static int at_reserved(sqlite3_file *f, int *ret)
{
	(void)f;
	*ret = 0;
	return SQLITE_OK;
}

static int at_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int at_sector(sqlite3_file *f)
{
	(void)f;
	return 4096;
}

static int at_traits(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = at_close,
	.xRead = at_read,
	.xWrite = at_write,
	.xTruncate = at_truncate,
	.xSync = at_flags,
	.xFileSize = at_size,
	.xLock = at_flags,
	.xUnlock = at_flags,
	.xCheckReservedLock = at_reserved,
	.xFileControl = at_control,
	.xSectorSize = at_sector,
	.xDeviceCharacteristics = at_traits,
};

/* Only what is of the database itself; where SQLite wants to sort in a file, there is none. */
static int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags)
{
	const struct sqlite_fd *s = v->pAppData;
	struct file *own = (struct file *)(void *)f;

	memset(own, 0, sizeof(*own));
	if (!name || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
		return SQLITE_CANTOPEN;
	own->base.pMethods = &methods;
	own->fd = flags & SQLITE_OPEN_WAL ? s->wal : s->db;
	if (ret_flags)
		*ret_flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) |
			     SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
	(void)v;
	(void)name;
	(void)sync;
	return SQLITE_READONLY;
}

static int vfs_access(sqlite3_vfs *v, const char *name, int flags, int *ret)
{
	const struct sqlite_fd *s = v->pAppData;

	(void)flags;
	*ret = strcmp(name, DB_NAME) == 0 || (strcmp(name, WAL_NAME) == 0 && s->wal >= 0);
	return SQLITE_OK;
}

static int vfs_path(sqlite3_vfs *v, const char *name, int n, char *ret)
{
	(void)v;
	if (n <= (int)strlen(name))
		return SQLITE_CANTOPEN;
	memcpy(ret, name, strlen(name) + 1);
	return SQLITE_OK;
}

/* For names of temporary files and the like, which there are none of. */
static int vfs_randomness(sqlite3_vfs *v, int n, char *p)
{
	(void)v;
	memset(p, 0x55, (size_t)n);
	return n;
}

static int vfs_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}

static int vfs_time(sqlite3_vfs *v, double *ret)
{
	(void)v;
	*ret = 2440587.5; /* 1970 */
	return SQLITE_OK;
}

/* Reading of tables, and nothing else. */
static int authorize(void *ctx, int what, const char *a, const char *b, const char *c,
		     const char *d)
{
	(void)ctx;
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return what == SQLITE_SELECT || what == SQLITE_READ ? SQLITE_OK : SQLITE_DENY;
}

/* The progress handler: anything but 0 ends what SQLite is doing. */
static int ask(void *ctx)
{
	struct sqlite_fd *s = ctx;

	return !s->goes_on(s->ctx);
}

/* What a hostile file could make use of is switched off, before anything of it is read. */
static int harden(sqlite3 *db)
{
	static const struct {
		int option, value;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 0 },
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
	};
	static const struct {
		int id, max;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, VALUE_MAX },   { SQLITE_LIMIT_SQL_LENGTH, 65536 },
		{ SQLITE_LIMIT_COLUMN, 100 },	      { SQLITE_LIMIT_EXPR_DEPTH, 20 },
		{ SQLITE_LIMIT_COMPOUND_SELECT, 3 },  { SQLITE_LIMIT_VDBE_OP, 25000 },
		{ SQLITE_LIMIT_ATTACHED, 0 },	      { SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50 },
		{ SQLITE_LIMIT_VARIABLE_NUMBER, 10 }, { SQLITE_LIMIT_TRIGGER_DEPTH, 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (sqlite3_db_config(db, options[i].option, options[i].value, NULL))
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		sqlite3_limit(db, limits[i].id, limits[i].max);
	sqlite3_hard_heap_limit64(HEAP_MAX);
	/* cache_size: in KiB where it is negative. */
	if (sqlite3_exec(db,
			 "PRAGMA locking_mode=EXCLUSIVE; PRAGMA cell_size_check=ON;"
			 "PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8192",
			 NULL, NULL, NULL))
		return -1;
	sqlite3_set_authorizer(db, authorize, NULL);
	return 0;
}

int sqlite_fd_open(struct sqlite_fd *s, bool (*goes_on)(void *), void *ctx, struct err *e)
{
	s->goes_on = goes_on;
	s->ctx = ctx;
	s->handle = NULL;
	s->vfs = (sqlite3_vfs){ .iVersion = 1,
				.szOsFile = sizeof(struct file),
				.mxPathname = 64,
				.zName = VFS_NAME,
				.pAppData = s,
				.xOpen = vfs_open,
				.xDelete = vfs_delete,
				.xAccess = vfs_access,
				.xFullPathname = vfs_path,
				.xRandomness = vfs_randomness,
				.xSleep = vfs_sleep,
				.xCurrentTime = vfs_time };
	if (sqlite3_vfs_register(&s->vfs, 0))
		return err_set(e, EIO, "SQLite does not start");
	if (sqlite3_open_v2(DB_NAME, &s->handle,
			    SQLITE_OPEN_READONLY | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOMUTEX,
			    VFS_NAME) ||
	    harden(s->handle)) {
		err_set(e, EIO, "SQLite does not open it: %s", sqlite3_errmsg(s->handle));
		sqlite_fd_close(s);
		return -1;
	}
	sqlite3_progress_handler(s->handle, STEPS, ask, s);
	return 0;
}

void sqlite_fd_close(struct sqlite_fd *s)
{
	sqlite3_close(s->handle);
	s->handle = NULL;
	/* The limit is the process's. */
	sqlite3_hard_heap_limit64(0);
	sqlite3_vfs_unregister(&s->vfs);
}
