/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernels of a guest, the initramfs of each, and whether they can start from a virtio disk.
 *
 * Kernels are found by their names and in the boot loader's entries; the same file is listed
 * once. virtio: "yes" where the driver of a virtio disk is built in (modules.builtin) or in the
 * initramfs, "no" where neither is the case, "" where that cannot be told: the initramfs is
 * damaged, or packed in a way not known here, or it would take too long. The newest come first,
 * in the list as in the share of that work.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "details.h"
#include "details_text.h"
#include "initramfs.h"
#include "kernel_image.h"
#include "util/io.h"
#include "util/xalloc.h"

#define KERNELS_MAX 64
#define ENTRIES_MAX 64
#define ENTRY_MAX   ((size_t)64 << 10)
#define BUILTIN_MAX ((size_t)1 << 20)
#define PATH_LONG   1024		/* paths in entries that are longer are passed over */
#define WORK_MAX    ((uint64_t)128 << 10) /* on all initramfs together; see initramfs.h */

/* A kernel that was found. */
struct kernel {
	char *path; /* without the first slash */
	char *suffix; /* of its name: "6.1.0-18-amd64", "linux" */
	char *version;
	char *initramfs; /* the same as path in a unified image; NULL: none */
	const char *virtio;
	struct kernel_image image;
	dev_t dev;
	ino_t ino;
};

struct kernels {
	struct details *d;
	struct kernel *v;
	size_t n;
};

/* Where kernels are. */
static const struct kernel_row {
	const char *pattern;
	const char *prefix; /* of the file's name; NULL: the folder's name is the version */
	bool copy;	    /* only where there is no other one of that version */
} rows[] = {
	{ "boot/vmlinuz-*", "vmlinuz-", false },
	{ "boot/vmlinuz", "vmlinuz", false },
	{ "boot/Image*", "Image", false },
	{ "boot/bzImage*", "bzImage", false },
	{ "boot/zImage*", "zImage", false },
	{ "boot/uImage*", "uImage", false },
	{ "boot/kernel-*", "kernel-", false },
	{ "boot/ostree/*/vmlinuz-*", "vmlinuz-", false },
	{ "boot/vmlinux-*", "vmlinux-", true },
	{ "vmlinuz", "vmlinuz", true },
	{ "usr/lib/modules/*/vmlinuz", NULL, true },
	{ "lib/modules/*/vmlinuz", NULL, true },
};

/* What an initramfs is called, beside its kernel, with the suffix or the version of that. */
static const char *const initramfs_names_of[] = {
	"initrd.img-%s", "initramfs-%s.img", "initrd-%s", "initrd-%s.img", "initramfs-%s",
	"initramfs-%s.img-dracut",
};
/* And where the folder says which it is. */
static const char *const initramfs_plain[] = { "initramfs.img", "initrd", "initrd.img", "initrd.gz" };

/* What drives virtio disks. */
static const char *const drivers[] = { "virtio_blk.ko", "virtio_scsi.ko" };

static void kernels_release(struct kernels *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->v[i].path);
		free(k->v[i].suffix);
		free(k->v[i].version);
		free(k->v[i].initramfs);
	}
	free(k->v);
}

static inline void kernels_release_p(struct kernels *k)
{
	kernels_release(k);
}

/* The one that is that very file, or NULL. */
static struct kernel *find_file(struct kernels *k, const struct stat *st)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->v[i].dev == st->st_dev && k->v[i].ino == st->st_ino)
			return &k->v[i];
	return NULL;
}

static bool has_version(const struct kernels *k, const char *version)
{
	for (size_t i = 0; i < k->n; i++)
		if (!strcmp(k->v[i].version, version))
			return true;
	return false;
}

/* Does that look like a version, and not like a name ("linux", "lts", "0-rescue-…")? */
static bool is_version(const char *s)
{
	return *s >= '0' && *s <= '9' && strchr(s, '.') && strncmp(s, "0-", 2);
}

/* A copy of a name's suffix without what tells of compression. */
static char *without_ending(const char *s)
{
	static const char *const endings[] = { ".gz", ".xz", ".zst", ".efi", ".old" };
	size_t len = strlen(s);

	for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
		const size_t n = strlen(endings[i]);

		if (len > n && !strcmp(s + len - n, endings[i]))
			len -= n;
	}
	return xmemdup0(s, len);
}

/*
 * Adds the kernel in a file unless it is known; suffix is what it is called by. Returns it, or
 * NULL where there is none, or no room.
 */
static struct kernel *add(struct kernels *k, const char *path, const char *suffix, bool copy)
{
	struct kernel_image image;
	struct stat st;
	struct err e;
	CLEANUP(fd_close) int fd = below_open_file(k->d->root, path, O_RDONLY, &st, &e);

