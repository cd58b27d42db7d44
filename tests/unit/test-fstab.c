/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's fstab and os-release: text that may be anything. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/fstab.h"
#include "../../daemon/osrelease.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

static const struct {
	const char *text;
	enum spec_kind kind;
	const char *value, *vg, *lv;
	unsigned disk, part;
} specs[] = {
	{ "UUID=1234-ABCD", SPEC_UUID, "1234-ABCD", NULL, NULL, 0, 0 },
	{ "UUID=\"1234-ABCD\"", SPEC_UUID, "1234-ABCD", NULL, NULL, 0, 0 },
	{ "LABEL='a b'", SPEC_LABEL, "a b", NULL, NULL, 0, 0 },
	{ "LABEL=\"", SPEC_LABEL, "\"", NULL, NULL, 0, 0 },
	{ "LABEL=", SPEC_LABEL, "", NULL, NULL, 0, 0 },
	{ "PARTUUID=0badf00d-01", SPEC_PARTUUID, "0badf00d-01", NULL, NULL, 0, 0 },
	{ "PARTLABEL=root", SPEC_PARTLABEL, "root", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-uuid/1-2", SPEC_UUID, "1-2", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-label/a\\x20b\\x2fc", SPEC_LABEL, "a b/c", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-label/a\\x0", SPEC_LABEL, "a\\x0", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-label/a\\x00", SPEC_LABEL, "a\\x00", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-partuuid/x", SPEC_PARTUUID, "x", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-partlabel/EFI\\x20System", SPEC_PARTLABEL, "EFI System", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-id/dm-uuid-LVM-abc", SPEC_DM_UUID, "LVM-abc", NULL, NULL, 0, 0 },
	{ "/dev/disk/by-id/dm-name-my--vg-lv", SPEC_MAPPER, "my--vg-lv", "my-vg", "lv", 0, 0 },
	{ "/dev/disk/by-id/ata-X-part-part3", SPEC_BY_ID, "/dev/disk/by-id/ata-X-part-part3", NULL,
	  NULL, 0, 3 },
	{ "/dev/disk/by-path/pci-0", SPEC_BY_ID, "/dev/disk/by-path/pci-0", NULL, NULL, 0, 0 },
	{ "/dev/sda2", SPEC_DISK, NULL, NULL, NULL, 0, 2 },
	{ "/dev/hdc1", SPEC_DISK, NULL, NULL, NULL, 2, 1 },
	{ "/dev/nvme0n1p2", SPEC_DISK, NULL, NULL, NULL, 0, 2 },
	{ "/dev/mmcblk1", SPEC_DISK, NULL, NULL, NULL, 1, 0 },
	{ "/dev/mapper/my--vg-my--lv", SPEC_MAPPER, "my--vg-my--lv", "my-vg", "my-lv", 0, 0 },
	{ "/dev/my-vg/my-lv", SPEC_VOLUME, NULL, "my-vg", "my-lv", 0, 0 },
	{ "/dev/root", SPEC_ROOT, NULL, NULL, NULL, 0, 0 },
	{ "/dev/mapper/luks", SPEC_MAPPER, "luks", NULL, NULL, 0, 0 },
	{ "/dev/cciss/c0d1p3", SPEC_DISK, NULL, NULL, NULL, 1, 3 },
	{ "/dev/md0", SPEC_MD, "md0", NULL, NULL, 0, 0 },
	{ "/dev/md/root", SPEC_MD, "md/root", NULL, NULL, 0, 0 },
	{ "/dev/a/b/c", SPEC_OTHER, "/dev/a/b/c", NULL, NULL, 0, 0 },
};

static void same(const char *a, const char *b)
{
	if (!a || !b)
		assert_true(a == b);
	else
		assert_string_equal(a, b);
}

static void test_specs(void **state)
{
	static const char *const none[] = { "",		"tmpfs",      "none",	   "proc",
					    "//srv/x",	"host:/x",    "/swapfile", "/dev",
					    "uuid=x",	"/dev/cdrom", "/dev/sr0",  "/dev/fd0",
					    "/dev/dvd", "ID=x",	      "../dev/sda" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		struct spec s;

		assert_true(spec_parse("linux", specs[i].text, &s));
		assert_int_equal(s.kind, specs[i].kind);
		same(s.value, specs[i].value);
		same(s.vg, specs[i].vg);
		same(s.lv, specs[i].lv);
		assert_int_equal(s.disk.disk, specs[i].disk);
		assert_int_equal(s.disk.part, specs[i].part);
		spec_release(&s);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct spec s;

		assert_false(spec_parse("linux", none[i], &s));
	}
}

/* What other systems call their disks. */
static const struct {
	const char *type, *text;
	unsigned disk, part;
} foreigns[] = {
	{ "freebsd", "/dev/ada0p2", 0, 2 },  { "freebsd", "/dev/ad1s2", 1, 2 },
	{ "freebsd", "/dev/ada0s1a", 0, 5 }, { "freebsd", "/dev/vtbd0s1d", 0, 7 },
	{ "freebsd", "/dev/da2", 2, 0 },     { "netbsd", "/dev/wd0a", 0, 5 },
	{ "netbsd", "/dev/ld1e", 1, 7 },     { "openbsd", "/dev/sd0a", 0, 5 },
	{ "openbsd", "/dev/wd0d", 0, 7 },    { "openbsd", "0123456789abcdef.e", 0, 8 },
	{ "hurd", "/dev/hd0s1", 0, 1 },	     { "hurd", "/dev/sd1s2", 1, 2 },
};

static void test_foreign(void **state)
{
	static const struct {
		const char *type, *text;
	} none[] = {
		{ "freebsd", "/dev/ada0s1c" }, { "freebsd", "/dev/ada0s2a" },
		{ "netbsd", "/dev/wd0c" },     { "netbsd", "/dev/wd0p1" },
		{ "openbsd", "/dev/sd0c" },    { "hurd", "/dev/hd0a" },
		{ "openbsd", "/dev/sd0ab" },   { "linux", "/dev/ada0p2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(foreigns); i++) {
		struct spec s;

		assert_true(spec_parse(foreigns[i].type, foreigns[i].text, &s));
		assert_int_equal(s.kind, SPEC_DISK);
		assert_int_equal(s.disk.disk, foreigns[i].disk);
		assert_int_equal(s.disk.part, foreigns[i].part);
		spec_release(&s);
	}
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		struct spec s = { .kind = SPEC_OTHER };

		assert_true(spec_parse(none[i].type, none[i].text, &s));
		assert_int_equal(s.kind, SPEC_OTHER);
		spec_release(&s);
	}
}

static void test_names(void **state)
{
	static const char crypt[] = "# name device key\ncryptroot UUID=1-2 none luks\n"
				    "swap /dev/sda2 /dev/urandom swap\nshort\n";
	static const char md[] = "DEVICE partitions\narray /dev/md0 level=1 UUID=a:b:c:d name=h:0\n"
				 "ARRAY md/root metadata=1.2 uuid=e:f:0:1\nARRAY /dev/md9\n";

	(void)state;
	static const struct {
		char *(*find)(const char *, size_t, const char *);
		const char *text, *name, *want;
	} rows[] = {
		{ crypttab_find, crypt, "cryptroot", "UUID=1-2" },
		{ crypttab_find, crypt, "swap", "/dev/sda2" },
		{ crypttab_find, crypt, "short", NULL },
		{ crypttab_find, crypt, "# name", NULL },
		{ mdadm_conf_find, md, "md0", "a:b:c:d" },
		{ mdadm_conf_find, md, "md/root", "e:f:0:1" },
		{ mdadm_conf_find, md, "md9", NULL },
		{ mdadm_conf_find, md, "md1", NULL },
	};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free)
		char *got = rows[i].find(rows[i].text, strlen(rows[i].text), rows[i].name);

		same(got, rows[i].want);
	}
}

