/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Windows writes, taken apart: partitions, programs, text, ini files, names, paths. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/inspect/win_parse.h"
#include "daemon/inspect/win_path.h"
#include "hives.h"
#include "peer.h"
#include "util/xalloc.h"

/* ---- formats */

static void test_partitions(void **state)
{
	static const uint8_t mbr[12] = { 0x04, 0x03, 0x21, 0x20, 0, 0, 0x10 };
	static const uint8_t gpt[24] = "DMIO:ID:\x33\x22\x11\x00\x55\x44\x77\x66\x88\x99"
				       "\xaa\xbb\xcc\xdd\xee\xff";
	struct win_partition a, b;

	(void)state;
	assert_true(win_partition_parse(mbr, 12, &a));
	assert_false(a.gpt);
	assert_int_equal(a.signature, 0x20210304);
	assert_int_equal(a.offset, 1 << 20);
	assert_true(win_partition_uuid("20210304-01", 1 << 20, &b));
	assert_true(win_partition_same(&a, &b));
	assert_true(win_partition_uuid("20210304-01", 2 << 20, &b));
	assert_false(win_partition_same(&a, &b));
	assert_true(win_partition_parse(gpt, 24, &a));
	assert_string_equal(a.guid, "00112233-4455-6677-8899-aabbccddeeff");
	assert_false(win_partition_same(&a, &b));
	assert_true(win_partition_uuid("00112233-4455-6677-8899-AABBCCDDEEFF", 5, &b));
	assert_true(win_partition_same(&a, &b));
	assert_false(win_partition_parse(gpt, 23, &a));
	assert_false(win_partition_parse("\\\0?\0?\0\\\0S\0C\0S\0I\0", 16, &a));
	assert_false(win_partition_parse("", 0, &a));
	assert_false(win_partition_uuid("00000000-01", 0, &a));
	assert_false(win_partition_uuid("", 0, &a));
	assert_false(win_partition_uuid("2021030-401", 0, &a));
}

static void test_pe(void **state)
{
	uint8_t exe[256] = "MZ";

	(void)state;
	exe[0x3c] = 128;
	memcpy(exe + 128, "PE\0\0\x64\x86", 6);
	assert_string_equal(win_pe_arch(exe, sizeof(exe)), "x86_64");
	memcpy(exe + 132, "\x4c\x01", 2);
	assert_string_equal(win_pe_arch(exe, sizeof(exe)), "i386");
	memcpy(exe + 132, "\x64\xaa", 2);
	assert_string_equal(win_pe_arch(exe, sizeof(exe)), "aarch64");
	assert_string_equal(win_pe_arch(exe, 134), "aarch64");
	assert_string_equal(win_pe_arch(exe, 133), "");
	exe[0x3f] = 0xff;
	assert_string_equal(win_pe_arch(exe, sizeof(exe)), "");
	assert_string_equal(win_pe_arch("MZ", 2), "");
	assert_string_equal(win_pe_arch("\x7f"
					"ELF",
					4),
			    "");
}

static void test_utf16(void **state)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} rows[] = {
		{ "a\0b\0\0\0c\0", 8, "ab" },
		{ "\xfc\0\xac\x20", 4, "\xc3\xbc\xe2\x82\xac" },
		{ "\x3d\xd8\x00\xde", 4, "\xf0\x9f\x98\x80" },
		{ "\x3d\xd8", 2, "\xef\xbf\xbd" },
		{ "\x3d\xd8x\0", 4, "\xef\xbf\xbdx" },
		{ "\x00\xde", 2, "\xef\xbf\xbd" },
		{ "a\0b", 3, "a" },
		{ "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *s = win_utf8(rows[i].in, rows[i].n, 100);

		assert_string_equal(s, rows[i].out);
	}
	CLEANUP(free) char *cut = win_utf8("a\0b\0c\0", 6, 2);
	assert_string_equal(cut, "ab");
}

static void test_boot_ini(void **state)
{
	static const char text[] =
		"[boot loader]\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\NO\r\n"
		"[Operating Systems]\r\n"
		"multi(0)disk(0)rdisk(0)partition(1)\\WINXP=\"Windows XP\" /fastdetect\r\n"
		"C:\\CMDCONS\\BOOTSECT.DAT=\"Recovery Console\" /cmdcons\r\n"
		"scsi(0)disk(1)rdisk(0)partition(2)\\My Windows = \"other\"\r\n"
		"nothing\r\n[more]\r\nmulti(0)disk(0)rdisk(0)partition(1)\\LATE=x";
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;

	(void)state;
	win_boot_ini(text, strlen(text), &v);
	assert_int_equal(v.n, 2);
	assert_string_equal(v.v[0], "\\WINXP");
	assert_string_equal(v.v[1], "\\My Windows ");
}

