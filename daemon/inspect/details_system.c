/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users, logs, cloud-init, SELinux, and how full the file systems are. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>

#include "daemon/below.h"
#include "daemon/storage.h"
#include "details.h"
#include "details_text.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "win_path.h"

#define PASSWD_MAX ((size_t)4 << 20)
#define TEXT_MAX   ((size_t)1 << 20)
#define USERS_MAX  1000

/* Reads a text, if it is there; one that cannot be read is a warning. */
static bool read_text(struct details *d, const char *path, size_t max, struct buf *b)
{
	CLEANUP(free) char *full = xasprintf("/%s", path);
	struct err e = ERR_INIT;

	if (below_read(d->root, full, max, b, &e) == 0)
		return true;
	if (e.no != ENOENT && e.no != ENOTDIR)
		details_warn(d, "%s", e.msg);
	return false;
}

void details_users(struct details *d)
{
	CLEANUP(buf_release) struct buf passwd = BUF_INIT;
	CLEANUP(buf_release) struct buf shells = BUF_INIT;

	if (!read_text(d, "etc/passwd", PASSWD_MAX, &passwd))
		return;
	if (!read_text(d, "etc/shells", TEXT_MAX, &shells))
		shells.len = 0;
	if (!text_users(passwd.data, passwd.len, shells.data, shells.len, USERS_MAX,
			&d->ret->users))
		details_warn(d, "more than %d users can log in; the rest is left out", USERS_MAX);
}

/* What a system that runs writes to; some of it is written at every boot. */
static const char *const logs[] = {
	"var/log/journal/*/*.journal",
	"var/log/auth.log",
	"var/log/boot.log",
	"var/log/cron",
	"var/log/cron.log",
	"var/log/daemon.log",
	"var/log/dmesg",
	"var/log/kern.log",
	"var/log/lastlog",
	"var/log/messages",
	"var/log/secure",
	"var/log/syslog",
	"var/log/user.log",
	"var/log/wtmp",
	"var/log/wtmp.db",
	"var/lib/wtmpdb/wtmp.db",
};

/* The same of Windows, whose folders are spelled in any case. */
static const struct {
	const char *folder, *names;
} windows_logs[] = {
	{ "windows/system32/winevt/logs", "*.evtx" },
	{ "windows/system32/config", "*.evt" },
	{ "winnt/system32/config", "*.evt" },
};

/* Adds the logs that there are. */
static void find_logs(struct details *d, struct strvec *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++)
		glob_add(&d->glob, d->root, logs[i], ret);
	for (size_t i = 0; details_is_windows(d) && i < ARRAY_SIZE(windows_logs); i++) {
		CLEANUP(free) char *folder = win_find(d->root, windows_logs[i].folder);
		CLEANUP(free) char *pattern =
			folder ? xasprintf("%s/%s", folder + 1, windows_logs[i].names) : NULL;

		if (pattern && !strpbrk(folder, "*?"))
			glob_add(&d->glob, d->root, pattern, ret);
	}
}

void details_last_log(struct details *d)
{
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;

	find_logs(d, &paths);
	for (size_t i = 0; i < paths.n; i++) {
		CLEANUP(fd_close) int fd = below_open(d->root, paths.v[i], O_PATH, 0);
		struct stat st;

		if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
			continue;
		if (!d->ret->logged || st.st_mtime > d->ret->last_log)
			d->ret->last_log = st.st_mtime;
		d->ret->logged = true;
	}
}

void details_cloud_init(struct details *d)
{
	static const char *const signs[] = { "etc/cloud/cloud.cfg", "usr/bin/cloud-init",
					     "var/lib/cloud/instance" };

	for (size_t i = 0; i < ARRAY_SIZE(signs) && !d->ret->cloud_init; i++) {
		CLEANUP(fd_close) int fd =
			below_open(d->root, signs[i], O_PATH, 0);
		d->ret->cloud_init = fd >= 0 || below_is(d->root, signs[i], S_IFLNK);
	}
}

