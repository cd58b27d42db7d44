/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Package databases from hostile bytes: the first says of which kind, the rest is its file.
 * See fuzz-image.c for how to build it.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/inspect/applications.h"
#include "daemon/inspect/gvariant.h"
#include "daemon/inspect/rpm.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define APPS_MAX 10000 /* then the call is cancelled */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The text formats, by letter. Each of their files lies in a folder of its own. */
static const struct {
	char letter;
	const char *path;
	int (*list)(int root, application_fn fn, void *ctx, struct err *e);
} texts[] = {
	{ 'd', "var/lib/dpkg/status", apps_dpkg },
	{ 'a', "lib/apk/db/installed", apps_apk },
	{ 'p', "var/lib/pacman/local/x/desc", apps_pacman },
	{ 'x', "var/db/xbps/pkgdb-0.38.plist", apps_xbps },
	{ 'i', "var/lib/pisi/package/x/metadata.xml", apps_pisi },
	{ 's', "var/lib/snapd/state.json", apps_snap },
};

/* rpm's. */
static const struct {
	char letter;
	int (*read)(struct rpm_db *db, struct err *e);
} rpms[] = {
	{ 'b', rpm_bdb },
	{ 'n', rpm_ndb },
	{ 'q', rpm_sqlite },
};

/* Looks at every string of an application. */
static int take(void *ctx, wire_application *a, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	unsigned *count = ctx;

	if (a && application_encode(&b, a, e))
		__builtin_trap();
	return ++*count > APPS_MAX ? err_set(e, 1, "enough") : 0;
}

/* The folder that is the guest's root, for the whole run. */
static char path[] = "/dev/shm/fuzz-apps.XXXXXX";

static int remove_one(const char *name, const struct stat *st, int type, struct FTW *f)
{
	(void)st;
	(void)type;
	(void)f;
	return remove(name);
}

static void remove_folder(void)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Makes it, with the folders of all paths. */
static int folder(void)
{
	static int root = -1;

	if (root >= 0 || !mkdtemp(path))
		return root;
	atexit(remove_folder);
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(free) char *name = xstrdup(texts[i].path);

		for (char *p = name; (p = strchr(p, '/')); *p++ = '/') {
			*p = '\0';
			mkdirat(root, name, 0700);
		}
	}
	return root;
}

/* A database of rpm's, in a file without a name. */
static void rpm(int (*fn)(struct rpm_db *, struct err *), const uint8_t *data, size_t n)
{
	CLEANUP(fd_close) int fd = memfd_create("fuzz", MFD_CLOEXEC);
	unsigned count = 0;
	struct lister l = { .root = -1, .fn = take, .ctx = &count };
	struct rpm_db db = {
		.l = &l, .fd = fd, .wal = -1, .path = "fuzz", .size = n, .left = 64 << 20
	};
	struct err e = ERR_INIT;

	if (fd < 0 || write_full(fd, data, n))
		return;
	if (fn(&db, &e) ? !e.msg[0] : !!e.msg[0])
		__builtin_trap();
	buf_release(&db.header);
}

/* A file of text. */
static void text(size_t i, const uint8_t *data, size_t n)
{
	int root = folder();
	CLEANUP(fd_close)
	int fd = openat(root, texts[i].path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	unsigned count = 0;
	struct err e = ERR_INIT;

	if (fd < 0 || write_full(fd, data, n))
		return;
	if (texts[i].list(root, take, &count, &e) ? !e.msg[0] : !!e.msg[0])
		__builtin_trap();
	unlinkat(root, texts[i].path, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].letter == data[0])
			text(i, data + 1, n - 1);
	for (size_t i = 0; i < ARRAY_SIZE(rpms); i++)
		if (rpms[i].letter == data[0])
			rpm(rpms[i].read, data + 1, n - 1);
	if (data[0] == 'f') {
		CLEANUP(free) char *copy = xmemdup0(data + 1, n - 1);
		const struct gvariant v = { copy, n - 1 };
		const char *name = gvariant_deploy_text(v, "appdata-name");

		if (name && strlen(name) >= n)
			__builtin_trap();
	}
	return 0;
}

#ifdef FUZZ_STANDALONE
int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		struct err e;

		if (file_read(AT_FDCWD, argv[i], 16 << 20, &b, &e) < 0) {
			fprintf(stderr, "%s\n", e.msg);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)(b.data ? b.data : ""), b.len);
	}
	return 0;
}
#endif