static void test_ini(void **state)
{
	static const char text[] =
		"ProductName = early\n[SetupData]\nproductname = \"Windows XP\"\n"
		"MajorVersion=5\n[Other]\nMinorVersion=9\n";
	CLEANUP(free) char *name = win_ini_value(text, strlen(text), "SetupData", "ProductName");
	CLEANUP(free) char *major = win_ini_value(text, strlen(text), "setupdata", "MajorVersion");

	(void)state;
	assert_string_equal(name, "Windows XP");
	assert_string_equal(major, "5");
	assert_null(win_ini_value(text, strlen(text), "SetupData", "MinorVersion"));
	assert_null(win_ini_value("", 0, "SetupData", "MinorVersion"));
	/* What is too long for an answer is cut. */
	CLEANUP(free) char *much = xasprintf("[SetupData]\nProductName=%0100000d\n", 1);
	CLEANUP(free) char *part = win_ini_value(much, strlen(much), "SetupData", "ProductName");
	assert_int_equal(strlen(part), 1024);
}

static void test_osinfo(void **state)
{
	static const struct {
		uint32_t major, minor;
		const char *name, *variant, *build, *id, *title;
	} rows[] = {
		{ 4, 0, "Windows NT", "", "1381", "winnt4.0", "Windows NT" },
		{ 5, 0, "Microsoft Windows 2000", "", "2195", "win2k", "Microsoft Windows 2000" },
		{ 5, 1, "Microsoft Windows XP", "", "2600", "winxp", "Microsoft Windows XP" },
		{ 5, 2, "Microsoft Windows XP", "", "3790", "winxp", "Microsoft Windows XP" },
		{ 5, 2, "Windows Server 2003 R2", "", "3790", "win2k3r2",
		  "Windows Server 2003 R2" },
		{ 5, 2, "Windows Server 2003", "", "3790", "win2k3", "Windows Server 2003" },
		{ 6, 0, "Windows Vista (TM) Business", "Client", "6002", "winvista",
		  "Windows Vista (TM) Business" },
		{ 6, 0, "Windows Server 2008", "Server", "6002", "win2k8", "Windows Server 2008" },
		{ 6, 1, "Windows 7 Pro", "Client", "7601", "win7", "Windows 7 Pro" },
		{ 6, 1, "Windows Server 2008 R2", "Server Core", "7601", "win2k8r2",
		  "Windows Server 2008 R2" },
		{ 6, 2, "Windows 8", "Client", "9200", "win8", "Windows 8" },
		{ 6, 2, "Windows Server 2012", "Server", "9200", "win2k12", "Windows Server 2012" },
		{ 6, 3, "Windows 8.1", "Client", "9600", "win8.1", "Windows 8.1" },
		{ 6, 3, "Windows Server 2012 R2", "Server", "9600", "win2k12r2",
		  "Windows Server 2012 R2" },
		{ 10, 0, "Windows 10 Pro", "Client", "19045", "win10", "Windows 10 Pro" },
		{ 10, 0, "Windows 10 Pro N", "Client", "22000", "win11", "Windows 11 Pro N" },
		{ 10, 0, "Windows 11 Home", "Client", "26100", "win11", "Windows 11 Home" },
		{ 10, 0, "Windows Server 2016", "Server", "14393", "win2k16",
		  "Windows Server 2016" },
		{ 10, 0, "Windows Server 2019", "Server", "17763", "win2k19",
		  "Windows Server 2019" },
		{ 10, 0, "Windows Server 2022", "Server", "20348", "win2k22",
		  "Windows Server 2022" },
		{ 10, 0, "Windows Server 2025", "Server", "26100", "win2k25",
		  "Windows Server 2025" },
		{ 7, 0, "", "", "", "", "Windows" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const wire_guest w = { .major = rows[i].major,
				       .minor = rows[i].minor,
				       .product_name = peer_str(rows[i].name),
				       .product_variant = peer_str(rows[i].variant),
				       .build_id = peer_str(rows[i].build) };
		CLEANUP(free) char *title = win_title(rows[i].name, rows[i].variant, rows[i].build);

		assert_string_equal(win_osinfo(&w), rows[i].id);
		assert_string_equal(title, rows[i].title);
	}
}

/* ---- names and paths */

static void test_same(void **state)
{
	(void)state;
	assert_true(win_same("System32", "SYSTEM32"));
	assert_true(win_same("J\xc3\xbcrg \xce\x9b \xd0\x96", "J\xc3\x9crg \xce\xbb \xd0\xb6"));
	assert_true(win_same("\xc5\xbd", "\xc5\xbe"));
	assert_false(win_same("\xc3\x97", "\xc3\xb7")); /* signs, not letters */
	assert_false(win_same("\xc4\x81", "\xc4\x82")); /* small a, capital of the next pair */
	assert_false(win_same("a", "ab"));
	assert_false(win_same("ab", "a"));
	assert_true(win_same("\xff\xc3", "\xff\xc3"));
	assert_false(win_same("\xc3", "\xe3"));
	assert_true(win_same("", ""));
}

static void test_drive(void **state)
{
	const char *rest = NULL;

	(void)state;
	assert_int_equal(win_drive("c:\\Windows", &rest), 'C');
	assert_string_equal(rest, "\\Windows");
	assert_int_equal(win_drive("D:", &rest), 'D');
	assert_string_equal(rest, "");
	assert_int_equal(win_drive("\\\\?\\C:\\x", &rest), 'C');
	assert_string_equal(rest, "\\x");
	assert_int_equal(win_drive("\\?\?\\C:\\x", &rest), 'C');
	assert_int_equal(win_drive("/c:/x", &rest), 0);
	assert_int_equal(win_drive("cc:/x", &rest), 0);
	assert_int_equal(win_drive("1:/x", &rest), 0);
	assert_int_equal(win_drive("", &rest), 0);
}

static void test_resolve(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: ENOENT */
	} rows[] = {
		{ "\\windows\\SYSTEM32\\Drivers\\etc\\HOSTS",
		  "/Windows/System32/drivers/etc/hosts" },
		{ "/windows/system32", "/Windows/System32" },
		{ "\\windows/system32\\\\drivers//", "/Windows/System32/drivers" },
		{ "\\Windows\\.\\System32\\..\\system32\\new.txt", "/Windows/System32/new.txt" },
		{ "\\..\\..\\windows", "/Windows" },
		{ "", "/" },
		{ "\\", "/" },
		{ "\\new", "/new" },
		{ "\\users\\Case", "/Users/Case" },
		{ "\\users\\case", "/Users/case" },
		{ "\\users\\CASE", "/Users/Case" },
		{ "\\users\\j\xc3\xbcrg", "/Users/J\xc3\x9crg" },
		{ "\\link\\system32\\DRIVERS", "/Link/System32/drivers" },
		{ "\\junction\\drivers", "/Windows/System32/drivers" },
		{ "\\mounted\\drivers", "/Windows/System32/drivers" },
		{ "\\elsewhere\\file", NULL },
		{ "\\missing\\file", NULL },
		{ "\\windows\\missing\\", "/Windows/missing" },
		{ "\\out\\etc", "/out/etc" },
		{ "\\out\\etc\\passwd", NULL },
	};
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_folder(t.path, "Windows/System32/drivers/etc");
	tree_file(t.path, "Windows/System32/drivers/etc/hosts", "x", 1);
	tree_folder(t.path, "Users/Case");
	tree_folder(t.path, "Users/case");
	tree_folder(t.path, "Users/J\xc3\x9crg");
	assert_int_equal(symlinkat("/Windows", t.root, "Link"), 0);
	assert_int_equal(symlinkat("C:/windows/system32", t.root, "Junction"), 0);
	assert_int_equal(symlinkat("/run/guestd-look/windows/SYSTEM32", t.root, "Mounted"), 0);
	assert_int_equal(symlinkat("/sysroot/.NTFS-3G/D:/Data", t.root, "Elsewhere"), 0);
	assert_int_equal(symlinkat("C:/loop", t.root, "loop"), 0);
	assert_int_equal(symlinkat("/../../../..", t.root, "out"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		CLEANUP(free) char *s = win_resolve(t.root, rows[i].in, &e);

		if (!rows[i].out) {
			if (s)
				fail_msg("%s: %s", rows[i].in, s);
			assert_int_equal(e.no, ENOENT);
			continue;
		}
		if (!s)
			fail_msg("%s: %s", rows[i].in, e.msg);
		assert_string_equal(s, rows[i].out);
	}
	struct err e = ERR_INIT;
	assert_null(win_resolve(t.root, "\\loop\\file", &e));
	CLEANUP(free) char *long_path = xcalloc(1, 5001);
	memset(long_path, '/', 5000);
	assert_null(win_resolve(t.root, long_path, &e));
	assert_int_equal(e.no, ENAMETOOLONG);
	tree_release(&t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_pe),
		cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_boot_ini),
		cmocka_unit_test(test_ini),
		cmocka_unit_test(test_osinfo),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_drive),
		cmocka_unit_test(test_resolve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
