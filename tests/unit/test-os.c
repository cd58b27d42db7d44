/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a system is: phony trees of every kind that is known, and of some that mean harm. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/guestd.h"
#include "daemon/inspect/os.h"
#include "daemon/inspect/os_arch.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/os_host.h"
#include "daemon/inspect/os_medium.h"
#include "daemon/inspect/os_ostree.h"
#include "daemon/inspect/os_release.h"
#include "daemon/inspect/win_root.h"
#include "daemon/inspect/windows.h"
#include "trees.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* ---- Windows: its own tests have it; here it has a place among the others */

bool windows_matches(int top)
{
	return below_is(top, "Windows/System32", S_IFDIR);
}

bool windows_volume_matches(int top)
{
	return below_is(top, "System Volume Information", S_IFDIR);
}

char *windows_title(int root)
{
	(void)root;
	return xstrdup("Windows 8");
}

char *win_systemroot(int root)
{
	return windows_matches(root) ? xstrdup("/Windows") : NULL;
}

void windows_describe(int root, wire_guest *ret, struct strvec *warnings)
{
	(void)warnings;
	ret->major = 6;
	ret->minor = below_is(root, "Windows/eight", S_IFREG) ? 2 : 1;
}

/* ---- trees */

static char where[] = "/tmp/test-os-XXXXXX";

/* An ELF header's class, byte order and machine, of those that trees have. */
static const struct {
	const char *arch;
	uint8_t class, data;
	uint16_t machine;
} elfs[] = {
	{ "i386", ELFCLASS32, ELFDATA2LSB, EM_386 },
	{ "x86_64", ELFCLASS64, ELFDATA2LSB, EM_X86_64 },
	{ "aarch64", ELFCLASS64, ELFDATA2LSB, EM_AARCH64 },
	{ "arm", ELFCLASS32, ELFDATA2LSB, EM_ARM },
	{ "ppc", ELFCLASS32, ELFDATA2MSB, EM_PPC },
	{ "ppc64", ELFCLASS64, ELFDATA2MSB, EM_PPC64 },
	{ "ppc64le", ELFCLASS64, ELFDATA2LSB, EM_PPC64 },
	{ "s390", ELFCLASS32, ELFDATA2MSB, EM_S390 },
	{ "s390x", ELFCLASS64, ELFDATA2MSB, EM_S390 },
	{ "sparc", ELFCLASS32, ELFDATA2MSB, EM_SPARC },
	{ "sparc", ELFCLASS32, ELFDATA2MSB, EM_SPARC32PLUS },
	{ "sparc64", ELFCLASS64, ELFDATA2MSB, EM_SPARCV9 },
	{ "ia64", ELFCLASS64, ELFDATA2LSB, EM_IA_64 },
	{ "riscv64", ELFCLASS64, ELFDATA2LSB, EM_RISCV },
	{ "riscv32", ELFCLASS32, ELFDATA2LSB, EM_RISCV },
	{ "loongarch64", ELFCLASS64, ELFDATA2LSB, 258 },
	{ "mips", ELFCLASS32, ELFDATA2MSB, EM_MIPS },
	{ "mips64el", ELFCLASS64, ELFDATA2LSB, EM_MIPS },
	{ "x86_64", ELFCLASS32, ELFDATA2LSB, EM_X86_64 },
};

static void elf_header(size_t row, uint8_t h[64])
{
	memset(h, 0, 64);
	memcpy(h, ELFMAG, SELFMAG);
	h[EI_CLASS] = elfs[row].class;
	h[EI_DATA] = elfs[row].data;
	h[18 + (elfs[row].data == ELFDATA2MSB)] = (uint8_t)elfs[row].machine;
	h[19 - (elfs[row].data == ELFDATA2MSB)] = (uint8_t)(elfs[row].machine >> 8);
}

/* The folders above a path. */
static void make_parents(int dir, const char *path)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		CLEANUP(free) char *parent = xmemdup0(path, (size_t)(p - path));

		if (mkdirat(dir, parent, 0755))
			assert_int_equal(errno, EEXIST);
	}
}

static void write_file(int dir, const char *path, const void *data, size_t n)
{
	CLEANUP(fd_close) int fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, data, n), 0);
}

/* Makes one file as trees.h has it. */
static void make_file(int dir, const char *spec)
{
	const char *link = strstr(spec, " -> "), *text = strchr(spec, '='), *at = strchr(spec, '@');
	const char *end = text ? text : link ? link : at ? at : spec + strlen(spec);
	CLEANUP(free) char *path = xmemdup0(spec, (size_t)(end - spec));
	uint8_t h[64];

	make_parents(dir, path);
	if (text) {
		write_file(dir, path, text + 1, strlen(text + 1));
	} else if (link) {
		assert_int_equal(symlinkat(link + 4, dir, path), 0);
	} else if (at) {
		size_t i = 0;

		while (strcmp(elfs[i].arch, at + 1) != 0)
			assert_true(++i < ARRAY_SIZE(elfs));
		elf_header(i, h);
		write_file(dir, path, h, sizeof(h));
	}
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
	(void)st;
	(void)flag;
	return f->level ? remove(path) : 0;
}

/* An empty folder, as O_PATH; NULL after the last spec. */
static int make_tree(const char *const *files)
{
	assert_int_equal(nftw(where, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	int dir = open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	for (; files && *files; files++)
		make_file(dir, *files);
	return dir;
}

#define TREE(...) make_tree((const char *const[]){ __VA_ARGS__, NULL })

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(where) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(where, remove_one, 16, FTW_DEPTH | FTW_PHYS) || rmdir(where) ? -1 : 0;
}

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
		CLEANUP(fd_close) int dir = make_tree(trees[i].files);
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
		CLEANUP(fd_close) int dir = make_tree(rows[i].files);
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
		CLEANUP(fd_close) int dir = make_tree(rows[i].files);
		CLEANUP(free) char *title = os_title(dir, os_recognise(dir));

		assert_string_equal(title, rows[i].title);
	}
}

/* ---- ostree */

#define DEPLOY "ostree/deploy/fedora/deploy/"

static void deploys(const char *const *files, const char *want)
{
	CLEANUP(fd_close) int dir = make_tree(files);
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
	uint8_t h[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elfs); i++) {
		elf_header(i, h);
		const char *arch = arch_of_header(h, sizeof(h));

		assert_non_null(arch);
		assert_string_equal(arch, elfs[i].arch);
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
	write_file(dir, "etc/os-release", b.data, b.len);
	write_file(dir, "etc/hostname", b.data + 100, 900000);
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
	make_parents(dir, path);
	write_file(dir, path, p, n);
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
	write_file(old, "etc/redhat-release", "CentOS release 7.1\n", 19);
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
	make_file(dir, "Windows/eight=");
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
		cmocka_unit_test(test_ostree_entries),
		cmocka_unit_test(test_ostree_links),
		cmocka_unit_test(test_ostree_none),
		cmocka_unit_test(test_path_join),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_after),
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_osinfo),
		cmocka_unit_test(test_manage),
		cmocka_unit_test(test_huge),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_specials),
		cmocka_unit_test(test_icon_bounds),
		cmocka_unit_test(test_icon_places),
		cmocka_unit_test(test_icon_windows),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
