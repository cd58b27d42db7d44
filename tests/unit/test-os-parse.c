/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a guest say, taken apart: deployments of ostree, versions, ELF, names. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "daemon/inspect/os.h"
#include "daemon/inspect/os_arch.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/os_ostree.h"
#include "daemon/inspect/os_release.h"
#include "trees.h"
#include "util/io.h"

/* ---- ostree */

#define DEPLOY "ostree/deploy/fedora/deploy/"

static void deploys(const char *const *files, const char *want)
{
	CLEANUP(fd_close) int dir = tree_make(files);
	CLEANUP(free) char *got = os_deployment(dir);

	if (!want)
		assert_null(got);
	else if (!got)
		fail_msg("none, not %s", want);
	else
		assert_string_equal(got, want);
}

#define DEPLOYS(want, ...) deploys((const char *const[]){ __VA_ARGS__, NULL }, want)

#define TWO_DEPLOYMENTS                                                                       \
	DEPLOY "aa.0/usr/lib/os-release=", DEPLOY "bb.1/usr/lib/os-release=",                 \
		"ostree/boot.1 -> boot.1.1",                                                  \
		"ostree/boot.1.1/fedora/sum1/0 -> ../../../deploy/fedora/deploy/aa.0",        \
		"ostree/boot.1.1/fedora/sum2/0 -> ../../../deploy/fedora/deploy/bb.1",        \
		"boot/loader -> loader.1"

static void test_ostree_entries(void **state)
{
	(void)state;
	DEPLOYS(DEPLOY "bb.1", TWO_DEPLOYMENTS,
		"boot/loader.1/entries/ostree-1.conf=title Fedora\nversion 1\n"
		"options root=UUID=x ostree=/ostree/boot.1/fedora/sum1/0 quiet\n",
		"boot/loader.1/entries/ostree-2.conf=title Fedora\nversion 2\n"
		"options root=UUID=x ro ostree=/ostree/boot.1/fedora/sum2/0\n");
	DEPLOYS(DEPLOY "aa.0", TWO_DEPLOYMENTS,
		"boot/loader.1/entries/ostree-1.conf=version 10\n"
		"options\tostree=/ostree/boot.1/fedora/sum1/0\n",
		"boot/loader.1/entries/ostree-2.conf=version 9\n"
		"options ostree=/ostree/boot.1/fedora/sum2/0\n");
	/* The newest leads nowhere. */
	DEPLOYS(DEPLOY "aa.0", TWO_DEPLOYMENTS,
		"boot/loader.1/entries/ostree-1.conf=version 1\n"
		"options ostree=/ostree/boot.1/fedora/sum1/0\n",
		"boot/loader.1/entries/ostree-2.conf=version 2\n"
		"options ostree=/ostree/boot.1/fedora/gone/0\n",
		"boot/loader.1/entries/windows.conf=version 3\nefi /x.efi\n");
}

static void set_time(int dir, const char *path, time_t at)
{
	const struct timespec both[2] = { { at, 0 }, { at, 0 } };

	assert_int_equal(utimensat(dir, path, both, 0), 0);
}

