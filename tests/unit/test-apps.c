/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Package databases that are text, XML or JSON: as they should be, broken, and hostile. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apps.h"
#include "daemon/inspect/gvariant.h"
#include "peer.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define STATUS "var/lib/dpkg/status"

static int setup(void **state)
{
	*state = xcalloc(1, sizeof(struct apps));
	apps_start(*state);
	return 0;
}

static int teardown(void **state)
{
	apps_stop(*state);
	free(*state);
	return 0;
}

/* ---- all */

static void test_nothing_there(void **state)
{
	static const list_fn all[] = { apps_dpkg, apps_rpm,  apps_pacman,  apps_apk, apps_portage,
				       apps_xbps, apps_pisi, apps_flatpak, apps_snap };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		apps_expect(*state, all[i], 0, NULL);
}

static void test_versions(void **state)
{
	static const struct {
		const char *text;
		unsigned epoch;
		const char *version, *release;
	} rows[] = {
		{ "1.0-1", 0, "1.0", "1" },	    { "1:2.0-3+b1", 1, "2.0", "3+b1" },
		{ "1.0", 0, "1.0", "" },	    { "1-2-3", 0, "1", "2-3" },
		{ "", 0, "", "" },		    { ":1", 0, ":1", "" },
		{ "4294967295:1", 4294967295, "1", "" }, { "99999999999999999999:1", 4294967295, "1", "" },
		{ "-1:2", 0, "", "1:2" },	    { "a:1-1", 0, "a:1", "1" },
		{ "2:", 2, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *text = xstrdup(rows[i].text);
		wire_application a;

		application_init(&a, "x");
		application_version(&a, text);
		assert_int_equal(a.epoch, rows[i].epoch);
		assert_string_equal(a.version, rows[i].version);
		assert_string_equal(a.release, rows[i].release);
	}
}

/* ---- dpkg */

static void test_dpkg(void **state)
{
	struct apps *a = *state;

	apps_text(a, STATUS,
		  "Package: one\nStatus: install ok installed\nVersion: 1:1.0-2\n"
		  "Architecture: all\nSource: src (1.0)\nHomepage: http://h\n"
		  "Description: short\n long\n .\n  indented\nX: y\n\n"
		  "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
		  "Package: never\nStatus: unknown ok not-installed\nVersion: 1\n\n"
		  "Package: half\nStatus: install reinstreq half-installed\nVersion: 1\n\n"
		  "Package: waits\nStatus: install ok triggers-awaited\nVersion: 2\n\n"
		  "Package: noversion\nStatus: install ok installed\n\n"
		  "Version: 1\nStatus: install ok installed\n\n\n\n"
		  "package: last\nSTATUS: install ok installed\nversion: 3");
	apps_expect(a, apps_dpkg, 3, NULL);
	assert_string_equal(a->list.v[0],
			    "one 1:1.0-2 all|http://h|src|short|long\n.\n indented");
	assert_string_equal(a->list.v[1], "waits 0:2- ||||");
	assert_string_equal(a->list.v[2], "last 0:3- ||||");
}

static void test_dpkg_status_d(void **state)
{
	struct apps *a = *state;

	apps_text(a, "var/lib/dpkg/status.d/base", "Package: base\nVersion: 1-1\n");
	apps_text(a, "var/lib/dpkg/status.d/base.md5sums", "Package: no\nVersion: 1-1\n");
	apps_text(a, "var/lib/dpkg/status.d/tz", "Package: tz\nVersion: 2-1\n");
	apps_expect(a, apps_dpkg, 2, NULL);
}

static void test_dpkg_is_a_fifo(void **state)
{
	struct apps *a = *state;

	assert_int_equal(mkfifo(apps_path(a, STATUS), 0600), 0);
	apps_expect(a, apps_dpkg, 0, "a fifo");
	apps_text(a, "var/lib/dpkg/status.d/base", "Package: base\nVersion: 1-1\n");
	apps_expect(a, apps_dpkg, 1, "a fifo");
}

static void test_dpkg_leads_out(void **state)
{
	struct apps *a = *state;

	assert_int_equal(symlink("/etc/passwd", apps_path(a, STATUS)), 0);
	apps_expect(a, apps_dpkg, 0, NULL);
	assert_int_equal(unlink(apps_path(a, STATUS)), 0);
	assert_int_equal(symlink("status", apps_path(a, STATUS)), 0);
	apps_expect(a, apps_dpkg, 0, "levels");
}

/* A gigabyte of nothing, and one of packages without an end. */
static void test_dpkg_is_huge(void **state)
{
	struct apps *a = *state;
	static const char one[] = "Package: a\nStatus: install ok installed\nVersion: 1\n\n";

	apps_text(a, STATUS, one);
	assert_int_equal(truncate(apps_path(a, STATUS), 1 << 30), 0);
	apps_expect(a, apps_dpkg, 1, "a part without an end");

	CLEANUP(buf_release) struct buf b = BUF_INIT;
	while (b.len < 65u << 20)
		buf_add(&b, one, strlen(one));
	apps_file(a, STATUS, b.data, b.len);
	assert_int_equal(apps_read(a, apps_dpkg), -1);
	assert_non_null(strstr(a->e.msg, "too large"));
	assert_true(a->list.n > 1000000 && a->asked > 100);
}

static void test_the_taker_fails(void **state)
{
	struct apps *a = *state;

	apps_text(a, STATUS,
		  "Package: a\nStatus: install ok installed\nVersion: 1\n\n"
		  "Package: b\nStatus: install ok installed\nVersion: 1\n\n"
		  "Package: c\nStatus: install ok installed\nVersion: 1\n\n");
	a->stop_at = 2;
	apps_expect(a, apps_dpkg, 1, "stop here");
}

/* ---- pacman, apk, portage */

static void test_pacman(void **state)
{
	struct apps *a = *state;

	apps_text(a, "var/lib/pacman/local/ALPM_DB_VERSION", "9\n");
	apps_text(a, "var/lib/pacman/local/vim-2:9.1-1/desc",
		  "%NAME%\nvim\n\n%VERSION%\n2:9.1-1\n\n%DESC%\nAn editor\n\n%URL%\nhttp://v\n\n"
		  "%ARCH%\nx86_64\n\n%LICENSE%\nA\nB\n");
	apps_text(a, "var/lib/pacman/local/bad-1/desc", "%NAME%\nbad\n\n%VERSION%");
	mkfifo(apps_path(a, "var/lib/pacman/local/fifo-1/desc"), 0600);
	apps_expect(a, apps_pacman, 1, "a fifo");
	assert_string_equal(a->list.v[0], "vim 2:9.1-1 x86_64|http://v|||An editor");
}

static void test_apk(void **state)
{
	struct apps *a = *state;

	apps_text(a, "usr/lib/apk/db/installed",
		  "C:Q1\nP:musl\nV:1.2.4_git-r4\nA:x86_64\nT:libc\nU:http://m\nF:lib\nP:not\n\n"
		  "P:broken\n\nP:plain\nV:1-2\n");
	assert_int_equal(symlink("../usr/lib/apk", apps_path(a, "lib/apk")), 0);
	apps_expect(a, apps_apk, 2, NULL);
	assert_string_equal(a->list.v[0], "musl 0:1.2.4_git-4 x86_64|http://m|||libc");
	assert_string_equal(a->list.v[1], "plain 0:1-2- ||||");

	/* One with very many files, and one after it. */
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	buf_addstr(&b, "P:many\nV:1-r0\nF:usr\n");
	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "R:file-%d\nZ:Q1KMjIJpiNE2DiYoP+3xQ/HiS7kS4=\n", i);
	buf_addstr(&b, "\nP:next\nV:2-r1\n\n");
	apps_file(a, "usr/lib/apk/db/installed", b.data, b.len);
	apps_expect(a, apps_apk, 2, NULL);
	assert_string_equal(a->list.v[1], "next 0:2-1 ||||");
}