/* The options of the boot loader's first entry, by name of the newest kernel; NULL: none. */
static char *entry_args(struct details *d)
{
	CLEANUP(strvec_release) struct strvec paths = STRVEC_INIT;

	for (size_t i = 0; details_esp[i]; i++) {
		CLEANUP(free) char *pattern = xasprintf("%s/loader/entries/*.conf", details_esp[i]);

		glob_add(&d->glob, d->root, pattern, &paths);
	}
	for (size_t i = paths.n; i-- > 0;) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;
		CLEANUP(boot_entry_release) struct boot_entry b = { 0 };

		if (!strstr(paths.v[i], "rescue") && read_text(d, paths.v[i], TEXT_MAX, &text)) {
			text_boot_entry(text.data, text.len, &b);
			if (b.options)
				return TAKE(b.options);
		}
	}
	return NULL;
}

/* What grub's kernels are given: by its environment, or in its menu. */
static char *grub_args(struct details *d)
{
	static const struct {
		const char *path;
		bool menu;
	} files[] = {
		{ "boot/grub2/grubenv", false },  { "boot/grub/grubenv", false },
		{ "boot/grub2/grub.cfg", true },  { "boot/grub/grub.cfg", true },
		{ "boot/grub/grub.conf", true },  { "boot/grub/menu.lst", true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		CLEANUP(buf_release) struct buf text = BUF_INIT;

		if (!read_text(d, files[i].path, TEXT_MAX, &text))
			continue;
		char *args = files[i].menu ? text_grub_args(text.data, text.len) :
					     text_grubenv(text.data, text.len, "kernelopts");
		if (args)
			return args;
	}
	return NULL;
}

void details_selinux(struct details *d)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	const char *mode = "";

	if (read_text(d, "etc/selinux/config", TEXT_MAX, &text))
		mode = text_selinux(text.data, text.len);
	if (*mode) {
		CLEANUP(free) char *entry = entry_args(d);
		CLEANUP(free) char *grub = entry && !strstr(entry, "$kernelopts") ? NULL :
										    grub_args(d);

		mode = text_selinux_args(mode, entry ? entry : "");
		mode = text_selinux_args(mode, grub ? grub : "");
	}
	d->ret->selinux = xstrdup(mode);
}

/* Is one before the i-th a mount of the same file system? */
static bool is_repeated(const struct storage *st, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (!strcmp(st->mounts[k].node, st->mounts[i].node))
			return true;
	return false;
}

/* The UUID in the signature of a mounted device, or "". */
static const char *uuid_of(const struct storage *st, const struct mounted *m)
{
	for (size_t i = 0; i < st->n_devices; i++)
		if (!strcmp(st->devices[i]->node, m->node) && st->devices[i]->probed)
			return st->devices[i]->probe.uuid;
	return "";
}

void details_usages(struct details *d)
{
	const struct storage *st = d->g->on_host ? NULL : storage_of(d->g);
	wire_usages *list = &d->ret->usages;

	list->v = xcalloc(st ? st->n_mounts : 0, sizeof(*list->v));
	for (size_t i = 0; st && i < st->n_mounts; i++) {
		const struct mounted *m = &st->mounts[i];
		struct statvfs v;

		if (is_repeated(st, i))
			continue;
		if (statvfs(m->path, &v) < 0) {
			details_warn(d, "statvfs '%s': %s", m->where, strerror(errno));
			continue;
		}
		list->v[list->n++] = (wire_usage){
			.device = xstrdup(m->user),
			.type = xstrdup(m->type),
			.uuid = xstrdup(uuid_of(st, m)),
			.size = v.f_frsize,
			.blocks = v.f_blocks,
			.free = v.f_bfree,
			.available = v.f_bavail,
			.files = v.f_files,
			.files_free = v.f_ffree,
		};
	}
}