/* Without a /boot: of several the one that was deployed last. */
static void test_ostree_links(void **state)
{
	CLEANUP(fd_close) int dir = TREE(TWO_DEPLOYMENTS, DEPLOY "aa.0.origin=",
					 DEPLOY "bb.1.origin=");
	static const struct {
		time_t aa, bb, aa_origin, bb_origin;
		const char *want;
	} rows[] = {
		{ 1000, 900, 800, 800, DEPLOY "aa.0" },
		{ 900, 1000, 800, 800, DEPLOY "bb.1" },
		{ 900, 1000, 2000, 1000, DEPLOY "bb.1" }, /* pinning writes an origin anew */
		{ 0, 0, 900, 800, DEPLOY "aa.0" },
		{ 0, 0, 800, 900, DEPLOY "bb.1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		set_time(dir, DEPLOY "aa.0", rows[i].aa);
		set_time(dir, DEPLOY "bb.1", rows[i].bb);
		set_time(dir, DEPLOY "aa.0.origin", rows[i].aa_origin);
		set_time(dir, DEPLOY "bb.1.origin", rows[i].bb_origin);
		CLEANUP(free) char *got = os_deployment(dir);
		assert_string_equal(got, rows[i].want);
	}
	/* boot.1 counts, not what is left of boot.0. */
	DEPLOYS(DEPLOY "bb.1", DEPLOY "aa.0/", DEPLOY "bb.1/",
		"ostree/boot.0/fedora/s/0 -> ../../../deploy/fedora/deploy/aa.0",
		"ostree/boot.1/fedora/s/0 -> ../../../deploy/fedora/deploy/bb.1");
	/* bootc before its first start: folders only. */
	DEPLOYS("ostree/deploy/default/deploy/cc.0", "ostree/deploy/default/deploy/cc.0/usr/",
		"ostree/deploy/default/deploy/cc.0.origin=");
}

static void test_ostree_none(void **state)
{
	(void)state;
	DEPLOYS(NULL, "etc/os-release=");
	DEPLOYS(NULL, "ostree/deploy/");
	DEPLOYS(NULL, "ostree -> sysroot/ostree", "sysroot/");
	/* Links that lead out of where deployments are. */
	DEPLOYS(NULL, "ostree/deploy/fedora/", "etc/",
		"ostree/boot.1/fedora/s/0 -> ../../../../etc",
		"ostree/boot.1/fedora/s/1 -> /etc", "ostree/boot.1/fedora/s/2 -> 2",
		"boot/loader/entries/x.conf=options ostree=/etc ostree=../../../../etc\n");
}

static void test_path_join(void **state)
{
	static const struct {
		const char *dir, *text, *want;
	} rows[] = {
		{ "a/b/c", "../../../d/e", "d/e" },
		{ "a/b", "../../../../../e", "e" },
		{ "a", "/x//y/./z/", "x/y/z" },
		{ "", "", "" },
		{ "a/b", "..", "a" },
		{ "a", "...", "a/..." },
		{ "..", ".", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *got = path_join(rows[i].dir, rows[i].text);

		assert_string_equal(got, rows[i].want);
	}
}

/* ---- parsers */

static void test_versions(void **state)
{
	static const struct {
		const char *text;
		int found;
		unsigned major, minor;
	} rows[] = {
		{ "12", 1, 12, 0 },	      { "12.5", 1, 12, 5 },    { "v3.18.4", 1, 3, 18 },
		{ "SP2 of 15.4", 1, 15, 4 },  { "22.04", 1, 22, 4 },   { "none", 0, 0, 0 },
		{ "", 0, 0, 0 },	      { ".5", 1, 5, 0 },       { "7.x", 1, 7, 0 },
		{ "12345678901.2", 1, 2, 0 }, { "1.12345678901", 1, 1, 0 },
		{ "999999999.1", 1, 999999999, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct span s = { rows[i].text, strlen(rows[i].text) };
		unsigned major = 0, minor = 0;

		assert_int_equal(release_version(s, &major, &minor), rows[i].found);
		assert_int_equal(major, rows[i].major);
		assert_int_equal(minor, rows[i].minor);
	}
}

static void test_after(void **state)
{
	static const struct {
		const char *text, *word;
		int found;
		unsigned major, minor;
	} rows[] = {
		{ "CentOS Linux release 7.9.2009 (Core)", "CentOS", 1, 7, 9 },
		{ "Red Hat Linux AS release 4 (Nahant Update 6)", "Red Hat", 1, 4, 6 },
		{ "Rocky Linux release 9 (x)", "Rocky Linux", 1, 9, 0 },
		{ "A release 3 of Rocky Linux", "Rocky Linux", 0, 0, 0 },
		{ "CentOS release release 5.1", "CentOS", 1, 5, 1 },
		{ "CentOS release ", "CentOS", 0, 0, 0 },
		{ "CentOS release 5 Update x", "CentOS", 1, 5, 0 },
		{ "", "CentOS", 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct span s = { rows[i].text, strlen(rows[i].text) };
		unsigned major = 0, minor = 0;

		assert_int_equal(release_after(s, rows[i].word, &major, &minor), rows[i].found);
		assert_int_equal(major, rows[i].major);
		assert_int_equal(minor, rows[i].minor);
	}
}

static void test_elf(void **state)
{
	const char *want;
	uint8_t h[64];

	(void)state;
	for (size_t i = 0; (want = tree_elf(i, h)); i++) {
		const char *arch = arch_of_header(h, sizeof(h));

		assert_non_null(arch);
		assert_string_equal(arch, want);
		for (size_t n = 0; n < 20; n++)
			assert_null(arch_of_header(h, n));
	}
	h[18] = 0xfe;
	h[19] = 0xfe;
	assert_null(arch_of_header(h, sizeof(h)));
	h[0] = 'x';
	assert_null(arch_of_header(h, sizeof(h)));
}

static void test_osinfo(void **state)
{
	static const struct {
		const char *distro;
		unsigned major, minor;
		const char *want;
	} rows[] = {
		{ "centos", 5, 8, "centos5.8" },   { "centos", 6, 10, "centos6.10" },
		{ "centos", 7, 9, "centos7.0" },   { "centos", 8, 3, "centos8" },
		{ "circle", 8, 4, "circle8" },	   { "circle", 7, 1, "circle7.1" },
		{ "rocky", 9, 2, "rocky9" },	   { "debian", 3, 1, "debian3.1" },
		{ "debian", 4, 0, "debian4" },	   { "sles", 12, 0, "sles12" },
		{ "sles", 12, 3, "sles12sp3" },	   { "sles", 15, 0, "sle15" },
		{ "sles", 15, 4, "sle15sp4" },	   { "ubuntu", 22, 4, "ubuntu22.04" },
		{ "altlinux", 7, 0, "altlinux7.0" }, { "altlinux", 10, 1, "alt10.1" },
		{ "archlinux", 0, 0, "archlinux" }, { "gentoo", 2, 14, "gentoo" },
		{ "voidlinux", 0, 0, "voidlinux" }, { "fedora", 39, 0, "fedora39" },
		{ "fedora", 0, 0, "" },		   { "alpinelinux", 3, 18, "alpinelinux3.18" },
		{ "frobnix", 1, 0, "" },	   { "", 1, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *got =
			distro_osinfo(rows[i].distro, rows[i].major, rows[i].minor);

		assert_string_equal(got, rows[i].want);
	}
}

/* What manages packages, by version. */
static void test_manage(void **state)
{
	static const struct {
		const char *distro;
		unsigned major;
		const char *want;
	} rows[] = {
		{ "rhel", 0, "" },	 { "rhel", 1, "" },	  { "rhel", 2, "up2date" },
		{ "rhel", 4, "up2date" }, { "rhel", 5, "yum" },	  { "rhel", 7, "yum" },
		{ "rhel", 8, "dnf" },	 { "kylin", 10, "dnf" },  { "fedora", 0, "" },
		{ "fedora", 1, "yum" },	 { "fedora", 21, "yum" }, { "fedora", 22, "dnf" },
		{ "meego", 1, "yum" },	 { "sles", 15, "zypper" }, { "slackware", 15, "" },
	};
	CLEANUP(fd_close) int dir = TREE("usr/bin/dnf=");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_string_equal(distro_manage(dir, rows[i].distro,
						  distro_find(rows[i].distro)->format,
						  rows[i].major),
				    rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ostree_entries),
		cmocka_unit_test(test_ostree_links),
		cmocka_unit_test(test_ostree_none),
		cmocka_unit_test(test_path_join),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_osinfo),
		cmocka_unit_test(test_manage),
	};

	return cmocka_run_group_tests(tests, tree_set_up, tree_tear_down);
}