static void test_portage(void **state)
{
	static const struct {
		const char *folder, *list;
	} rows[] = {
		{ "app-a/bash-5.2_p21-r2", "app-a/bash 0:5.2_p21-r2 ||||" },
		{ "app-b/gtk+-2.0", "app-b/gtk+ 0:2.0- ||||" },
		{ "app-c/a-b-c-1-r10", "app-c/a-b-c 0:1-r10 ||||" },
		{ "app-d/font-misc-1.0-r", NULL },
		{ "app-e/-MERGING-x-1", NULL },
		{ "app-f/-1", NULL },
		{ "app-g/r-r1", NULL },
		{ "app-h/x", NULL },
	};
	struct apps *a = *state;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(free) char *name = xasprintf("var/db/pkg/%s/SLOT", rows[i].folder);

		apps_text(a, name, "0\n");
	}
	assert_int_equal(apps_read(a, apps_portage), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].list)
			assert_string_equal(a->list.v[n++], rows[i].list);
	assert_int_equal(a->list.n, n);
}

/* ---- XML */

#define PLIST "var/db/xbps/pkgdb-0.38.plist"
#define DICT(ver, state)                                                                          \
	"<key>k</key><dict><key>pkgver</key><string>" ver "</string><key>state</key><string>" state \
	"</string></dict>"

static void test_xbps(void **state)
{
	struct apps *a = *state;

	apps_text(a, PLIST,
		  "<plist><dict>" DICT("a-b-1.0_2", "installed") DICT("c-1_1", "half-removed")
			  DICT("nothing", "installed") "</dict></plist>");
	apps_expect(a, apps_xbps, 1, NULL);
	assert_string_equal(a->list.v[0], "a-b 0:1.0-2 ||||");
}