/* What is left of a text, one "spec dir type subvol" a line. */
static char *digest(const char *text, size_t n)
{
	CLEANUP(fstab_release) struct fstab t = { .v = NULL };
	struct buf b = BUF_INIT;

	fstab_parse("linux", text, n, &t);
	for (size_t i = 0; i < t.n; i++)
		buf_addf(&b, "%s %s %s %s%s\n", t.v[i].text, *t.v[i].dir ? t.v[i].dir : "swap",
			 t.v[i].type, t.v[i].subvol ? t.v[i].subvol : "-",
			 t.v[i].left ? " left" : "");
	return buf_take(&b);
}

static const struct {
	const char *text, *want;
} tables[] = {
	{ "", "" },
	{ "\n\n# comment\n   # another\n", "" },
	{ "/dev/sda1 / ext4 defaults 0 1", "/dev/sda1 / ext4 -\n" },
	{ "/dev/sda1\t/\text4\r\n", "/dev/sda1 / ext4 -\n" },
	{ "/dev/sda1 /\n/dev/sda2\n/dev/sda3 / ext4\n", "/dev/sda3 / ext4 -\n" },
	{ "UUID=b /var/log ext4\nUUID=a /var ext4\nUUID=c /home xfs\nUUID=d / ext4\n",
	  "UUID=d / ext4 -\nUUID=a /var ext4 -\nUUID=c /home xfs -\nUUID=b /var/log ext4 -\n" },
	{ "UUID=x none swap sw\nUUID=x /swap swap sw\n/swapfile none swap sw\n",
	  "UUID=x swap swap - left\nUUID=x swap swap - left\n" },
	{ "tmpfs /tmp tmpfs\nproc /proc proc\nsrv:/x /net nfs\n//s/x /win cifs\n", "" },
	{ "/data /mnt none bind\n/dev/sda1 /mnt ext4 rbind\n/dev/sda1 /m ext4 ro,bind\n",
	  "/data /mnt none -\n" },
	{ "/dev/sda1 /a ext4 noauto\n/dev/sda2 /b ext4 noautomatic\n",
	  "/dev/sda1 /a ext4 - left\n/dev/sda2 /b ext4 -\n" },
	{ "/dev/sda1 /proc/x ext4\n/dev/sda1 /dev ext4\n/dev/sda1 /sys ext4\n"
	  "/dev/sda1 /media/usb ext4\n/dev/sda1 /devel ext4\n",
	  "/dev/sda1 /devel ext4 -\n" },
	{ "/dev/sda1 ///usr//local/./x/// ext4\n", "/dev/sda1 /usr/local/x ext4 -\n" },
	{ "/dev/sda1 /../../etc ext4\n", "/dev/sda1 /../../etc ext4 -\n" },
	{ "/dev/sda1 relative ext4\n/dev/sda1 none ext4\n", "" },
	{ "LABEL=my\\040disk /my\\040dir ext4\n", "LABEL=my disk /my dir ext4 -\n" },
	{ "LABEL=a\\777\\04 /x\\ ext4\n", "LABEL=a\\777\\04 /x\\ ext4 -\n" },
	{ "LABEL=a\\000b /x ext4\n", "LABEL=a\\000b /x ext4 -\n" },
	{ "UUID=x / btrfs subvol=@,compress=zstd:1\n", "UUID=x / btrfs subvol=@\n" },
	{ "UUID=x / btrfs rw,subvolid=256,subvol=/@\n", "UUID=x / btrfs subvol=/@\n" },
	{ "UUID=x / btrfs subvol=\n", "UUID=x / btrfs -\n" },
	{ "UUID=x / btrfs subvol=a\\040b\n", "UUID=x / btrfs subvol=a b\n" },
	{ "UUID=x / btrfs subvol=a\\054rescue=all\n", "" },
	{ "UUID=x /d ext4 nofail,x-systemd.device-timeout=1\n", "UUID=x /d ext4 -\n" },
	{ "UUID=x /d ext4 , 0 0 more words # and more\n", "UUID=x /d ext4 -\n" },
};

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		CLEANUP(free) char *got = digest(tables[i].text, strlen(tables[i].text));

		assert_string_equal(got, tables[i].want);
	}
}

