/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See appliance.h. */
#include "vm/appliance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>
#include <nettle/sha2.h>

#include "util/io.h"
#include "util/xalloc.h"

#define MANIFEST_MAX (1u << 20)
#define HELP	     "build it with 'make' or install the guestutils appliance; guest-doctor tells more"

/* The files of an appliance and where their descriptors go. */
static int *file_slot(struct appliance *a, int i, const char **ret_name)
{
	static const char *const names[] = { "vmlinux", "initrd", "root" };
	int *const slots[] = { &a->vmlinux, &a->initrd, &a->root };

	*ret_name = names[i];
	return slots[i];
}

#define N_FILES 3

static void decref(json_t **j)
{
	json_decref(*j);
}

#define JSON_CLEANUP __attribute__((cleanup(decref)))

/* The manifest's object for a file. */
static json_t *manifest_file(json_t *manifest, const char *name)
{
	return json_object_get(json_object_get(manifest, "files"), name);
}

/* Opens one file and holds its size against the manifest's. */
static int open_file(int dirfd, json_t *manifest, const char *name, int *ret_fd, struct err *e)
{
	json_int_t want =
		json_integer_value(json_object_get(manifest_file(manifest, name), "size"));
	struct stat st;

	*ret_fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	if (*ret_fd < 0 || fstat(*ret_fd, &st) < 0)
		return err_sys(e, "open '%s'", name);
	if (st.st_size != want)
		return err_set(e, EINVAL, "'%s' has %lld bytes, its manifest says %lld", name,
			       (long long)st.st_size, (long long)want);
	return 0;
}

/* Opens the appliance in path. */
static struct appliance *open_at(const char *path, struct err *e)
{
	CLEANUP(appliance_close) struct appliance *a = xcalloc(1, sizeof(*a));
	CLEANUP(fd_close) int dirfd = -1;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	JSON_CLEANUP json_t *m = NULL;

	a->vmlinux = a->initrd = a->root = -1;
	a->path = xstrdup(path);
	dirfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return err_sys(e, "cannot open the appliance '%s'", path), NULL;
	if (file_read(dirfd, "manifest.json", MANIFEST_MAX, &b, e) < 0)
		goto bad;
	m = json_loadb(b.data, b.len, 0, NULL);
	if (!m || json_integer_value(json_object_get(m, "format")) != 1) {
		err_set(e, EINVAL, "its manifest.json cannot be read");
		goto bad;
	}
	for (int i = 0; i < N_FILES; i++) {
		const char *name;
		int *fd = file_slot(a, i, &name);

		if (open_file(dirfd, m, name, fd, e) < 0)
			goto bad;
	}
	a->kernel = xstrdup(json_string_value(json_object_get(m, "kernel")) ?: "?");
	a->manifest = buf_take(&b);
	return TAKE(a);
bad:
	err_ctx(e, "the appliance in '%s' is not usable", path);
	err_hint(e, HELP);
	return NULL;
}

/* The appliance of the build tree that this program lies in, or NULL: outside a build tree. */
static char *build_tree_path(void)
{
	static const char *const up[] = { "", "/..", "/../.." };
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	slash = strrchr(exe, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(up); i++) {
		CLEANUP(free) char *mark = xasprintf("%s%s/config.status", exe, up[i]);
		CLEANUP(free) char *p = xasprintf("%s%s/appliance/out", exe, up[i]);
		CLEANUP(free) char *m = xasprintf("%s/manifest.json", p);

		if (access(mark, F_OK) == 0 && access(m, F_OK) == 0)
			return TAKE(p);
	}
	return NULL;
}

struct appliance *appliance_open(const char *folder, struct err *e)
{
	CLEANUP(free) char *tree = NULL;
	const char *env = getenv("GUESTUTILS_APPLIANCE");

	if (folder)
		return open_at(folder, e);
	if (env && *env)
		return open_at(env, e);
	tree = build_tree_path();
	return open_at(tree ? tree : PKGLIBDIR "/appliance", e);
}

/* The SHA-256 of a whole file, in hex. */
static int sha256_hex(int fd, const char *name, char ret_hex[65], struct err *e)
{
	CLEANUP(free) uint8_t *p = xmalloc(1 << 20);
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;
	off_t off = 0;
	ssize_t n;

	sha256_init(&ctx);
	while ((n = pread_full(fd, p, 1 << 20, off)) > 0) {
		sha256_update(&ctx, n, p);
		off += n;
	}
	if (n < 0)
		return err_sys(e, "read '%s'", name);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

int appliance_verify(const struct appliance *a, struct err *e)
{
	JSON_CLEANUP json_t *m = json_loads(a->manifest, 0, NULL);
	struct appliance copy = *a;

	for (int i = 0; i < N_FILES; i++) {
		const char *name, *want;
		int fd = *file_slot(&copy, i, &name);
		char hex[65];

		want = json_string_value(json_object_get(manifest_file(m, name), "sha256"));
		if (sha256_hex(fd, name, hex, e) < 0)
			return -1;
		if (!want || strcmp(want, hex))
			return err_set(e, EINVAL,
				       "'%s/%s' is damaged: its SHA-256 is not the manifest's",
				       a->path, name);
	}
	return 0;
}

void appliance_close(struct appliance *a)
{
	if (!a)
		return;
	free(a->path);
	free(a->manifest);
	free(a->kernel);
	fd_close(a->vmlinux);
	fd_close(a->initrd);
	fd_close(a->root);
	free(a);
}
