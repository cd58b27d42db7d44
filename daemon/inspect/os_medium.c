/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_medium.h. */
#include "daemon/inspect/os_medium.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/inspect/os_release.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* A medium by what is on it. The first row that matches counts. */
static const struct medium {
	const char *path; /* this is there: a folder if it ends in a slash, else a file, */
	const char *also; /* and this as well; NULL: no matter what else */
	const char *medium;
	const char *distro; /* or "" */
} media[] = {
	{ "live/filesystem.squashfs", NULL, "live", "" },
	{ "casper/", ".disk/info", "live", "" },
	{ "casper/filesystem.squashfs", NULL, "live", "" },
	{ "LiveOS/squashfs.img", NULL, "live", "" },
	{ "LiveOS/rootfs.img", NULL, "live", "" },
	{ "arch/x86_64/airootfs.sfs", NULL, "live", "archlinux" },
	{ "arch/x86_64/airootfs.erofs", NULL, "live", "archlinux" },
	{ ".alpine-release", "apks/", "live", "alpinelinux" },
	{ "nix-store.squashfs", NULL, "live", "nixos" },
	{ "image.squashfs", "livecd", "live", "gentoo" },
	{ "images/install.img", ".treeinfo", "installer", "" },
	{ "images/install.img", ".discinfo", "installer", "" },
	{ "images/install.img", "isolinux/", "installer", "" },
	{ "images/pxeboot/", "images/stage2.img", "installer", "" },
	{ ".disk/info", "pool/", "installer", "" },
	{ ".disk/info", "dists/", "installer", "" },
	{ "media.1/", "boot/", "installer", "opensuse" },
	{ "isolinux/setpkg", NULL, "installer", "slackware" },
};

/* What a product's name begins with. */
static const struct {
	const char *words, *distro;
} products[] = {
	{ "AlmaLinux", "almalinux" },
	{ "CentOS", "centos" },
	{ "Debian", "debian" },
	{ "Fedora", "fedora" },
	{ "Kali", "kalilinux" },
	{ "Kubuntu", "ubuntu" },
	{ "LMDE", "linuxmint" },
	{ "Linux Mint", "linuxmint" },
	{ "Lubuntu", "ubuntu" },
	{ "Oracle Linux", "oraclelinux" },
	{ "Pop", "pop" },
	{ "Red Hat Enterprise Linux", "rhel" },
	{ "Rocky Linux", "rocky" },
	{ "Scientific Linux", "scientificlinux" },
	{ "Ubuntu", "ubuntu" },
	{ "Xubuntu", "ubuntu" },
	{ "openEuler", "openeuler" },
	{ "openSUSE", "opensuse" },
};

/* Names of architectures on media that are others than ours. */
static const struct {
	const char *word, *arch;
} arches[] = {
	{ "amd64", "x86_64" },	 { "arm64", "aarch64" },  { "i386", "i386" },
	{ "i586", "i386" },	 { "i686", "i386" },	  { "x86_64", "x86_64" },
	{ "aarch64", "aarch64" }, { "ppc64el", "ppc64le" }, { "ppc64le", "ppc64le" },
	{ "s390x", "s390x" },	 { "riscv64", "riscv64" }, { "armhf", "arm" },
	{ "armhfp", "arm" },	 { "loongarch64", "loongarch64" },
};

static bool is_path(int top, const char *path)
{
	return below_is(top, path, path[strlen(path) - 1] == '/' ? S_IFDIR : S_IFREG);
}

/* The row that the file system is, or NULL. */
static const struct medium *medium_find(int top)
{
	for (size_t i = 0; i < ARRAY_SIZE(media); i++)
		if (is_path(top, media[i].path) && (!media[i].also || is_path(top, media[i].also)))
			return &media[i];
	return NULL;
}

bool medium_matches(int top)
{
	return medium_find(top) != NULL;
}