/* The first line that is left out because it makes no sense, not because it is of no use. */
static void test_bad(void **state)
{
	static const struct {
		const char *text;
		size_t bad;
	} rows[] = {
		{ "", 0 },
		{ "# a\n\n \t\r\n  # b c\n#", 0 },
		{ "tmpfs /tmp tmpfs\n/swapfile none swap\nx /proc x\n", 0 },
		{ "garbage", 1 },
		{ "# a\n/dev/sda1 / ext4\n/dev/sdb\ngarbage\n/dev/sda2 /b ext4\n", 3 },
		{ "\n/dev/sda1 /", 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(fstab_release) struct fstab t = { .v = NULL };

		fstab_parse("linux", rows[i].text, strlen(rows[i].text), &t);
		assert_int_equal(t.bad, rows[i].bad);
	}
}

/* A NUL ends nothing but its own line. */
static void test_nul(void **state)
{
	static const char text[] =
		"/dev/sda1 / ext4\n/dev/sda2 /a\0b ext4\n\0\n/dev/sda3 /c ext4\n";
	CLEANUP(free) char *got = digest(text, sizeof(text) - 1);

	(void)state;
	assert_string_equal(got, "/dev/sda1 / ext4 -\n/dev/sda3 /c ext4 -\n");
}

/* The worst order for a sort, more lines than are taken, and one endless line. */
static void test_size(void **state)
{
	CLEANUP(fstab_release) struct fstab t = { .v = NULL };
	CLEANUP(fstab_release) struct fstab u = { .v = NULL };
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	(void)state;
	for (int i = 0; i < FSTAB_LINES_MAX + 10; i++) {
		buf_addstr(&b, "UUID=x ");
		for (int k = i; k < FSTAB_LINES_MAX + 10; k += 32)
			buf_addstr(&b, "/a");
		buf_addstr(&b, "/a ext4\n");
	}
	fstab_parse("linux", b.data, b.len, &t);
	assert_true(t.cut);
	assert_int_equal(t.n, FSTAB_LINES_MAX);
	for (size_t i = 1; i < t.n; i++)
		assert_true(strlen(t.v[i - 1].dir) <= strlen(t.v[i].dir));

	memset(b.data, '/', b.len);
	memcpy(b.data, "/dev/sda1 ", 10);
	memcpy(b.data + b.len - 5, " ext4", 5);
	fstab_parse("linux", b.data, b.len, &u);
	assert_int_equal(u.n, 0);
	memcpy(b.data + b.len - FSTAB_LINE_MAX, "/dev/sda1 ", 10);
	fstab_parse("linux", b.data + b.len - FSTAB_LINE_MAX, FSTAB_LINE_MAX, &u);
	assert_int_equal(u.n, 1);
	assert_string_equal(u.v[0].dir, "/");
}

/* No input makes it read outside: any bytes, cut anywhere; the sanitizers watch. */
static void test_noise(void **state)
{
	static const char alphabet[] = "/dev/sdaUUID=LABEL \t\n\\040,#\"'-x\0\377";
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = (size_t)round % 200;
		CLEANUP(free) char *text = xmalloc(n);

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = alphabet[(seed >> 16) % sizeof(alphabet)];
		}
		free(digest(text, n));
		free(osrelease_name(text, n));
	}
}

static void test_os_release(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
		  "Debian GNU/Linux 12 (bookworm)" },
		{ "NAME=Fedora\nVERSION='38 (Server)'\n", "Fedora 38 (Server)" },
		{ "NAME=\"Arch Linux\"\n", "Arch Linux" },
		{ "ID=void", "void" },
		{ "# PRETTY_NAME=no\nID=x\n", "x" },
		{ "PRETTY_NAME=\"\"\nID=x\n", "x" },
		{ "PRETTY_NAME=a\nPRETTY_NAME=b\n", "b" },
		{ "PRETTY_NAME=\"a \\\"b\\\" \\$c\"\n", "a \"b\" $c" },
		{ "PRETTY_NAME=two words\n", "two" },
		{ "PRETTY_NAME=\"no end\n", "no end" },
		{ "XPRETTY_NAME=x\nPRETTY_NAMES=y\nPRETTY_NAME\n", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *got = osrelease_name(rows[i].text, strlen(rows[i].text));

		assert_string_equal(got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_specs), cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_names), cmocka_unit_test(test_tables),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul),   cmocka_unit_test(test_size),
		cmocka_unit_test(test_noise), cmocka_unit_test(test_os_release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
