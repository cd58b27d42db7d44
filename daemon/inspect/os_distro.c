/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_distro.h. This file has the rows, os_package.c what they are used for. */
#include "daemon/inspect/os_distro.h"

#include <limits.h>
#include <string.h>

#include "util/cleanup.h"

#define MANAGE(var, ...) static const struct manage var[] = { __VA_ARGS__, { 0, NULL, NULL } }
#define OSINFO(var, ...) static const struct osinfo var[] = { __VA_ARGS__, { 0, 0, NULL } }
#define ICONS(var, ...)	 static const struct icon var[] = { __VA_ARGS__, { 0, 0, NULL, 0, false } }
#define ANY		 0, UINT_MAX
#define KIB		 1024u

/* What manages packages, by version where that has changed. */
MANAGE(apt, { 0, NULL, "apt" });
MANAGE(apk, { 0, NULL, "apk" });
MANAGE(dnf, { 0, NULL, "dnf" });
MANAGE(eopkg, { 0, NULL, "eopkg" });
MANAGE(guix, { 0, NULL, "guix" });
MANAGE(nix, { 0, NULL, "nix" });
MANAGE(pacman, { 0, NULL, "pacman" });
MANAGE(pisi, { 0, NULL, "pisi" });
MANAGE(portage, { 0, NULL, "portage" });
MANAGE(swupd, { 0, NULL, "swupd" });
MANAGE(tdnf, { 0, NULL, "tdnf" });
MANAGE(urpmi, { 0, NULL, "urpmi" });
MANAGE(xbps, { 0, NULL, "xbps" });
MANAGE(yum, { 0, NULL, "yum" });
MANAGE(zypper, { 0, NULL, "zypper" });
MANAGE(rpm_ostree, { 0, NULL, "rpm-ostree" });
MANAGE(rhel, { 2, NULL, "up2date" }, { 5, NULL, "yum" }, { 8, NULL, "dnf" });
MANAGE(fedora, { 1, NULL, "yum" }, { 22, "usr/bin/rpm-ostree", "rpm-ostree" },
       { 22, "usr/bin/dnf", "dnf" });
MANAGE(amazon, { 0, NULL, "yum" }, { 2022, NULL, "dnf" });
MANAGE(micro, { 0, "usr/bin/zypper", "zypper" });

/* libosinfo's words. A word without a version is for those that have none. */
OSINFO(by_both, { 0, 0, "$d$M.$m" });
OSINFO(by_major, { 0, 0, "$d$M" });
OSINFO(bare, { 0, 0, "$d" });
OSINFO(alma, { 8, 0, "almalinux$M" });
OSINFO(alt, { 0, 0, "altlinux$M.$m" }, { 8, 0, "alt$M.$m" });
OSINFO(centos, { 0, 0, "centos$M.$m" }, { 7, 0, "centos7.0" }, { 8, 0, "centos$M" });
OSINFO(clone, { 0, 0, "$d$M.$m" }, { 8, 0, "$d$M" });
OSINFO(debian, { 0, 0, "debian$M.$m" }, { 4, 0, "debian$M" });
OSINFO(pop, { 0, 0, "popos$M.$2" });
OSINFO(suse, { 0, 0, "sles$M" }, { 0, 1, "sles$Msp$m" }, { 15, 0, "sle$M" }, { 15, 1, "sle$Msp$m" });
OSINFO(ubuntu, { 0, 0, "ubuntu$M.$2" });

#define HICOLOR "usr/share/icons/hicolor/"
ICONS(alt_logo, { ANY, HICOLOR "48x48/apps/altlinux.png", 20 * KIB, false });
ICONS(cirros_logo, { ANY, "usr/share/cirros/logo", 4 * KIB, true });
ICONS(debian_logo, { ANY, "usr/share/pixmaps/debian-logo.png", 2 * KIB, false });
ICONS(fedora_logo, { ANY, HICOLOR "96x96/apps/fedora-logo-icon.png", 0, false });
ICONS(gentoo_logo, { ANY, "usr/share/icons/gentoo/48x48/gentoo.png", 10 * KIB, false });
ICONS(mageia_logo, { ANY, "usr/share/icons/mageia.png", 10 * KIB, false });
ICONS(mandriva_logo, { ANY, "usr/share/icons/large/mandriva.png", 10 * KIB, false },
      { ANY, "usr/share/icons/mandriva.png", 10 * KIB, false });
