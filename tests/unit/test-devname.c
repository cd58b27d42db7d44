/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of devices and mount options: text that users and guests write. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "../../daemon/devname.h"
#include "../../daemon/mount_opts.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

static const struct {
	const char *name;
	unsigned disk, part;
} good[] = {
	{ "/dev/sda", 0, 0 },	      { "/dev/sda1", 0, 1 },	  { "/dev/sdz", 25, 0 },
	{ "/dev/sdaa", 26, 0 },	      { "/dev/sdaz15", 51, 15 },  { "/dev/sdba2", 52, 2 },
	{ "/dev/sdzz", 701, 0 },      { "/dev/sdaaa", 702, 0 },	  { "/dev/hdb3", 1, 3 },
	{ "/dev/vdc128", 2, 128 },    { "/dev/xvda1", 0, 1 },	  { "/dev/nvme0n1", 0, 0 },
	{ "/dev/nvme0n1p2", 0, 2 },   { "/dev/nvme1n1p3", 1, 3 }, { "/dev/nvme0n2p1", 1, 1 },
	{ "/dev/mmcblk0", 0, 0 },     { "/dev/mmcblk1p7", 1, 7 }, { "/dev/sda9999", 0, 9999 },
};

static const char *const bad[] = {
	"",	       "sda1",		"/dev/",	"/dev/sd",	   "/dev/sd1",
	"/dev/sda0",   "/dev/sda01",	"/dev/sda1 ",	"/dev/sda1p1",	   "/dev/sda1p",
	"/dev/SDA",	"/dev/sda-1",	"/dev/sda/1",	"/dev/sda1\n",	   "/dev/sda99999",
	"/dev/sdzzzzzzzzzzzzzzzzzzzz",	"/dev/sda18446744073709551617",
	"/dev/nvme0",  "/dev/nvme0n0",	"/dev/nvme0n1p0", "/dev/nvme0n1p", "/dev/nvme00n1",
	"/dev/nvmen1", "/dev/mmcblk",	"/dev/mmcblk0boot0", "/dev/vg/lv", "/dev/../dev/sda",
	"/dev/dm-0",   "/dev/loop0",	"/dev/ysda",
};

static void test_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct devname d = { 77, 77 };

		assert_true(devname_parse(good[i].name, &d));
		assert_int_equal(d.disk, good[i].disk);
		assert_int_equal(d.part, good[i].part);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct devname d = { 77, 78 };

		if (devname_parse(bad[i], &d))
			fail_msg("'%s' was taken for a device", bad[i]);
		assert_int_equal(d.disk, 77);
		assert_int_equal(d.part, 78);
	}
}

/* What is printed reads back the same, far beyond the disks there can be. */
static void test_there_and_back(void **state)
{
	(void)state;
	for (unsigned disk = 0; disk < 2000; disk++)
		for (unsigned part = 0; part < 3; part++) {
			char text[DEVNAME_MAX];
			struct devname d;

			devname_format((struct devname){ disk, part }, text);
			assert_true(devname_parse(text, &d));
			assert_int_equal(d.disk, disk);
			assert_int_equal(d.part, part);
		}
}

static void test_kernel(void **state)
{
	char text[64];

	(void)state;
	devname_kernel("vdc", 0, text, sizeof(text));
	assert_string_equal(text, "/dev/vdc");
	devname_kernel("vdc", 12, text, sizeof(text));
	assert_string_equal(text, "/dev/vdc12");
	devname_kernel("nvme0n1", 2, text, sizeof(text));
	assert_string_equal(text, "/dev/nvme0n1p2");
}

