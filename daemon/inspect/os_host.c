/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_host.h. */
#include "daemon/inspect/os_host.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/osrelease.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* A file that may have the host's name, of one type of system; the first that has it counts. */
static const struct {
	const char *type, *path;
	const char *key; /* of a shell variable; NULL: it is a line of its own */
} host_rows[] = {
	{ "linux", "etc/HOSTNAME", NULL },
	{ "linux", "etc/hostname", NULL },
	{ "linux", "etc/sysconfig/network", "HOSTNAME" },
	{ "linux", "etc/conf.d/hostname", "hostname" },
	{ "hurd", "etc/HOSTNAME", NULL },
	{ "hurd", "etc/hostname", NULL },
	{ "freebsd", "etc/rc.conf.local", "hostname" },
	{ "freebsd", "etc/rc.conf", "hostname" },
	{ "netbsd", "etc/rc.conf", "hostname" },
	{ "netbsd", "etc/myname", NULL },
	{ "openbsd", "etc/myname", NULL },
	{ "minix", "etc/hostname.file", NULL },
};

/* What the link of init, or the file at its end, has in its name. */
static const struct {
	const char *word, *name;
} init_links[] = {
	{ "systemd", "systemd" }, { "openrc", "openrc" },	 { "runit", "runit" },
	{ "s6", "s6" },		  { "dinit", "dinit" },		 { "upstart", "upstart" },
	{ "sysvinit", "sysvinit" }, { "shepherd", "shepherd" }, { "procd", "procd" },
};

/* What is there beside an init that says nothing by its name. */
static const struct {
	const char *path;
	mode_t kind;
	const char *name;
} init_files[] = {
	{ "sbin/openrc", S_IFREG, "openrc" },
	{ "usr/bin/openrc", S_IFREG, "openrc" },
	{ "sbin/procd", S_IFREG, "procd" },
	{ "etc/init/rcS.conf", S_IFREG, "upstart" },
	{ "etc/init/rc-sysinit.conf", S_IFREG, "upstart" },
	{ "etc/runit/1", S_IFREG, "runit" },
	{ "etc/s6-linux-init", S_IFDIR, "s6" },
	{ "etc/dinit.d", S_IFDIR, "dinit" },
	{ "etc/inittab", S_IFREG, "sysvinit" },
	{ "usr/lib/systemd/systemd", S_IFREG, "systemd" },
	{ "lib/systemd/systemd", S_IFREG, "systemd" },
	{ "nix/var/nix/profiles/system/systemd", S_IFDIR, "systemd" },
	{ "var/guix/profiles/system", S_IFLNK, "shepherd" },
};

char *host_of_text(struct span text)
{
	struct span line;

	while (span_line(&text, &line)) {
		line = span_trim(line);
		if (line.n && line.s[0] != '#' && line.s[0])
			return span_dup(line);
	}
	return NULL;
}

char *host_of_shell(struct span text, const char *key)
{
	char *value = osrelease_value(text.s, text.n, key);

	if (value && *value)
		return value;
	free(value);
	return NULL;
}

char *host_name(int root, const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(host_rows); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		const bool wanted = !strcmp(host_rows[i].type, type);

		if (!wanted || !small_read(root, host_rows[i].path, &b) || !b.len)
			continue;
		struct span text = { b.data, b.len };
		char *name = host_rows[i].key ? host_of_shell(text, host_rows[i].key)
					      : host_of_text(text);
		if (name)
			return name;
	}
	return NULL;
}

/* Where a link leads, by its text; "" for what is none. */
static void link_text(int root, const char *path, char ret[PATH_MAX])
{
	CLEANUP(fd_close) int fd = below_open(root, path, O_PATH | O_NOFOLLOW, 0);
	ssize_t n = fd < 0 ? -1 : readlinkat(fd, "", ret, PATH_MAX - 1);

	ret[n > 0 ? n : 0] = '\0';
}

/* The name of the file at the end of all links; "" where there is none. */
static void final_name(int root, const char *path, char ret[PATH_MAX])
{
	CLEANUP(fd_close) int fd = below_open(root, path, O_PATH, 0);
	CLEANUP(free) char *self = xasprintf("/proc/self/fd/%d", fd);
	ssize_t n = fd < 0 ? -1 : readlink(self, ret, PATH_MAX - 1);

	ret[n > 0 ? n : 0] = '\0';
	const char *slash = strrchr(ret, '/');
	if (slash)
		memmove(ret, slash + 1, strlen(slash));
}

static const char *init_by_name(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(init_links); i++)
		if (strstr(text, init_links[i].word))
			return init_links[i].name;
	return NULL;
}

const char *init_name(int root)
{
	char text[PATH_MAX], last[PATH_MAX];
	const char *name;

	link_text(root, "sbin/init", text);
	final_name(root, "sbin/init", last);
	name = init_by_name(text);
	if (!name)
		name = init_by_name(last);
	const bool busybox = strstr(text, "busybox") || strstr(last, "busybox");
	for (size_t i = 0; !name && i < ARRAY_SIZE(init_files); i++) {
		/* An inittab is BusyBox' as well. */
		if (busybox && !strcmp(init_files[i].name, "sysvinit"))
			continue;
		if (below_is(root, init_files[i].path, init_files[i].kind))
			name = init_files[i].name;
	}
	return name ? name : busybox ? "busybox" : "";
}
