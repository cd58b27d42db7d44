/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a system is: phony trees of every kind that is known, and of some that mean harm. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/inspect/os.h"
#include "daemon/inspect/windows.h"
#include "trees.h"
#include "util/io.h"
#include "util/xalloc.h"

/* ---- what is said of them */

static void say(struct buf *b, const char *field, const char *value)
{
	assert_non_null(value);
	if (*value)
		buf_addf(b, "%s=%s\n", field, value);
}

static char *words(const wire_guest *w)
{
	struct buf b = BUF_INIT;

	say(&b, "type", w->type);
	say(&b, "arch", w->arch);
	say(&b, "distro", w->distro);
	say(&b, "product", w->product_name);
	say(&b, "variant", w->product_variant);
	if (w->major || w->minor)
		buf_addf(&b, "version=%u.%u\n", w->major, w->minor);
	say(&b, "format", w->package_format);
	say(&b, "management", w->package_management);
	say(&b, "hostname", w->hostname);
	say(&b, "build", w->build_id);
	say(&b, "osinfo", w->osinfo);
	say(&b, "id", w->id);
	say(&b, "version_id", w->version_id);
	say(&b, "init", w->init);
	if (strcmp(w->medium, "installed") != 0)
		say(&b, "medium", w->medium);
	say(&b, "systemroot", w->windows_systemroot);
	say(&b, "set", w->windows_current_control_set);
	say(&b, "root", w->root);
	say(&b, "deployment", w->deployment);
	return buf_take(&b);
}