static void test_xml_hostile(void **state)
{
	static const struct {
		const char *text, *words;
		size_t n;
	} rows[] = {
		{ "<!DOCTYPE a [<!ENTITY x \"y\">]><plist><dict/></plist>", "more in it", 0 },
		{ "<!DOCTYPE a [<!ENTITY x SYSTEM \"/etc/passwd\">]><plist>&x;</plist>",
		  "more in it", 0 },
		{ "<plist><dict>" DICT("a-1_1", "installed") "</wrong>", "mismatched", 1 },
		{ "", "no element", 0 },
		{ "\x7f\x45", "not well-formed", 0 },
	};
	struct apps *a = *state;
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		apps_text(a, PLIST, rows[i].text);
		apps_expect(a, apps_xbps, rows[i].n, rows[i].words);
	}
	for (int i = 0; i < 100000; i++)
		buf_addstr(&b, "<a>");
	apps_file(a, PLIST, b.data, b.len);
	apps_expect(a, apps_xbps, 0, "more in it");
	b.len = 0;
	buf_addstr(&b, "<plist>");
	for (int i = 0; i < 100000; i++)
		buf_addstr(&b, "all the same ");
	apps_file(a, PLIST, b.data, b.len);
	apps_expect(a, apps_xbps, 0, "more in it");

	/* An empty element at the top that is refused. */
	memset(b.data, 'x', b.len);
	b.data[0] = '<';
	memcpy(b.data + 5000, "/>", 3);
	apps_text(a, PLIST, b.data);
	apps_expect(a, apps_xbps, 0, "more in it");
}

static void test_pisi(void **state)
{
	struct apps *a = *state;

	apps_text(a, "var/lib/pisi/package/nano-1-2/metadata.xml",
		  "<PISI><Source><Name>src</Name></Source><Package><Name>nano</Name>"
		  "<Summary>s &amp; t</Summary><History><Update release='2'><Version>1.1</Version>"
		  "</Update><Update release='1'><Version>1.0</Version></Update></History>"
		  "</Package></PISI>");
	apps_text(a, "var/lib/pisi/package/bad-1-2/metadata.xml", "<PISI>");
	apps_expect(a, apps_pisi, 1, "bad-1-2");
	assert_string_equal(a->list.v[0], "nano 0:1.1-2 ||src|s & t|");
}

/* ---- flatpak, snap */

/* (ssasta{sv}): "f", "c", nothing, 0, { "appdata-name": "N", "x": 1 }. */
static const char deploy[] =
	"f\0c\0\0\0\0\0" /* "f", "c", [], and to eight */
	"\0\0\0\0\0\0\0\0"
	"appdata-name\0\0\0\0N\0\0s\x0d\0\0\0" /* 21 bytes, to 24 */
	"x\0\0\0\0\0\0\0\1\0\0\0\0i\x02"	/* 15 bytes */
	"\x15\x27"				/* where the two end */
	"\4\4\2";				/* where "as", "s" and "s" end */

static void test_gvariant(void **state)
{
	const struct gvariant v = { deploy, sizeof(deploy) - 1 };

	(void)state;
	assert_string_equal(gvariant_deploy_text(v, "appdata-name"), "N");
	assert_null(gvariant_deploy_text(v, "x"));
	assert_null(gvariant_deploy_text(v, "appdata-version"));
	for (size_t n = 0; n < v.n; n++) {
		CLEANUP(free) char *cut = xmemdup0(deploy, n);
		const struct gvariant short_one = { cut, n };

		(void)gvariant_deploy_text(short_one, "appdata-name");
	}
	for (size_t i = 0; i < v.n; i++)
		for (int c = 0; c < 256; c += 5) {
			char *copy = xmemdup0(deploy, v.n);
			const struct gvariant other = { copy, v.n };

			copy[i] = (char)c;
			(void)gvariant_deploy_text(other, "appdata-name");
			free(copy);
		}
}

static void test_flatpak(void **state)
{
	struct apps *a = *state;

	apps_file(a, "var/lib/flatpak/app/org.a/x86_64/stable/active/deploy", deploy,
		  sizeof(deploy) - 1);
	assert_int_equal(symlink("x86_64/stable", apps_path(a, "var/lib/flatpak/app/org.a/current")),
			 0);
	apps_text(a, "var/lib/flatpak/runtime/org.b/x86_64/1/active/deploy", "?");
	apps_text(a, "var/lib/flatpak/app/org.gone/x86_64/1/x", "");
	apps_expect(a, apps_flatpak, 2, NULL);
	assert_string_equal(a->list.v[0], "org.a 0:-stable x86_64||||");
}

