/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_distro.h: packages and libosinfo's words, by the rows, else by what is there. */
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/inspect/os_distro.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* The format of packages of what is like something that is known. */
static const struct {
	const char *like, *format;
} likes[] = {
	{ "debian", "deb" },	{ "ubuntu", "deb" },   { "fedora", "rpm" },  { "rhel", "rpm" },
	{ "centos", "rpm" },	{ "suse", "rpm" },     { "opensuse", "rpm" }, { "sles", "rpm" },
	{ "mandriva", "rpm" },	{ "mageia", "rpm" },   { "arch", "pacman" }, { "alpine", "apk" },
	{ "gentoo", "ebuild" }, { "void", "xbps" },
};

/* Where databases of packages are. */
static const struct {
	const char *path;
	mode_t kind;
	const char *format;
} databases[] = {
	{ "var/lib/dpkg/status", S_IFREG, "deb" },
	{ "var/lib/dpkg/status.d", S_IFDIR, "deb" },
	{ "usr/lib/sysimage/rpm", S_IFDIR, "rpm" },
	{ "var/lib/rpm", S_IFDIR, "rpm" },
	{ "usr/share/rpm", S_IFDIR, "rpm" },
	{ "lib/apk/db/installed", S_IFREG, "apk" },
	{ "usr/lib/apk/db/installed", S_IFREG, "apk" },
	{ "var/lib/pacman/local", S_IFDIR, "pacman" },
	{ "var/db/xbps", S_IFDIR, "xbps" },
	{ "var/db/pkg", S_IFDIR, "ebuild" },
	{ "var/lib/eopkg", S_IFDIR, "eopkg" },
	{ "usr/lib/opkg/status", S_IFREG, "ipk" },
};

/* The programs that manage packages of a format; the first that is there counts. */
static const struct {
	const char *format, *program, *name;
} programs[] = {
	{ "deb", "usr/bin/apt-get", "apt" },
	{ "deb", "usr/bin/apt", "apt" },
	{ "rpm", "usr/bin/rpm-ostree", "rpm-ostree" },
	{ "rpm", "usr/bin/dnf", "dnf" },
	{ "rpm", "usr/bin/dnf5", "dnf" },
	{ "rpm", "usr/bin/microdnf", "dnf" },
	{ "rpm", "usr/bin/tdnf", "tdnf" },
	{ "rpm", "usr/bin/zypper", "zypper" },
	{ "rpm", "usr/bin/yum", "yum" },
	{ "rpm", "usr/sbin/urpmi", "urpmi" },
	{ "rpm", "usr/bin/apt-get", "apt" },
	{ "apk", "sbin/apk", "apk" },
	{ "apk", "usr/bin/apk", "apk" },
	{ "pacman", "usr/bin/pacman", "pacman" },
	{ "xbps", "usr/bin/xbps-install", "xbps" },
	{ "ebuild", "usr/bin/emerge", "portage" },
	{ "eopkg", "usr/bin/eopkg", "eopkg" },
	{ "ipk", "bin/opkg", "opkg" },
	{ "ipk", "usr/bin/opkg", "opkg" },
};

/* The format for the words of ID_LIKE, the nearest relation first. */
static const char *format_like(const char *like)
{
	for (const char *p = like; *p;) {
		size_t n = strcspn(p, " \t");

		for (size_t i = 0; i < ARRAY_SIZE(likes); i++)
			if (strlen(likes[i].like) == n && !strncmp(likes[i].like, p, n))
				return likes[i].format;
		p += n;
		p += strspn(p, " \t");
	}
	return NULL;
}

/* The format of a database that is there, of that one if it is not NULL; "" for none. */
static const char *format_there(int root, const char *format)
{
	for (size_t i = 0; i < ARRAY_SIZE(databases); i++)
		if ((!format || !strcmp(databases[i].format, format)) &&
		    below_is(root, databases[i].path, databases[i].kind))
			return databases[i].format;
	return "";
}

const char *distro_format(int root, const char *distro, const char *like)
{
	const struct distro *d = distro_find(distro);
	const char *format = d ? d->format : format_like(like), *other;

	if (!format)
		return format_there(root, NULL);
	if (!*format || *format_there(root, format))
		return format;
	/* Some have gone over to another, and kept the name. */
	other = format_there(root, NULL);
	return *other ? other : format;
}

/* By the distribution's own rows: the last that fits. */
static const char *manage_by_rows(int root, const struct manage *m, unsigned major)
{
	const char *name = "";

	for (; m && m->name; m++)
		if (major >= m->from && (!m->program || below_is(root, m->program, S_IFREG)))
			name = m->name;
	return name;
}

const char *distro_manage(int root, const char *distro, const char *format, unsigned major)
{
	const struct distro *d = distro_find(distro);

	if (d && !strcmp(d->format, format))
		return manage_by_rows(root, d->manage, major);
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (!strcmp(programs[i].format, format) &&
		    below_is(root, programs[i].program, S_IFREG))
			return programs[i].name;
	return "";
}

/* Writes out a row's word. */
static char *osinfo_expand(const char *word, const char *distro, unsigned major, unsigned minor)
{
	struct buf b = BUF_INIT;

	for (; *word; word++) {
		if (*word != '$') {
			buf_addch(&b, *word);
			continue;
		}
		switch (*++word) {
		case 'd':
			buf_addstr(&b, distro);
			break;
		case 'M':
			buf_addf(&b, "%u", major);
			break;
		case 'm':
			buf_addf(&b, "%u", minor);
			break;
		default: /* '2' */
			buf_addf(&b, "%02u", minor);
		}
	}
	return buf_take(&b);
}

char *distro_osinfo(const char *distro, unsigned major, unsigned minor)
{
	const struct distro *d = distro_find(distro);
	const char *word = NULL;

	for (const struct osinfo *o = d ? d->osinfo : NULL; o && o->word; o++)
		if (major >= o->from && minor >= o->from_minor)
			word = o->word;
	/* Where the version is unknown, so is the word with a version in it. */
	if (!word || (!major && !minor && strstr(word, "$M")))
		return xstrdup("");
	return osinfo_expand(word, distro, major, minor);
}