ICONS(rhel_logo, { 0, 6, "usr/share/pixmaps/redhat/shadowman-transparent.png", 100 * KIB, false },
      { 7, UINT_MAX, HICOLOR "96x96/apps/system-logo-icon.png", 100 * KIB, false });
ICONS(suse_logo, { ANY, HICOLOR "48x48/apps/distributor.png", 10 * KIB, false },
      { ANY, HICOLOR "24x24/apps/distributor.png", 10 * KIB, false });
ICONS(ubuntu_logo, { ANY, "usr/share/icons/gnome/24x24/places/ubuntu-logo.png", 2 * KIB, false },
      { ANY, "usr/share/help/C/ubuntu-help/figures/ubuntu-logo.png", 2 * KIB, false });
ICONS(void_logo, { ANY, "usr/share/void-artwork/void-logo.png", 20 * KIB, false });

static const struct distro distros[] = {
	{ "alpinelinux", "apk", apk, by_both, NULL, false },
	{ "altlinux", "rpm", apt, alt, alt_logo, false },
	{ "archlinux", "pacman", pacman, bare, NULL, false },
	{ "buildroot", "", NULL, by_both, NULL, false },
	{ "centos", "rpm", rhel, centos, rhel_logo, false },
	{ "circle", "rpm", rhel, clone, rhel_logo, false },
	{ "cirros", "", NULL, by_both, cirros_logo, false },
	{ "coreos", "", NULL, by_both, NULL, false },
	{ "debian", "deb", apt, debian, debian_logo, false },
	{ "fedora", "rpm", fedora, by_major, fedora_logo, false },
	{ "frugalware", "", NULL, by_both, NULL, false },
	{ "gentoo", "ebuild", portage, bare, gentoo_logo, false },
	{ "kalilinux", "deb", apt, by_both, NULL, false },
	{ "kylin", "rpm", rhel, by_both, NULL, false },
	{ "linuxmint", "deb", apt, by_both, NULL, false },
	{ "mageia", "rpm", urpmi, by_major, mageia_logo, false },
	{ "mandriva", "rpm", urpmi, by_both, NULL, false },
	{ "meego", "rpm", yum, by_both, NULL, false },
	{ "neokylin", "rpm", dnf, by_both, NULL, false },
	{ "opencloudos", "rpm", dnf, by_both, NULL, false },
	{ "openeuler", "rpm", dnf, by_both, NULL, false },
	{ "openmandriva", "rpm", dnf, by_both, mandriva_logo, false },
	{ "opensuse", "rpm", zypper, by_both, suse_logo, false },
	{ "oraclelinux", "rpm", rhel, by_both, rhel_logo, false },
	{ "pardus", "pisi", pisi, by_both, NULL, false },
	{ "pldlinux", "", NULL, by_both, NULL, false },
	{ "redhat-based", "rpm", rhel, by_both, rhel_logo, false },
	{ "rhel", "rpm", rhel, by_both, rhel_logo, false },
	{ "rocky", "rpm", rhel, clone, rhel_logo, false },
	{ "scientificlinux", "rpm", rhel, by_both, rhel_logo, false },
	{ "slackware", "", NULL, by_both, NULL, false },
	{ "sles", "rpm", zypper, suse, suse_logo, false },
	{ "suse-based", "rpm", zypper, by_both, suse_logo, false },
	{ "tencentos", "rpm", dnf, by_both, NULL, false },
	{ "ttylinux", "", NULL, by_both, NULL, false },
	{ "ubuntu", "deb", apt, ubuntu, ubuntu_logo, false },
	{ "voidlinux", "xbps", xbps, bare, void_logo, false },
	/* By os-release's own word. */
	{ "almalinux", "rpm", rhel, alma, rhel_logo, true },
	{ "amzn", "rpm", amazon, NULL, NULL, true },
	{ "anolis", "rpm", rhel, NULL, NULL, true },
	{ "artix", "pacman", pacman, NULL, NULL, true },
	{ "azurelinux", "rpm", tdnf, NULL, NULL, true },
	{ "bottlerocket", "", NULL, NULL, NULL, true },
	{ "cachyos", "pacman", pacman, NULL, NULL, true },
	{ "chimera", "apk", apk, NULL, NULL, true },
	{ "clear-linux-os", "", swupd, NULL, NULL, true },
	{ "cos", "", NULL, NULL, NULL, true },
	{ "deepin", "deb", apt, NULL, NULL, true },
	{ "devuan", "deb", apt, NULL, NULL, true },
	{ "elementary", "deb", apt, NULL, NULL, true },
	{ "endeavouros", "pacman", pacman, NULL, NULL, true },
	{ "eurolinux", "rpm", rhel, NULL, NULL, true },
	{ "flatcar", "", NULL, NULL, NULL, true },
	{ "freedesktop", "", NULL, NULL, NULL, true },
	{ "garuda", "pacman", pacman, NULL, NULL, true },
	{ "guix", "", guix, NULL, NULL, true },
	{ "manjaro", "pacman", pacman, NULL, NULL, true },
	{ "mariner", "rpm", tdnf, NULL, NULL, true },
	{ "miraclelinux", "rpm", rhel, NULL, NULL, true },
	{ "mx", "deb", apt, NULL, NULL, true },
	{ "neon", "deb", apt, NULL, NULL, true },
	{ "nixos", "", nix, NULL, NULL, true },
	{ "parrot", "deb", apt, NULL, NULL, true },
	{ "photon", "rpm", tdnf, NULL, NULL, true },
	{ "pop", "deb", apt, pop, NULL, true },
	{ "postmarketos", "apk", apk, NULL, NULL, true },
	{ "pureos", "deb", apt, NULL, NULL, true },
	{ "raspbian", "deb", apt, NULL, NULL, true },
	{ "rhcos", "rpm", rpm_ostree, NULL, NULL, true },
	{ "sl-micro", "rpm", micro, NULL, suse_logo, true },
	{ "sle-micro", "rpm", micro, NULL, suse_logo, true },
	{ "solus", "eopkg", eopkg, NULL, NULL, true },
	{ "steamos", "pacman", pacman, NULL, NULL, true },
	{ "suse-microos", "rpm", micro, NULL, suse_logo, true },
	{ "virtuozzo", "rpm", rhel, NULL, NULL, true },
	{ "wolfi", "apk", apk, NULL, NULL, true },
	{ "zorin", "deb", apt, NULL, NULL, true },
};

