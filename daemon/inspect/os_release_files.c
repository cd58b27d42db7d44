/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_release.h: which files are asked, in which order. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/inspect/os_release.h"
#include "daemon/osrelease.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* A release file. The first that is believed ends the search. */
struct file_row {
	const char *path;
	bool (*parse)(struct span text, struct release *r); /* or: */
	const char *distro; /* its first line names the product, and has a version after */
	const char *word;   /* this word, or is not believed; NULL: anywhere */
	bool empty;	    /* believed without a line, too */
};

/* Where systems keep their os-release; the last are those of profiles. */
static const char *const os_release_paths[] = {
	"etc/os-release",
	"usr/lib/os-release",
	"nix/var/nix/profiles/system/etc/os-release",
	"var/guix/profiles/system/etc/os-release",
};

#define ETC(name) "etc/" name

/* Derivates have their origin's files, too: they come first. */
static const struct file_row linux_rows[] = {
	{ ETC("lsb-release"), release_parse_lsb, NULL, NULL, false },
	{ "usr/share/coreos/lsb-release", release_parse_lsb, NULL, NULL, false },
	{ ETC("openmandriva-release"), NULL, "openmandriva", "OpenMandriva", false },
	{ ETC("opencloudos-release"), NULL, "opencloudos", "OpenCloudOS", false },
	{ ETC("tencentos-release"), NULL, "tencentos", "TencentOS", false },
	{ ETC("oracle-release"), NULL, "oraclelinux", "Oracle Linux", false },
	{ ETC("centos-release"), NULL, "centos", "CentOS", false },
	{ ETC("circle-release"), NULL, "circle", "Circle Linux", false },
	{ ETC("rocky-release"), NULL, "rocky", "Rocky Linux", false },
	{ ETC("altlinux-release"), NULL, "altlinux", NULL, false },
	{ ETC("redhat-release"), NULL, "fedora", "Fedora", false },
	{ ETC("redhat-release"), NULL, "rhel", "Red Hat", false },
	{ ETC("redhat-release"), NULL, "centos", "CentOS", false },
	{ ETC("redhat-release"), NULL, "circle", "Circle Linux", false },
	{ ETC("redhat-release"), NULL, "rocky", "Rocky Linux", false },
	{ ETC("redhat-release"), NULL, "scientificlinux", "Scientific Linux", false },
	{ ETC("redhat-release"), NULL, "redhat-based", NULL, true },
	{ ETC("debian_version"), NULL, "debian", NULL, false },
	{ ETC("pardus-release"), NULL, "pardus", NULL, false },
	{ ETC("arch-release"), NULL, "archlinux", NULL, true },
	{ ETC("gentoo-release"), NULL, "gentoo", NULL, false },
	{ ETC("meego-release"), NULL, "meego", NULL, false },
	{ ETC("slackware-version"), NULL, "slackware", NULL, false },
	{ ETC("ttylinux-target"), NULL, "ttylinux", NULL, false },
	{ ETC("SuSE-release"), release_parse_suse, NULL, NULL, false },
	{ ETC("cirros/version"), NULL, "cirros", NULL, false },
	{ ETC("br-version"), NULL, "buildroot", NULL, false },
	{ ETC("alpine-release"), NULL, "alpinelinux", NULL, false },
	{ ETC("frugalware-release"), NULL, "frugalware", NULL, false },
	{ ETC("pld-release"), NULL, "pldlinux", NULL, false },
};

static const struct file_row hurd_rows[] = {
	{ ETC("debian_version"), NULL, "debian", NULL, false },
};

/* Systems that have no such file before their first start: the link to what starts. */
static const struct {
	const char *link, *distro;
} profiles[] = {
	{ "nix/var/nix/profiles/system", "nixos" },
	{ "var/guix/profiles/system", "guix" },
};

/* Puts a string in the place of one. */
static void set(char **at, char *s)
{
	free(*at);
	*at = s;
}

/* The file of a row, by its first line. */
static bool line_row(const struct file_row *row, struct span text, struct release *r)
{
	struct span line = { "", 0 };
	unsigned major, minor;

	span_line(&text, &line);
	line = span_trim(line);
	if (row->word ? !release_after(line, row->word, &major, &minor) : !line.n && !row->empty)
		return false;
	set(&r->distro, xstrdup(row->distro));
	if (!row->word) {
		if (line.n)
			release_parse_line(line, r);
		return true;
	}
	set(&r->product, span_dup(line));
	r->major = major;
	r->minor = minor;
	r->versioned = true;
	return true;
}

/* Asks files in their order until one is believed; a file of several rows is read once. */
static bool ask_files(int root, const struct file_row *rows, size_t n, struct release *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	bool there = false;

	for (size_t i = 0; i < n; i++) {
		const struct file_row *row = &rows[i];

		if (!i || strcmp(row->path, rows[i - 1].path) != 0) {
			buf_release(&b);
			there = head_read(root, row->path, &b);
		}
		if (!there)
			continue;
		struct span text = { b.data, b.len };
		if (row->parse ? row->parse(text, r) : line_row(row, text, r))
			return true;
	}
	return false;
}

bool release_read_text(int root, struct buf *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(os_release_paths); i++) {
		if (small_read(root, os_release_paths[i], b) && b->len)
			return true;
		buf_release(b);
	}
	return false;
}

/* Adds what can be said where no file says it, and what files say too generally. */
static void settle(int root, struct span os, struct release *r)
{
	for (size_t i = 0; !r->distro && i < ARRAY_SIZE(profiles); i++)
		if (below_is(root, profiles[i].link, S_IFLNK))
			r->distro = xstrdup(profiles[i].distro);
	/* CirrOS is a Buildroot. */
	if (r->distro && !strcmp(r->distro, "buildroot") &&
	    below_is(root, "usr/share/cirros/logo", S_IFREG))
		set(&r->distro, xstrdup("cirros"));
	if (!r->product && os.n) {
		CLEANUP(free) char *name = osrelease_name(os.s, os.n);

		if (*name)
			r->product = TAKE(name);
	}
}

/* os-release, then the others where that is not enough. */
static void read_all(int root, const struct file_row *rows, size_t n, struct release *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	bool there = release_read_text(root, &b);
	struct span os = { there ? b.data : "", there ? b.len : 0 };

	if (!there || !release_parse_os(os, r))
		ask_files(root, rows, n, r);
	settle(root, os, r);
}

void release_read_linux(int root, struct release *r)
{
	read_all(root, linux_rows, ARRAY_SIZE(linux_rows), r);
}

void release_read_hurd(int root, struct release *r)
{
	read_all(root, hurd_rows, ARRAY_SIZE(hurd_rows), r);
}