static void test_mapper(void **state)
{
	static const struct {
		const char *name, *vg, *lv;
	} rows[] = {
		{ "vg-root", "vg", "root" },
		{ "my--vg-root", "my-vg", "root" },
		{ "vg-my--root", "vg", "my-root" },
		{ "a----b-c--d", "a--b", "c-d" },
		{ "debian--vg-swap_1", "debian-vg", "swap_1" },
		{ "vg.1-lv+2", "vg.1", "lv+2" },
		{ "control", NULL, NULL },
		{ "", NULL, NULL },
		{ "-", NULL, NULL },
		{ "vg-", NULL, NULL },
		{ "-lv", NULL, NULL },
		{ "luks--x", NULL, NULL },
		{ "vg-lv-real", NULL, NULL },
		{ "vg-lv-cow", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *vg = NULL;
		CLEANUP(free) char *lv = NULL;
		bool ok = devname_split_mapper(rows[i].name, &vg, &lv);

		assert_int_equal(ok, rows[i].vg != NULL);
		if (!ok)
			continue;
		assert_string_equal(vg, rows[i].vg);
		assert_string_equal(lv, rows[i].lv);
	}
}

static void test_internal(void **state)
{
	(void)state;
	assert_true(devname_lv_is_internal("root_rimage_0"));
	assert_true(devname_lv_is_internal("pool_tdata"));
	assert_true(devname_lv_is_internal("lvol0_pmspare"));
	assert_true(devname_lv_is_internal("pvmove0"));
	assert_false(devname_lv_is_internal("root"));
	assert_false(devname_lv_is_internal("swap_1"));
	assert_false(devname_lv_is_internal("data_image"));
}

static const struct {
	const char *text;
	unsigned long flags;
	const char *data, *words;
} options[] = {
	{ "", 0, "", "rw" },
	{ ",,,", 0, "", "rw" },
	{ "ro", MS_RDONLY, "", "ro" },
	{ "ro,rw", 0, "", "rw" },
	{ "rw,ro", MS_RDONLY, "", "ro" },
	{ "defaults,noatime", MS_NOATIME, "", "rw,noatime" },
	{ "noatime,atime", 0, "", "rw" },
	{ "ro,subvol=/@,compress=zstd", MS_RDONLY, "subvol=/@,compress=zstd",
	  "ro,subvol=/@,compress=zstd" },
	{ "nofail,x-systemd.automount,X-mount.mkdir,comment=a b,_netdev,user", 0, "", "rw" },
	{ "noexec,nodev,nosuid,sync,dirsync", MS_NOEXEC | MS_NODEV | MS_NOSUID | MS_SYNCHRONOUS |
	  MS_DIRSYNC, "", "rw,nosuid,nodev,noexec,sync,dirsync" },
	{ "readonly", 0, "readonly", "rw,readonly" },
	{ "roo,r", 0, "roo,r", "rw,roo,r" },
};

static void test_options(void **state)
{
	static const char *const refused[] = { "bind", "ro,loop", "remount,rw", "dev", "move" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		struct mount_opts o;
		struct err e = ERR_INIT;
		CLEANUP(buf_release) struct buf words = BUF_INIT;

		assert_int_equal(mount_opts_parse(options[i].text, &o, &e), 0);
		assert_int_equal(o.flags, options[i].flags);
		assert_string_equal(o.data.data ? o.data.data : "", options[i].data);
		mount_opts_words(&o, &words);
		assert_string_equal(words.data, options[i].words);
		mount_opts_release(&o);
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct mount_opts o;
		struct err e = ERR_INIT;

		assert_int_equal(mount_opts_parse(refused[i], &o, &e), -1);
		assert_int_equal(e.no, EINVAL);
	}
}

static void test_long_options(void **state)
{
	CLEANUP(free) char *text = xmalloc(60001);
	struct mount_opts o;
	struct err e = ERR_INIT;

	(void)state;
	memset(text, 'a', 60000);
	text[60000] = '\0';
	assert_int_equal(mount_opts_parse(text, &o, &e), -1);
	assert_int_equal(e.no, E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	 cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_kernel),	 cmocka_unit_test(test_mapper),
		cmocka_unit_test(test_internal), cmocka_unit_test(test_options),
		cmocka_unit_test(test_long_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