static const struct id_row ids[] = {
	{ "alpine", "alpinelinux", 0 },
	{ "arch", "archlinux", ID_ROLLING },
	{ "archarm", "archlinux", ID_ROLLING },
	{ "buildroot", "buildroot", ID_FILES },
	{ "centos", "centos", ID_MINOR },
	{ "circle", "circle", ID_MINOR },
	{ "cirros", "cirros", ID_FILES },
	{ "debian", "debian", ID_MINOR },
	{ "gentoo", "gentoo", ID_ROLLING },
	{ "kali", "kalilinux", 0 },
	{ "linuxmint", "linuxmint", ID_FILES },
	{ "mandrivalinux", "mandriva", ID_FILES },
	{ "ol", "oraclelinux", ID_FILES },
	{ "opensuse", "opensuse", 0 },
	{ "opensuse-*", "opensuse", 0 },
	{ "pld", "pldlinux", 0 },
	{ "rocky", "rocky", ID_MINOR },
	{ "scientific", "scientificlinux", ID_FILES },
	{ "slackware", "slackware", ID_FILES },
	{ "sled", "sles", 0 },
	{ "sles_sap", "sles", 0 },
	{ "void", "voidlinux", ID_ROLLING },
};

const struct distro *distro_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(distros); i++)
		if (!strcmp(distros[i].name, name))
			return &distros[i];
	return NULL;
}

/* Is that the row's ID, or one of those that start as it does? */
static bool id_fits(const char *row, const char *id)
{
	size_t n = strlen(row);

	return row[n - 1] == '*' ? !strncmp(row, id, n - 1) : !strcmp(row, id);
}

const struct id_row *distro_id(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (id_fits(ids[i].id, id))
			return &ids[i];
	return NULL;
}