	if (fd < 0)
		return NULL;
	struct kernel *known = find_file(k, &st);
	if (known)
		return known;
	kernel_image_read(fd, &image);
	CLEANUP(free) char *plain = without_ending(suffix);
	const char *version = *image.version ? image.version : is_version(plain) ? plain : "";
	if (copy && has_version(k, version))
		return NULL;
	k->v = xreallocarray(k->v, k->n + 1, sizeof(*k->v));
	k->v[k->n] = (struct kernel){
		.path = xstrdup(path),
		.suffix = xstrdup(suffix),
		.version = xstrdup(version),
		.initramfs = image.initrd ? xstrdup(path) : NULL,
		.virtio = "",
		.image = image,
		.dev = st.st_dev,
		.ino = st.st_ino,
	};
	return &k->v[k->n++];
}

/* The name of the folder that a file is in; the caller frees. */
static char *folder_name_of(const char *path)
{
	const char *end = strrchr(path, '/');
	const char *start = end;

	while (start && start > path && start[-1] != '/')
		start--;
	return start ? xmemdup0(start, (size_t)(end - start)) : xstrdup("");
}

/* Is it a file that lies beside a kernel, and has its name? */
static bool is_beside(const char *base)
{
	static const char *const patterns[] = { "*.dpkg-*", "*.rpm*", "*.hmac", "*.sig", "*~" };

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		if (!fnmatch(patterns[i], base, 0))
			return true;
	return false;
}

/* A file that a row has found. */
static void add_by_row(struct kernels *k, const struct kernel_row *row, const char *path)
{
	const char *base = strrchr(path, '/');
	CLEANUP(free) char *folder = row->prefix ? NULL : folder_name_of(path);

	base = base ? base + 1 : path;
	if (is_beside(base))
		return;
	if (!folder) {
		base += strlen(row->prefix);
		base += *base == '-';
	}
	add(k, path, folder ? folder : base, row->copy);
}

/* In what order they are listed: the newest first, then those of no known version. */
static int by_version(const void *a, const void *b)
{
	const struct kernel *x = a, *y = b;
	const int order = strverscmp(y->version, x->version);

	return order ? order : strcmp(x->path, y->path);
}

/* The file that an entry in folder esp names, without the first slash; NULL: it is not there. */
static char *entry_file(struct kernels *k, const char *esp, const char *name)
{
	const char *const folders[] = { esp, ".", "boot" };

	name += strspn(name, "/");
	if (strlen(name) > PATH_LONG)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		CLEANUP(free) char *path =
			strcmp(folders[i], ".") ? xasprintf("%s/%s", folders[i], name) :
						  xstrdup(name);

		if (below_is(k->d->root, path, S_IFREG))
			return TAKE(path);
	}
	return NULL;
}

/* An entry of the boot loader: a kernel with a name of its own, or an initramfs with one. */
static void read_entry(struct kernels *k, const char *esp, const char *path)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	CLEANUP(boot_entry_release) struct boot_entry b = { 0 };
	struct err e;

	if (below_read(k->d->root, path, ENTRY_MAX, &text, &e) < 0)
		return;
	text_boot_entry(text.data, text.len, &b);
	CLEANUP(free) char *file = b.kernel ? entry_file(k, esp, b.kernel) : NULL;
	CLEANUP(free) char *initrd = b.initrd ? entry_file(k, esp, b.initrd) : NULL;
	struct kernel *found = file ? add(k, file, b.version ? b.version : "", false) : NULL;
	if (found && !found->initramfs)
		found->initramfs = TAKE(initrd);
}

/* Entries and unified images below each folder that can be the EFI system partition. */
static void find_entries(struct kernels *k)
{
	for (size_t i = 0; details_esp[i]; i++) {
		const char *esp = details_esp[i];
		CLEANUP(free) char *entries = xasprintf("%s/loader/entries/*.conf", esp);
		CLEANUP(free) char *images = xasprintf("%s/EFI/Linux/*.efi", esp);
		CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;

		glob_add(&k->d->glob, k->d->root, entries, &paths);
		for (size_t j = paths.n; j > 0 && paths.n - j < ENTRIES_MAX; j--)
			read_entry(k, esp, paths.v[j - 1]);
		strvec_release(&paths);
		glob_add(&k->d->glob, k->d->root, images, &paths);
		for (size_t j = 0; j < paths.n; j++) {
			const char *base = strrchr(paths.v[j], '/') + 1;

			add(k, paths.v[j] + (paths.v[j][0] == '.' ? 2 : 0), base, false);
		}
	}
}

/* Takes, as the kernel's initramfs, folder/NAME if it is there. */
static bool try_initramfs(struct kernels *k, struct kernel *kn, const char *name)
{
	const char *slash = strrchr(kn->path, '/');
	CLEANUP(free) char *path =
		xasprintf("%.*s%s", slash ? (int)(slash + 1 - kn->path) : 0, kn->path, name);

	if (!below_is(k->d->root, path, S_IFREG))
		return false;
	kn->initramfs = TAKE(path);
	return true;
}