static void test_snap(void **state)
{
	struct apps *a = *state;

	apps_text(a, "var/lib/snapd/snaps/core_7.snap", "");
	apps_text(a, "var/lib/snapd/snaps/other", "");
	apps_text(a, "var/lib/snapd/snaps/_7.snap", "");
	apps_expect(a, apps_snap, 1, NULL);
	assert_string_equal(a->list.v[0], "core 0:-7 ||||");
	apps_text(a, "var/lib/snapd/state.json",
		  "{\"data\":{\"snaps\":{\"a\":{\"current\":\"2\",\"sequence\":[{\"revision\":\"2\","
		  "\"website\":\"w\"}]},\"b\":{\"current\":\"x1\",\"sequence\":[{\"snap\":{"
		  "\"revision\":\"x1\",\"summary\":\"s\"}}]},\"c\":5,\"d\":{\"sequence\":7}}}}");
	apps_expect(a, apps_snap, 2, NULL);
	assert_string_equal(a->list.v[0], "a 0:-2 |w|||");
	assert_string_equal(a->list.v[1], "b 0:-x1 |||s|");
	apps_text(a, "var/lib/snapd/state.json", "{\"data\":");
	apps_expect(a, apps_snap, 1, "state.json");
}

/* ---- the call */

static bool application_xdr(XDR *x, void *v)
{
	return wire_xdr_application(x, v);
}

/* How many records the stream has, and the length of the longest description. */
static size_t records(const struct peer *p, size_t *ret_longest)
{
	size_t done = 0, n = 0, used;

	*ret_longest = 0;
	if (!p->data.len)
		return 0;
	do {
		wire_application a = { 0 };

		used = frame_decode_some(p->data.data + done, p->data.len - done, application_xdr,
					 &a, sizeof(a));
		if (used) {
			n++;
			if (strlen(a.description) > *ret_longest)
				*ret_longest = strlen(a.description);
		}
		wire_free_application(&a);
		done += used;
	} while (used);
	assert_int_equal(done, p->data.len);
	return n;
}

/* The call's answer. */
static size_t call(struct peer *p, struct applications_ret *r, size_t *ret_longest)
{
	struct applications_args none = { .nothing = 0 };

	*r = (struct applications_ret){ .count = 0 };
	assert_int_equal(peer_do(p, PROC_applications, &none, r), 0);
	size_t n = records(p, ret_longest);
	assert_int_equal(n, r->count);
	return n;
}

static void test_call(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct applications_ret r;
	struct peer p;
	size_t longest;

	(void)state;
	peer_start(&p, true);
	peer_hello(&p, false);
	assert_int_equal(call(&p, &r, &longest), 0);
	assert_int_equal(r.warnings.n, 0);
	/* Enough for some slots of the ring; a description of 100,000 bytes; then a broken one. */
	for (int i = 0; i < 20000; i++)
		buf_addf(&b, "Package: p%d\nStatus: install ok installed\nVersion: 1\n"
			     "Homepage: http://www.example.org/and/a/path/that/is/not/short\n\n", i);
	buf_addstr(&b, "Package: p\nStatus: install ok installed\nVersion: 1\nDescription: x\n ");
	for (int i = 0; i < 50000; i++)
		buf_addstr(&b, "\xc3\xa4");
	buf_addstr(&b, "\n\n");
	mkdirat(p.tmp, "root/var", 0755);
	mkdirat(p.tmp, "root/var/lib", 0755);
	mkdirat(p.tmp, "root/var/lib/dpkg", 0755);
	mkdirat(p.tmp, "root/var/lib/rpm", 0755);
	peer_file(&p, STATUS, b.data, b.len);
	peer_file(&p, "var/lib/rpm/Packages", "nonsense", 8);
	assert_int_equal(call(&p, &r, &longest), 20001);
	assert_true(p.slots > 1);
	assert_int_equal(longest, WIRE_STR_MAX);
	assert_int_equal(r.warnings.n, 1);
	assert_string_equal(r.warnings.v[0],
			    "rpm packages: '/var/lib/rpm/Packages': it is not a package database");
	proto_free(&procs[PROC_applications].ret, &r);
	assert_int_equal(peer_stop(&p), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(test_nothing_there),
		T(test_versions),
		T(test_dpkg),
		T(test_dpkg_status_d),
		T(test_dpkg_is_a_fifo),
		T(test_dpkg_leads_out),
		T(test_dpkg_is_huge),
		T(test_the_taker_fails),
		T(test_pacman),
		T(test_apk),
		T(test_portage),
		T(test_xbps),
		T(test_xml_hostile),
		T(test_pisi),
		T(test_gvariant),
		T(test_flatpak),
		T(test_snap),
		T(test_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