void medium_words_release(struct medium_words *w)
{
	free(w->product);
	free(w->arch);
	*w = (struct medium_words){ NULL, NULL, 0, 0 };
}

static void set(char **at, char *s)
{
	free(*at);
	*at = s;
}

static const char *arch_of_word(struct span s)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		if (strlen(arches[i].word) == s.n && span_starts(s, arches[i].word))
			return arches[i].arch;
	return NULL;
}

void medium_parse_info(struct span text, struct medium_words *w)
{
	struct span line;

	if (!span_line(&text, &line))
		return;
	line = span_trim(line);
	if (line.n)
		set(&w->product, span_dup(line));
	release_version(line, &w->major, &w->minor);
	for (size_t i = 0; i < line.n;) {
		size_t n = 0;

		while (i + n < line.n && line.s[i + n] != ' ')
			n++;
		const char *arch = arch_of_word((struct span){ line.s + i, n });
		if (arch) {
			set(&w->arch, xstrdup(arch));
			return;
		}
		i += n + 1;
	}
}

/* The value of "key = value" with that key. */
static bool ini_value(struct span line, const char *key, struct span *ret)
{
	size_t n = strlen(key);

	if (!span_starts(line, key))
		return false;
	struct span rest = span_trim((struct span){ line.s + n, line.n - n });
	if (!rest.n || rest.s[0] != '=')
		return false;
	*ret = span_trim((struct span){ rest.s + 1, rest.n - 1 });
	return true;
}

void medium_parse_treeinfo(struct span text, struct medium_words *w)
{
	struct span line, v;
	bool general = false;

	while (span_line(&text, &line)) {
		line = span_trim(line);
		if (line.n && line.s[0] == '[')
			general = span_starts(line, "[general]");
		if (!general)
			continue;
		if (ini_value(line, "name", &v) || (!w->product && ini_value(line, "family", &v)))
			set(&w->product, span_dup(v));
		else if (ini_value(line, "version", &v))
			release_version(v, &w->major, &w->minor);
		else if (ini_value(line, "arch", &v) && arch_of_word(v))
			set(&w->arch, xstrdup(arch_of_word(v)));
	}
}

void medium_parse_discinfo(struct span text, struct medium_words *w)
{
	struct span line;

	for (int i = 0; i < 3 && span_line(&text, &line); i++) {
		line = span_trim(line);
		if (i == 1)
			release_version(line, &w->major, &w->minor);
		else if (i == 2 && arch_of_word(line))
			set(&w->arch, xstrdup(arch_of_word(line)));
	}
}

/* The files that say what a medium is of; the first that is there counts. */
static const struct {
	const char *path;
	void (*parse)(struct span text, struct medium_words *w);
} word_files[] = {
	{ ".disk/info", medium_parse_info },
	{ ".treeinfo", medium_parse_treeinfo },
	{ ".discinfo", medium_parse_discinfo },
	{ ".alpine-release", medium_parse_info },
};

static const char *distro_of(const struct medium *m, const struct medium_words *w)
{
	if (m && *m->distro)
		return m->distro;
	for (size_t i = 0; w->product && i < ARRAY_SIZE(products); i++)
		if (!strncmp(w->product, products[i].words, strlen(products[i].words)))
			return products[i].distro;
	return "";
}

void medium_describe(int top, wire_guest *ret)
{
	CLEANUP(medium_words_release) struct medium_words w = { NULL, NULL, 0, 0 };
	const struct medium *m = medium_find(top);

	for (size_t i = 0; i < ARRAY_SIZE(word_files); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		if (!head_read(top, word_files[i].path, &b))
			continue;
		word_files[i].parse((struct span){ b.data, b.len }, &w);
		break;
	}
	ret->medium = xstrdup(m ? m->medium : "");
	ret->distro = xstrdup(distro_of(m, &w));
	ret->product_name = TAKE(w.product);
	ret->arch = TAKE(w.arch);
	ret->major = w.major;
	ret->minor = w.minor;
}
