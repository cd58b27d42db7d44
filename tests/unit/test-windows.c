/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows: its formats, its paths, and what real hives in a folder say of it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/inspect/applications.h"
#include "daemon/inspect/windows.h"
#include "hives.h"
#include "peer.h"
#include "util/io.h"
#include "util/xalloc.h"

#define CURRENT	  "Microsoft\\Windows NT\\CurrentVersion"
#define UNINSTALL "Microsoft\\Windows\\CurrentVersion\\Uninstall\\"

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
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_describe_old),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_no_match),
		cmocka_unit_test(test_medium),
		cmocka_unit_test(test_medium_xp),
		cmocka_unit_test(test_applications),
		cmocka_unit_test(test_many_applications),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