static void test_trees(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < n_trees; i++) {
		CLEANUP(fd_close) int dir = tree_make(trees[i].files);
		const struct os_kind *k = os_recognise(dir);
		wire_guest w = { 0 };

		if (!k || k->role != ROLE_ROOT) {
			print_error("%s: not recognised\n", trees[i].name);
			wrong++;
			continue;
		}
		os_describe(dir, k, &w);
		CLEANUP(free) char *got = words(&w);
		wire_free_guest(&w);
		if (strcmp(got, trees[i].says) != 0) {
			print_error("%s: says\n%s", trees[i].name, got);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* ---- other file systems, and names */

static void test_roles(void **state)
{
	static const struct {
		const char *files[8];
		const char *type; /* NULL: nothing is known of it */
		const char *part;
	} rows[] = {
		{ { "grub/menu.lst=" }, "", "/boot" },
		{ { "grub/grub.conf=" }, "", "/boot" },
		{ { "grub2/grub.cfg=", "vmlinuz=" }, "", "/boot" },
		{ { "grub/grub.cfg=" }, "", "/boot" },
		{ { "loader/entries/x.conf=" }, "", "/boot" },
		{ { "etc/", "bin/", "share/" }, "", "/usr/local" },
		{ { "bin/", "local/", "share/", "src/" }, "", "/usr" },
		{ { "bin/", "local/", "share/coreos/" }, "", "/usr" },
		{ { "bin/", "share/", "lib/os-release=ID=arch\n" }, "", "/usr" },
		{ { "log/", "run/", "spool/" }, "", "/var" },
		{ { "log/", "run -> /run", "spool/", "lib/" }, "", "/var" },
		{ { "efi/boot/bootx64.efi=" }, "", "/boot/efi" },
		{ { "System Volume Information/", "Program Files/" }, "", "" },
		{ { "Windows/System32/", "System Volume Information/" }, "windows", "" },
		{ { "alice/.profile=", "lost+found/" }, NULL, NULL },
		{ { "etc/", "bin/" }, NULL, NULL },
		{ { "etc/hosts=" }, NULL, NULL },
		{ { "casper/" }, NULL, NULL },
		{ { "pool/", ".disk/" }, NULL, NULL },
		{ { "ostree/deploy/fedora/deploy/x.0/etc/os-release=", "boot/" }, NULL, NULL },
		{ { "hurd/null=", "hurd/hello=" }, NULL, NULL },
		{ { NULL }, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fd_close) int dir = tree_make(rows[i].files);
		const struct os_kind *k = os_recognise(dir);

		if (!rows[i].type) {
			assert_null(k);
			continue;
		}
		assert_non_null(k);
		assert_string_equal(k->type, rows[i].type);
		assert_string_equal(k->part, rows[i].part);
		assert_int_equal(k->role, *k->type ? ROLE_ROOT : ROLE_OTHER);
	}
}

/* Media are told apart from what is installed. */
static void test_medium(void **state)
{
	CLEANUP(fd_close) int medium = TREE("live/filesystem.squashfs=");

	(void)state;
	assert_true(os_recognise(medium)->medium);
	CLEANUP(fd_close) int root = TREE("etc/os-release=", "live/filesystem.squashfs=");
	assert_false(os_recognise(root)->medium);
}

/* What a type that is not described here gets: all strings, and what the caller had set. */
static void test_describe_windows(void **state)
{
	CLEANUP(fd_close) int dir = TREE("Windows/System32/");
	wire_guest w = { .root = xstrdup("/dev/sda1"), .deployment = xstrdup("x") };

	(void)state;
	os_describe(dir, os_recognise(dir), &w);
	CLEANUP(free) char *got = words(&w);
	assert_string_equal(w.medium, "");
	assert_string_equal(got, "type=windows\nroot=/dev/sda1\ndeployment=x\n");
	wire_free_guest(&w);
}

static void test_titles(void **state)
{
	static const struct {
		const char *files[6];
		const char *title;
	} rows[] = {
		{ { "etc/os-release=PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
		    "etc/debian_version=12.5\n" },
		  "Debian GNU/Linux 12 (bookworm)" },
		{ { "etc/os-release=NAME=X\nVERSION=2\n" }, "X 2" },
		{ { "etc/hosts=", "bin/", "etc/debian_version=5.0.1\n" }, "5.0.1" },
		{ { "etc/hosts=", "bin/", "etc/redhat-release=CentOS release 6.10 (Final)\n" },
		  "CentOS release 6.10 (Final)" },
		{ { "etc/hosts=", "bin/" }, "" },
		{ { "nix/var/nix/profiles/system -> x" }, "nixos" },
		{ { "bin/", "netbsd=", "etc/fstab=", "etc/release=NetBSD 9.3/amd64\n" },
		  "NetBSD 9.3/amd64" },
		{ { "FDOS/FREEDOS.BSS=" }, "freedos" },
		{ { "Windows/System32/" }, "Windows 8" },
		{ { ".disk/info=Debian 12", "pool/" }, "Debian 12" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fd_close) int dir = tree_make(rows[i].files);
		CLEANUP(free) char *title = os_title(dir, os_recognise(dir));

		assert_string_equal(title, rows[i].title);
	}
}

/* ---- hostile */

/* Describes a tree, which has to end; returns what is said of it. */
static char *survive(int dir)
{
	const struct os_kind *k = os_recognise(dir);
	wire_guest w = { 0 };

	assert_non_null(k);
	os_describe(dir, k, &w);
	CLEANUP(free) char *title = os_title(dir, k);
	assert_non_null(title);
	char *got = words(&w);
	wire_free_guest(&w);
	return got;
}

/* Files without an end: too large to be an os-release, but a release file has its first page. */
static void test_huge(void **state)
{
	static const char *const paths[] = { "etc/os-release", "etc/hostname", "etc/debian_version",
					     "bin/bash" };
	CLEANUP(fd_close) int dir = TREE("etc/fstab=", "bin/sh@arm", "etc/os-release=ID=debian\n",
					 "etc/debian_version=11.1\n");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		CLEANUP(fd_close) int fd = openat(dir, paths[i], O_WRONLY | O_CREAT, 0644);

		assert_int_equal(ftruncate(fd, (off_t)1 << 30), 0);
	}
	CLEANUP(free) char *got = survive(dir);
	assert_string_equal(got, "type=linux\narch=arm\ndistro=debian\nproduct=11.1\n"
				 "version=11.1\nformat=deb\nmanagement=apt\nosinfo=debian11\n");
}

/* Lines and values without an end are cut. */
static void test_long(void **state)
{
	CLEANUP(fd_close) int dir = TREE("etc/fstab=", "bin/");
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	(void)state;
	buf_addstr(&b, "ID=debian\nVERSION_ID=8.8\nPRETTY_NAME=\"");
	for (size_t i = 0; i < 1000000; i++)
		buf_addch(&b, 'x');
	buf_addstr(&b, "\"\n");
	tree_write(dir, "etc/os-release", b.data, b.len);
	tree_write(dir, "etc/hostname", b.data + 100, 900000);
	CLEANUP(free) char *got = survive(dir);
	assert_true(strlen(got) > 2000);
	assert_true(strlen(got) < 2300);
}

/* What would block, or is not a file. */
static void test_specials(void **state)
{
	CLEANUP(fd_close) int dir =
		TREE("etc/fstab=", "bin/bash/", "usr/lib/os-release=ID=rocky\n", "etc/os-release/",
		     "hurd/null/", "netbsd/", "bsd/", "etc/debian_version -> debian_version",
		     "etc/arch-release -> /dev/null", "bin/ls -> ../../../../../bin/ls",
		     "etc/HOSTNAME -> ../../../../../../../../proc/version");

	(void)state;
	assert_int_equal(mkfifoat(dir, "etc/hostname", 0644), 0);
	assert_int_equal(mkfifoat(dir, "etc/rocky-release", 0644), 0);
	assert_int_equal(mkfifoat(dir, "bin/echo", 0755), 0);
	CLEANUP(free) char *got = survive(dir);
	assert_string_equal(got, "type=linux\ndistro=rocky\nproduct=rocky\nformat=rpm\nid=rocky\n");
}

/* ---- icons */

/* A PNG's start, and zeroes up to n bytes. */
static void make_png(int dir, const char *path, uint32_t width, uint32_t height, size_t n)
{
	CLEANUP(free) uint8_t *p = xcalloc(n < 24 ? 24 : n, 1);

	memcpy(p, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
	for (int i = 0; i < 4; i++) {
		p[16 + i] = (uint8_t)(width >> (24 - 8 * i));
		p[20 + i] = (uint8_t)(height >> (24 - 8 * i));
	}
	tree_parents(dir, path);
	tree_write(dir, path, p, n);
}

/* Bytes of the logo of the tree; 0: none. */
static size_t icon_of(int dir)
{
	struct guestd g = { .sysroot = dir };
	const struct icon_args a = { .nothing = 0 };
	struct icon_ret r = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(do_icon(&g, &a, &r, &e), 0);
	size_t n = r.png.len;
	assert_int_equal(n != 0, r.png.data != NULL);
	free(r.png.data);
	return n;
}

#define FEDORA "etc/os-release=ID=fedora\nVERSION_ID=39\nPRETTY_NAME=F\n"
#define FEDORA_LOGO "usr/share/icons/hicolor/96x96/apps/fedora-logo-icon.png"
#define DEBIAN "etc/os-release=ID=debian\nVERSION_ID=12.1\nPRETTY_NAME=D\n"
#define DEBIAN_LOGO "usr/share/pixmaps/debian-logo.png"

static void test_icon_bounds(void **state)
{
	static const struct {
		const char *os, *logo;
		uint32_t width, height;
		size_t n, want;
	} rows[] = {
		{ FEDORA, FEDORA_LOGO, 96, 96, 3000, 3000 },
		{ FEDORA, FEDORA_LOGO, 16, 16, 1024, 1024 },
		{ FEDORA, FEDORA_LOGO, 16, 16, 1025, 0 },
		{ FEDORA, FEDORA_LOGO, 15, 16, 100, 0 },
		{ FEDORA, FEDORA_LOGO, 16, 1025, 100, 0 },
		{ FEDORA, FEDORA_LOGO, 1024, 1024, 1 << 20, 1 << 20 },
		{ FEDORA, FEDORA_LOGO, 1024, 1024, (1 << 20) + 1, 0 },
		{ FEDORA, FEDORA_LOGO, 0xffffffff, 0xffffffff, 100, 0 },
		{ FEDORA, FEDORA_LOGO, 96, 96, 23, 0 },
		{ DEBIAN, DEBIAN_LOGO, 64, 64, 2048, 2048 },
		{ DEBIAN, DEBIAN_LOGO, 64, 64, 2049, 0 },
		{ DEBIAN, DEBIAN_LOGO, 16, 16, 2000, 2000 },
		{ DEBIAN, FEDORA_LOGO, 64, 64, 100, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fd_close) int dir = TREE(rows[i].os);

		make_png(dir, rows[i].logo, rows[i].width, rows[i].height, rows[i].n);
		assert_int_equal(icon_of(dir), rows[i].want);
	}
}

static void test_icon_places(void **state)
{
	(void)state;
	/* By version, and through links. */
	CLEANUP(fd_close) int old =
		TREE("etc/redhat-release=CentOS release 6.1\n", "etc/fstab=", "bin/");
	make_png(old, "usr/share/pixmaps/redhat/shadowman-transparent.png", 64, 64, 300);
	make_png(old, "usr/share/icons/hicolor/96x96/apps/system-logo-icon.png", 96, 96, 200);
	assert_int_equal(icon_of(old), 300);
	tree_write(old, "etc/redhat-release", "CentOS release 7.1\n", 19);
	assert_int_equal(icon_of(old), 200);
	CLEANUP(fd_close) int leap =
		TREE("etc/os-release=ID=opensuse-leap\nVERSION_ID=15.5\nPRETTY_NAME=x\n",
		     "usr/share/icons/hicolor/24x24/apps/distributor.png -> /logo.png");
	assert_int_equal(icon_of(leap), 0);
	make_png(leap, "logo.png", 24, 24, 400);
	assert_int_equal(icon_of(leap), 400);
	/* Not a picture, not a file, not a system, one without a logo. */
	CLEANUP(fd_close) int text = TREE(DEBIAN, DEBIAN_LOGO "=this is no picture at all, is it?");
	assert_int_equal(icon_of(text), 0);
	CLEANUP(fd_close) int folder = TREE(DEBIAN, DEBIAN_LOGO "/");
	assert_int_equal(icon_of(folder), 0);
	CLEANUP(fd_close) int none = TREE("x=");
	assert_int_equal(icon_of(none), 0);
	CLEANUP(fd_close) int alpine = TREE("etc/os-release=ID=alpine\n");
	assert_int_equal(icon_of(alpine), 0);
}

static void test_icon_windows(void **state)
{
	static const char logo[] = "programdata/microsoft/windows live/wlive48x48.png";
	CLEANUP(fd_close) int dir = TREE("Windows/System32/");

	(void)state;
	assert_int_equal(icon_of(dir), 0);
	make_png(dir, logo, 48, 48, 8192);
	assert_int_equal(icon_of(dir), 0);
	tree_add(dir, "Windows/eight=");
	assert_int_equal(icon_of(dir), 8192);
	make_png(dir, logo, 48, 48, 8193);
	assert_int_equal(icon_of(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trees),
		cmocka_unit_test(test_roles),
		cmocka_unit_test(test_medium),
		cmocka_unit_test(test_describe_windows),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_specials),
		cmocka_unit_test(test_icon_bounds),
		cmocka_unit_test(test_icon_places),
		cmocka_unit_test(test_icon_windows),
	};

	return cmocka_run_group_tests(tests, tree_set_up, tree_tear_down);
}