/* The name of a row with the word in the place of its %s. */
static char *name_with(const char *row, const char *word)
{
	const char *at = strstr(row, "%s");

	return xasprintf("%.*s%s%s", (int)(at - row), row, word, at + 2);
}

/* Looks for the kernel's initramfs. */
static void find_initramfs(struct kernels *k, struct kernel *kn)
{
	const char *const words[] = { kn->suffix, kn->version };

	for (size_t w = 0; w < ARRAY_SIZE(words) && !kn->initramfs; w++) {
		for (size_t i = 0; *words[w] && i < ARRAY_SIZE(initramfs_names_of); i++) {
			CLEANUP(free) char *name = name_with(initramfs_names_of[i], words[w]);

			if (try_initramfs(k, kn, name))
				return;
		}
	}
	const bool alone = !*kn->suffix || strstr(kn->path, "lib/modules/");
	for (size_t i = 0; alone && !kn->initramfs && i < ARRAY_SIZE(initramfs_plain); i++)
		try_initramfs(k, kn, initramfs_plain[i]);
}

/* Is the driver of a virtio disk built into that version? *ret_known: there is a list of it. */
static bool is_builtin(struct kernels *k, const char *version, bool *ret_known)
{
	static const char *const folders[] = { "usr/lib/modules", "lib/modules" };

	*ret_known = false;
	for (size_t i = 0; *version && !strchr(version, '/') && i < ARRAY_SIZE(folders); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		CLEANUP(free) char *path = xasprintf("%s/%s/modules.builtin", folders[i], version);
		struct err e;

		if (below_read(k->d->root, path, BUILTIN_MAX, &text, &e) < 0)
			continue;
		*ret_known = true;
		buf_addch(&text, '\0');
		for (size_t j = 0; j < ARRAY_SIZE(drivers); j++)
			if (strstr(text.data, drivers[j]))
				return true;
	}
	return false;
}

/* Goes on until the name of a driver comes by. */
static bool is_no_driver(void *ctx, const char *name)
{
	const char *base = strrchr(name, '/');

	(void)ctx;
	base = base ? base + 1 : name;
	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++)
		if (!strncmp(base, drivers[i], strlen(drivers[i])))
			return false;
	return true;
}

/* Is a driver in the initramfs? */
static const char *look_into(struct kernels *k, const struct kernel *kn, uint64_t *work)
{
	static const char *const words[] = {
		[INITRAMFS_ENOUGH] = "yes",
		[INITRAMFS_ALL] = "no",
		[INITRAMFS_UNKNOWN] = "",
	};
	struct stat st;
	struct err e;
	CLEANUP(fd_close) int fd = below_open_file(k->d->root, kn->initramfs, O_RDONLY, &st, &e);
	uint64_t at = 0, end;

	if (fd < 0)
		return "";
	end = (uint64_t)st.st_size;
	if (kn->image.initrd && !strcmp(kn->initramfs, kn->path)) {
		at = kn->image.initrd;
		end = at + kn->image.initrd_size < end ? at + kn->image.initrd_size : end;
	}
	if (at >= end)
		return "";
	return words[initramfs_names(fd, at, end, work, is_no_driver, NULL)];
}

static const char *virtio_of(struct kernels *k, const struct kernel *kn, uint64_t *work)
{
	bool known;

	if (is_builtin(k, kn->version, &known))
		return "yes";
	if (kn->initramfs)
		return look_into(k, kn, work);
	return known ? "no" : "";
}

void details_kernels(struct details *d)
{
	CLEANUP(kernels_release) struct kernels k = { .d = d };
	uint64_t work = WORK_MAX;
	wire_kernels *list = &d->ret->kernels;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;

		glob_add(&d->glob, d->root, rows[i].pattern, &paths);
		for (size_t j = 0; j < paths.n; j++)
			add_by_row(&k, &rows[i], paths.v[j]);
	}
	find_entries(&k);
	if (k.n)
		qsort(k.v, k.n, sizeof(*k.v), by_version);
	if (k.n > KERNELS_MAX)
		details_warn(d, "there are %zu kernels; those beyond the newest %d are left out",
			     k.n, KERNELS_MAX);
	list->v = xcalloc(KERNELS_MAX, sizeof(*list->v));
	for (size_t i = 0; i < k.n && i < KERNELS_MAX; i++) {
		struct kernel *kn = &k.v[i];

		if (!kn->initramfs)
			find_initramfs(&k, kn);
		kn->virtio = virtio_of(&k, kn, &work);
		list->v[list->n++] = (wire_kernel){
			.path = xasprintf("/%s", kn->path),
			.version = xstrdup(kn->version),
			.initramfs = kn->initramfs ? xasprintf("/%s", kn->initramfs) : xstrdup(""),
			.virtio = xstrdup(kn->virtio),
		};
	}
}
