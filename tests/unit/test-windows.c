/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: its formats, its paths, and what real hives in a folder say of it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/inspect/applications.h"
#include "daemon/inspect/win_child.h"
#include "daemon/inspect/win_parse.h"
#include "daemon/inspect/win_path.h"
#include "daemon/inspect/win_root.h"
#include "daemon/inspect/windows.h"
#include "hives.h"
#include "peer.h"
#include "util/io.h"
#include "util/xalloc.h"

#define CURRENT	  "Microsoft\\Windows NT\\CurrentVersion"
#define UNINSTALL "Microsoft\\Windows\\CurrentVersion\\Uninstall\\"
#define CONFIG	  "Windows/System32/config/"

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

/* A folder of a test, removed with all that is in it. */
struct tree {
	char path[64];
	int root;
};

static void tree_init(struct tree *t)
{
	snprintf(t->path, sizeof(t->path), "/tmp/test-windows.XXXXXX");
	assert_non_null(mkdtemp(t->path));
	t->root = open(t->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(t->root >= 0);
}

static void tree_release(struct tree *t)
{
	close(t->root);
	peer_remove(t->path);
}

static void tree_hive(const struct tree *t, const char *name, const struct hive_row *v, size_t n)
{
	CLEANUP(free) char *path = xasprintf("%s/" CONFIG "%s", t->path, name);

	hive_write(path, v, n);
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

/* ---- a guest */

static void free_guest(wire_guest *w)
{
	wire_free_guest(w);
}

static inline void free_guest_p(wire_guest *w)
{
	free_guest(w);
}

static void test_describe(void **state)
{
	static const struct hive_row software[] = {
		{ CURRENT, "ProductName", .text = "Windows 10 Pro" },
		{ CURRENT, "InstallationType", .text = "Client" },
		{ CURRENT, "CurrentBuildNumber", .text = "22631" },
		{ CURRENT, "CurrentVersion", .text = "6.3" },
		{ CURRENT, "CurrentMajorVersionNumber", .number = 10 },
		{ CURRENT, "CurrentMinorVersionNumber", .number = 0 },
		{ "Microsoft\\Windows\\CurrentVersion\\Group Policy\\History\\"
		  "{31B2F340-016D-11D2-945F-00C04FB984F9}",
		  .name = NULL },
	};
	static const struct hive_row system[] = {
		{ "Select", "Current", .number = 2 },
		{ "ControlSet001\\Services\\Tcpip\\Parameters", "Hostname", .text = "OLD" },
		{ "ControlSet002\\Services\\Tcpip\\Parameters", "Hostname", .text = "NEW" },
	};
	CLEANUP(strvec_release) struct strvec warnings = STRVEC_INIT;
	CLEANUP(free_guest) wire_guest w = { 0 };
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_windows(t.path, 0xaa64);
	tree_hive(&t, "software", software, ARRAY_SIZE(software));
	tree_hive(&t, "System", system, ARRAY_SIZE(system));
	assert_true(windows_matches(t.root));
	windows_describe(t.root, &w, &warnings);
	assert_int_equal(warnings.n, 0);
	assert_string_equal(w.distro, "windows");
	assert_string_equal(w.medium, "installed");
	assert_string_equal(w.windows_systemroot, "/Windows");
	assert_string_equal(w.product_name, "Windows 10 Pro");
	assert_string_equal(w.product_variant, "Client");
	assert_string_equal(w.build_id, "22631");
	assert_int_equal(w.major, 10);
	assert_int_equal(w.minor, 0);
	assert_string_equal(w.arch, "aarch64");
	assert_string_equal(w.osinfo, "win11");
	assert_string_equal(w.hostname, "NEW");
	assert_string_equal(w.windows_current_control_set, "ControlSet002");
	assert_true(w.windows_group_policy);
	assert_string_equal(w.package_format, "");
	CLEANUP(free) char *title = windows_title(t.root);
	assert_string_equal(title, "Windows 11 Pro");
	tree_release(&t);
}

/* Windows 2000 in C:\NT5, which only boot.ini knows; values that are missing are empty. */
static void test_describe_old(void **state)
{
	static const struct hive_row software[] = {
		{ CURRENT, "ProductName", .text = "Microsoft Windows 2000" },
		{ CURRENT, "CurrentBuild", .text = "2195" },
		{ CURRENT, "CurrentVersion", .text = "5.0" },
		{ CURRENT, "InstallationType", .number = 5 },
		{ "Microsoft\\Windows\\CurrentVersion\\Group Policy\\History\\none", .name = NULL },
	};
	static const struct hive_row system[] = { { "ControlSet001\\Control", .name = NULL } };
	static const char ini[] = "[operating systems]\r\n"
				  "multi(0)disk(0)rdisk(0)partition(1)\\nt5=\"Windows\"\r\n";
	CLEANUP(strvec_release) struct strvec warnings = STRVEC_INIT;
	CLEANUP(free_guest) wire_guest w = { 0 };
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_windows(t.path, 0x014c);
	tree_hive(&t, "software", software, ARRAY_SIZE(software));
	tree_hive(&t, "system", system, ARRAY_SIZE(system));
	assert_int_equal(renameat(t.root, "Windows", t.root, "NT5"), 0);
	assert_false(windows_matches(t.root));
	tree_file(t.path, "BOOT.INI", ini, strlen(ini));
	assert_true(windows_matches(t.root));
	windows_describe(t.root, &w, &warnings);
	assert_int_equal(warnings.n, 0);
	assert_string_equal(w.windows_systemroot, "/NT5");
	assert_string_equal(w.product_name, "Microsoft Windows 2000");
	assert_string_equal(w.product_variant, "");
	assert_string_equal(w.build_id, "2195");
	assert_int_equal(w.major, 5);
	assert_string_equal(w.arch, "i386");
	assert_string_equal(w.osinfo, "win2k");
	assert_string_equal(w.hostname, "");
	assert_string_equal(w.windows_current_control_set, "ControlSet001");
	assert_false(w.windows_group_policy);
	tree_release(&t);
}

/* One hive a version, with the values that it has: majors and minors came with 10. */
static void test_versions(void **state)
{
	static const struct {
		const char *product, *variant, *build, *version;
		bool numbers, pe;
		uint32_t major, minor;
		const char *osinfo, *medium;
	} rows[] = {
		{ "Microsoft Windows XP", NULL, "2600", "5.1", false, false, 5, 1, "winxp",
		  "installed" },
		{ "Windows 7 Ultimate", "Client", "7601", "6.1", false, false, 6, 1, "win7",
		  "installed" },
		{ "Windows 10 Enterprise", "Client", "19045", "6.3", true, false, 10, 0, "win10",
		  "installed" },
		{ "Windows 10 Home", "Client", "26100", "6.3", true, false, 10, 0, "win11",
		  "installed" },
		{ "Windows Server 2019 Datacenter", "Server Core", "17763", "6.3", true, false, 10,
		  0, "win2k19", "installed" },
		{ "Windows Server 2022 Standard", "Server", "20348", "6.3", true, false, 10, 0,
		  "win2k22", "installed" },
		{ "Windows 10 Enterprise", "WindowsPE", "22621", "6.3", true, true, 10, 0, "win11",
		  "live" },
		{ "Windows of tomorrow", NULL, "99999", "eleven", false, false, 0, 0, "",
		  "installed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hive_row software[] = {
			{ CURRENT, "ProductName", .text = rows[i].product },
			{ CURRENT, "CurrentBuildNumber", .text = rows[i].build },
			{ CURRENT, "CurrentVersion", .text = rows[i].version },
			{ CURRENT, rows[i].variant ? "InstallationType" : NULL,
			  .text = rows[i].variant },
			{ CURRENT, rows[i].numbers ? "CurrentMajorVersionNumber" : NULL,
			  .number = 10 },
			{ CURRENT, rows[i].numbers ? "CurrentMinorVersionNumber" : NULL, .number = 0 },
			{ rows[i].pe ? CURRENT "\\WinPE" : CURRENT, .name = NULL },
		};
		CLEANUP(free_guest) wire_guest w = { 0 };
		struct tree t;

		tree_init(&t);
		tree_windows(t.path, 0x8664);
		tree_hive(&t, "SOFTWARE", software, ARRAY_SIZE(software));
		windows_describe(t.root, &w, NULL);
		assert_string_equal(w.product_name, rows[i].product);
		assert_string_equal(w.product_variant, rows[i].variant ? rows[i].variant : "");
		assert_string_equal(w.build_id, rows[i].build);
		assert_int_equal(w.major, rows[i].major);
		assert_int_equal(w.minor, rows[i].minor);
		assert_string_equal(w.osinfo, rows[i].osinfo);
		assert_string_equal(w.medium, rows[i].medium);
		tree_release(&t);
	}
}

/* What is no Windows: files for folders, folders for files, a loop. */
static void test_no_match(void **state)
{
	struct tree t;

	(void)state;
	tree_init(&t);
	assert_false(windows_matches(t.root));
	assert_false(windows_volume_matches(t.root));
	tree_folder(t.path, "WINNT/system32/config");
	assert_false(windows_matches(t.root));
	tree_folder(t.path, "WINNT/system32/cmd.exe");
	assert_false(windows_matches(t.root));
	assert_int_equal(symlinkat("windows", t.root, "windows"), 0);
	assert_int_equal(symlinkat("/dev/zero", t.root, "boot.ini"), 0);
	assert_false(windows_matches(t.root));
	tree_folder(t.path, "System volume INFORMATION");
	assert_true(windows_volume_matches(t.root));
	tree_release(&t);
}

/* A medium that installs Windows: the description in its image counts. */
static void test_medium(void **state)
{
	static const char xml[] =
		"<WIM><TOTALBYTES>1</TOTALBYTES><IMAGE INDEX=\"1\"><WINDOWS><ARCH>9</ARCH>"
		"<INSTALLATIONTYPE>Server Core</INSTALLATIONTYPE><VERSION><MAJOR>10</MAJOR>"
		"<MINOR>0</MINOR><BUILD>26100</BUILD></VERSION></WINDOWS>"
		"<NAME>Windows Server 2025</NAME></IMAGE><IMAGE INDEX=\"2\"><NAME>No</NAME></IMAGE>"
		"</WIM>";
	uint8_t wim[208 + 2 + 2 * sizeof(xml)] = "MSWIM";
	CLEANUP(free_guest) wire_guest w = { 0 };
	struct tree t;

	(void)state;
	wim[8] = 208;
	wim[0x48] = wim[0x58] = (2 + 2 * (sizeof(xml) - 1)) & 0xff;
	wim[0x49] = wim[0x59] = (2 + 2 * (sizeof(xml) - 1)) >> 8;
	wim[0x50] = 208;
	memcpy(wim + 208, "\xff\xfe", 2);
	for (size_t i = 0; i < sizeof(xml) - 1; i++)
		wim[210 + 2 * i] = (uint8_t)xml[i];
	tree_init(&t);
	tree_folder(t.path, "Sources");
	tree_file(t.path, "Sources/INSTALL.WIM", wim, sizeof(wim));
	assert_false(windows_matches(t.root));
	tree_file(t.path, "bootmgr", "", 0);
	assert_true(windows_matches(t.root));
	windows_describe(t.root, &w, NULL);
	assert_string_equal(w.medium, "installer");
	assert_string_equal(w.product_name, "Windows Server 2025");
	assert_string_equal(w.product_variant, "Server Core");
	assert_string_equal(w.build_id, "26100");
	assert_string_equal(w.arch, "x86_64");
	assert_string_equal(w.osinfo, "win2k25");
	assert_string_equal(w.windows_systemroot, "");
	tree_release(&t);
}

static void test_medium_xp(void **state)
{
	static const char sif[] = "[SetupData]\r\nMajorVersion = 5\r\nMinorVersion = 1\r\n"
				  "ProductName = \"Microsoft Windows XP\"\r\n";
	CLEANUP(free_guest) wire_guest w = { 0 };
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_folder(t.path, "I386");
	tree_file(t.path, "I386/TXTSETUP.SIF", sif, strlen(sif));
	assert_true(windows_matches(t.root));
	windows_describe(t.root, &w, NULL);
	assert_string_equal(w.medium, "installer");
	assert_string_equal(w.osinfo, "winxp");
	assert_string_equal(w.arch, "i386");
	tree_release(&t);
}

/* ---- applications */

/* Keeps them as "name|display|version|class", a line each. */
static int keep(void *ctx, wire_application *a, struct err *e)
{
	(void)e;
	if (!a)
		return 0;
	assert_string_equal(a->kind, "windows");
	strvec_addf(ctx, "%s|%s|%s|%s|%s|%s|%s|%s", a->name, a->display_name, a->version,
		    a->install_path, a->publisher, a->url, a->description, a->class);
	return 0;
}

static int refuse(void *ctx, wire_application *a, struct err *e)
{
	(void)ctx;
	(void)a;
	return err_set(e, ECANCELED, "no more");
}

static void test_applications(void **state)
{
	static const struct hive_row software[] = {
		{ UNINSTALL "7-Zip", "DisplayName", .text = "7-Zip 23" },
		{ UNINSTALL "7-Zip", "DisplayVersion", .text = "23.01" },
		{ UNINSTALL "7-Zip", "InstallLocation", .text = "C:\\7" },
		{ UNINSTALL "7-Zip", "Publisher", .text = "Igor" },
		{ UNINSTALL "7-Zip", "URLInfoAbout", .text = "https://x/" },
		{ UNINSTALL "7-Zip", "Comments", .text = "words" },
		{ UNINSTALL "hidden", "DisplayVersion", .text = "1" },
		{ UNINSTALL "number", "DisplayName", .number = 7 },
		{ "Wow6432Node\\" UNINSTALL "nrt", "DisplayName", .text = "NORTON 360" },
		{ "Microsoft\\Windows Defender", .name = NULL },
	};
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;
	struct err e = ERR_INIT;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_windows(t.path, 0x8664);
	tree_hive(&t, "SOFTWARE", software, ARRAY_SIZE(software));
	assert_int_equal(apps_windows(t.root, keep, &v, &e), 0);
	strvec_sort(&v);
	assert_int_equal(v.n, 3);
	assert_string_equal(v.v[0], "7-Zip|7-Zip 23|23.01|C:\\7|Igor|https://x/|words|");
	assert_string_equal(v.v[1], "WinDefend|Windows Defender||||||antivirus");
	assert_string_equal(v.v[2], "nrt|NORTON 360||||||antivirus");
	assert_int_equal(apps_windows(t.root, refuse, NULL, &e), -1);
	assert_int_equal(e.no, ECANCELED);
	tree_release(&t);
}

static void test_many_applications(void **state)
{
	const size_t n = 200; /* more than what is sent at once */
	CLEANUP(free) char *display = xcalloc(1, 1001);
	struct hive_row *rows = xcalloc(n, sizeof(*rows));
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;
	struct err e = ERR_INIT;
	struct tree t;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		CLEANUP(free) char *key = xasprintf(UNINSTALL "program %zu", i);

		rows[i] = (struct hive_row){ peer_str(key), "DisplayName",
					     .text = memset(display, 'n', 1000) };
	}
	tree_init(&t);
	tree_windows(t.path, 0x8664);
	tree_hive(&t, "SOFTWARE", rows, n);
	assert_int_equal(apps_windows(t.root, keep, &v, &e), 0);
	assert_int_equal(v.n, n);
	free(rows);
	tree_release(&t);
}

/* ---- the process that reads hives */

static bool xdr_strs(XDR *x, void *v)
{
	return wire_xdr_strs(x, v);
}

static int child_fails(const char *file, struct child_out *out, struct err *e)
{
	char *word = peer_str("before");
	const wire_strs said = { 1, &word };

	assert_string_equal(file, "/proc/self/fd/3");
	return child_say(out, xdr_strs, &said, e) < 0 ? -1 : err_set(e, EIO, "words of its own");
}

static int child_crashes(const char *file, struct child_out *out, struct err *e)
{
	(void)file;
	(void)out;
	(void)e;
	signal(SIGSEGV, SIG_DFL); /* a sanitizer would tell of it */
	raise(SIGSEGV);
	return 0;
}

static int child_is_slow(const char *file, struct child_out *out, struct err *e)
{
	(void)file;
	(void)out;
	(void)e;
	raise(SIGXCPU); /* as the limit does */
	return 0;
}

static int child_talks(const char *file, struct child_out *out, struct err *e)
{
	static char text[60000];
	char *word = text;
	const wire_strs said = { 1, &word };

	(void)file;
	memset(text, 'x', sizeof(text) - 1);
	for (;;)
		if (child_say(out, xdr_strs, &said, e) < 0)
			return -1;
}

/* Only what it was given is open. */
static int child_looks(const char *file, struct child_out *out, struct err *e)
{
	(void)file;
	(void)out;
	for (int fd = 5; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return err_set(e, EBADF, "descriptor %d is open", fd);
	return 0;
}

static void test_child(void **state)
{
	static const struct {
		child_fn fn;
		const char *words; /* NULL: it does not fail */
	} rows[] = {
		{ child_fails, "'a file': words of its own" },
		{ child_crashes, "'a file': it is damaged: reading it ended in signal 11" },
		{ child_is_slow, "'a file': reading it took too long" },
		{ child_talks, "'a file': it has too much in it" },
		{ child_looks, NULL },
	};
	CLEANUP(fd_close) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		struct err e = ERR_INIT;
		int rc = child_run(fd, "a file", rows[i].fn, &b, &e);

		assert_int_equal(rc, rows[i].words ? -1 : 0);
		assert_string_equal(e.msg, rows[i].words ? rows[i].words : "");
		assert_true(rows[i].fn == child_talks || b.len == (i ? 0u : 16u));
	}
}

/* ---- hostile hives */

/* A hive whose every list of keys names the root again, at the place of each key. */
static void make_loop(const struct tree *t, const char *name)
{
	CLEANUP(free) char *path = xasprintf("%s/" CONFIG "%s", t->path, name);
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e;

	assert_int_equal(file_read(AT_FDCWD, path, 1 << 20, &b, &e), 0);
	for (size_t i = 4096; i + 12 < b.len; i += 4)
		if (!memcmp(b.data + i, "lh", 2) || !memcmp(b.data + i, "lf", 2) ||
		    !memcmp(b.data + i, "ri", 2)) {
			memcpy(b.data + i, "ri", 2);
			const uint32_t self = (uint32_t)(i - 4096 - 4);
			memcpy(b.data + i + 4, &self, 4);
		}
	CLEANUP(free) char *below = xasprintf(CONFIG "%s", name);
	tree_file(t->path, below, b.data, b.len);
}

/* Whatever SOFTWARE is, there is a warning, and what SYSTEM says is there. */
static void check_hostile(const struct tree *t, bool warns)
{
	CLEANUP(strvec_release) struct strvec warnings = STRVEC_INIT;
	CLEANUP(strvec_release) struct strvec v = STRVEC_INIT;
	CLEANUP(free_guest) wire_guest w = { 0 };
	struct err e = ERR_INIT;

	windows_describe(t->root, &w, &warnings);
	assert_string_equal(w.hostname, "HOST");
	assert_string_equal(w.arch, "x86_64");
	if (warns) {
		assert_int_equal(warnings.n, 1);
		assert_non_null(strstr(warnings.v[0], "SOFTWARE"));
		assert_int_equal(apps_windows(t->root, keep, &v, &e), -1);
		assert_non_null(strstr(e.msg, "SOFTWARE"));
	} else {
		(void)!apps_windows(t->root, keep, &v, &e);
	}
}

static void test_hostile(void **state)
{
	static const struct hive_row software[] = {
		{ CURRENT, "ProductName", .text = "Windows" },
		{ UNINSTALL "one", "DisplayName", .text = "One" },
		{ UNINSTALL "two", "DisplayName", .text = "Two" },
	};
	static const struct hive_row system[] = {
		{ "Select", "Current", .number = 1 },
		{ "ControlSet001\\Services\\Tcpip\\Parameters", "Hostname", .text = "HOST" },
	};
	static const char path[] = CONFIG "SOFTWARE";
	static uint8_t noise[65536];
	unsigned seed = 1;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_windows(t.path, 0x8664);
	tree_hive(&t, "SYSTEM", system, ARRAY_SIZE(system));
	check_hostile(&t, true); /* there is none */
	tree_file(t.path, path, "", 0);
	check_hostile(&t, true);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = (uint8_t)(rand_r(&seed) >> 8);
	tree_file(t.path, path, noise, sizeof(noise));
	check_hostile(&t, true);
	tree_hive(&t, "SOFTWARE", software, ARRAY_SIZE(software));
	make_loop(&t, "SOFTWARE");
	check_hostile(&t, false); /* hivex may find it first, and see nothing */
	tree_hive(&t, "SOFTWARE", software, ARRAY_SIZE(software));
	CLEANUP(free) char *whole = xasprintf("%s/%s", t.path, path);
	assert_int_equal(truncate(whole, 5000), 0);
	check_hostile(&t, true);
	assert_int_equal(truncate(whole, (off_t)1 << 40), 0);
	check_hostile(&t, true);
	assert_int_equal(unlinkat(t.root, path, 0), 0);
	assert_int_equal(symlinkat("/dev/zero", t.root, path), 0);
	check_hostile(&t, true);
	tree_release(&t);
}

/* Single bytes of a hive changed, some dozens of times: never more than a warning. */
static void test_mutations(void **state)
{
	static const struct hive_row software[] = {
		{ CURRENT, "ProductName", .text = "Windows" },
		{ CURRENT, "CurrentMajorVersionNumber", .number = 10 },
		{ UNINSTALL "one", "DisplayName", .text = "One" },
		{ UNINSTALL "two", "DisplayName", .text = "Two" },
	};
	static const struct hive_row system[] = {
		{ "Select", "Current", .number = 1 },
		{ "ControlSet001\\Services\\Tcpip\\Parameters", "Hostname", .text = "HOST" },
	};
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	unsigned seed = 7;
	struct tree t;

	(void)state;
	tree_init(&t);
	tree_windows(t.path, 0x8664);
	tree_hive(&t, "SYSTEM", system, ARRAY_SIZE(system));
	tree_hive(&t, "SOFTWARE", software, ARRAY_SIZE(software));
	CLEANUP(free) char *whole = xasprintf("%s/" CONFIG "SOFTWARE", t.path);
	assert_int_equal(file_read(AT_FDCWD, whole, 1 << 20, &b, &e), 0);
	for (unsigned i = 0; i < 40; i++) {
		CLEANUP(free) char *copy = xmemdup0(b.data, b.len);

		for (unsigned k = 0; k < 1 + i % 5; k++)
			copy[4096 + (size_t)rand_r(&seed) % (b.len - 4096)] = (char)rand_r(&seed);
		tree_file(t.path, CONFIG "SOFTWARE", copy, b.len);
		check_hostile(&t, false);
	}
	tree_release(&t);
}

/* ---- the call */

static int resolve(struct peer *p, const char *path, char **ret)
{
	const struct windows_path_args a = { .path = peer_str(path) };
	struct windows_path_ret r = { 0 };
	int no = peer_do(p, PROC_windows_path, &a, &r);

	*ret = r.path;
	return no;
}

static void test_call(void **state)
{
	static const struct hive_row software[] = {
		{ CURRENT, "SystemRoot", .text = "E:\\Windows" },
	};
	static const struct {
		const char *in;
		int no;
		const char *out; /* or words of the error */
	} rows[] = {
		{ "E:\\windows\\system32\\CMD.EXE", 0, "/Windows/System32/cmd.exe" },
		{ "e:", 0, "/" },
		{ "e:windows", 0, "/Windows" },
		{ "/WINDOWS", 0, "/Windows" },
		{ "/Windows/System32/", 0, "/Windows/System32/" },
		{ "\\windows", 0, "/Windows" },
		{ "/back\\slash", 0, "/back\\slash" },
		{ "D:\\x", ENODEV, "drive 'D:' not found; there is: E:" },
		{ "c:\\x", ENODEV, "drive 'C:' not found" },
		{ "windows", EINVAL, "does not start with" },
		{ "", EINVAL, "does not start with" },
		{ "E:\\no\\such", ENOENT, "there is no 'no' in '/'" },
		{ "E:\\Windows\\System32\\cmd.exe\\x", ENOTDIR, "cmd.exe" },
	};
	struct peer p;

	(void)state;
	peer_start(&p, false);
	peer_hello(&p, false);
	CLEANUP(free) char *top = xasprintf("%s/root", p.path);
	CLEANUP(free) char *hive = xasprintf("%s/" CONFIG "SOFTWARE", top);
	CLEANUP(free) char *none = NULL;
	assert_int_equal(resolve(&p, "C:\\x", &none), EINVAL);
	assert_non_null(strstr(p.text, "Windows guest"));
	tree_windows(top, 0x8664);
	hive_write(hive, software, ARRAY_SIZE(software));
	tree_file(top, "back\\slash", "x", 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *out = NULL;

		assert_int_equal(resolve(&p, rows[i].in, &out), rows[i].no);
		if (rows[i].no)
			assert_non_null(strstr(p.text, rows[i].out));
		else
			assert_string_equal(out, rows[i].out);
	}
	assert_int_equal(peer_stop(&p), 0);
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
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_describe_old),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_no_match),
		cmocka_unit_test(test_medium),
		cmocka_unit_test(test_medium_xp),
		cmocka_unit_test(test_applications),
		cmocka_unit_test(test_many_applications),
		cmocka_unit_test(test_child),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
