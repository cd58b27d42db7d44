/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-inspect: its forms of output over made-up facts, its stream of applications, XPath. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "cli/safe.h"
#include "facts.h"
#include "tools/inspect/xpath.h"
#include "util/io.h"
#include "util/xalloc.h"

static wire_mountpoint linux_mountpoints[3];
static wire_volume linux_volumes[4];

/* A guest with about all that there is, its lists out of order. */
static wire_guest linux_guest(void)
{
	wire_guest g = facts_guest("/dev/vg/root");

	g.type = STR("linux");
	g.arch = STR("x86_64");
	g.distro = STR("debian");
	g.title = STR("Debian <GNU/Linux> 12 & \"more\"");
	g.product_name = STR("Debian <GNU/Linux> 12 & \"more\"");
	g.major = 12;
	g.minor = 5;
	g.package_format = STR("deb");
	g.package_management = STR("apt");
	g.hostname = STR("guest.example.org");
	g.build_id = STR("b1");
	g.osinfo = STR("debian12");
	g.id = STR("debian");
	g.version_id = STR("12");
	g.init = STR("systemd");
	linux_mountpoints[0] = (wire_mountpoint){ STR("/usr"), STR("/dev/vg/usr") };
	linux_mountpoints[1] = (wire_mountpoint){ STR("/"), STR("/dev/vg/root") };
	linux_mountpoints[2] = (wire_mountpoint){ STR("/opt"), STR("/dev/vg/\xc3\xa9") };
	g.mountpoints = (wire_mountpoints){ 3, linux_mountpoints };
	linux_volumes[0] = (wire_volume){ STR("/dev/vg/usr"), STR("xfs"), STR("5"), STR(""),
					  STR("u-1") };
	linux_volumes[1] = (wire_volume){ STR("/dev/sda2"), STR("swap"), STR(""), STR(""), STR("") };
	linux_volumes[2] = (wire_volume){ STR("/dev/vg/root"), STR("ext4"), STR(""), STR("r\xc3\xa9"),
					  STR("") };
	linux_volumes[3] = (wire_volume){ STR("/dev/mapper/gone"), STR(""), STR(""), STR(""),
					  STR("") };
	g.volumes = (wire_volumes){ 4, linux_volumes };
	return g;
}

static void check(enum inspect_output output, const struct facts *f, const char *want)
{
	const struct inspect_options o = { .output = output };
	CLEANUP(free) char *s = facts_print(&o, f);

	assert_string_equal(s, want);
}

static void test_xml_empty(void **state)
{
	(void)state;
	check(INSPECT_XML, NULL, "<?xml version=\"1.0\"?>\n<operatingsystems/>\n");
}

static void test_xml_bare(void **state)
{
	wire_guest g = facts_guest("/dev/sda");
	struct facts f = { .guest = &g };

	(void)state;
	check(INSPECT_XML, &f,
	      "<?xml version=\"1.0\"?>\n"
	      "<operatingsystems>\n"
	      "  <operatingsystem>\n"
	      "    <root>/dev/sda</root>\n"
	      "    <major_version>0</major_version>\n"
	      "    <minor_version>0</minor_version>\n"
	      "    <mountpoints/>\n"
	      "    <filesystems/>\n"
	      "  </operatingsystem>\n"
	      "</operatingsystems>\n");
}

static void test_xml_linux(void **state)
{
	wire_guest g = linux_guest();
	wire_application v[] = { facts_app("deb", "a", "1"), facts_app("snap", "core", "2") };
	struct facts f = { .guest = &g, .has_apps = true, .apps = { .v = v, .n = 2 } };

	(void)state;
	v[0].epoch = 4294967295u;
	v[0].release = STR("r");
	v[0].arch = STR("all");
	v[0].url = STR("http://x/?a&b");
	v[0].source_package = STR("src");
	v[0].summary = STR("does a");
	v[0].description = STR("line\n line\r");
	facts_sort(&g);
	check(INSPECT_XML, &f,
	      "<?xml version=\"1.0\"?>\n"
	      "<operatingsystems>\n"
	      "  <operatingsystem>\n"
	      "    <root>/dev/vg/root</root>\n"
	      "    <name>linux</name>\n"
	      "    <arch>x86_64</arch>\n"
	      "    <distro>debian</distro>\n"
	      "    <product_name>Debian &lt;GNU/Linux&gt; 12 &amp; &quot;more&quot;</product_name>\n"
	      "    <major_version>12</major_version>\n"
	      "    <minor_version>5</minor_version>\n"
	      "    <package_format>deb</package_format>\n"
	      "    <package_management>apt</package_management>\n"
	      "    <hostname>guest.example.org</hostname>\n"
	      "    <build_id>b1</build_id>\n"
	      "    <osinfo>debian12</osinfo>\n"
	      "    <mountpoints>\n"
	      "      <mountpoint dev=\"/dev/vg/root\">/</mountpoint>\n"
	      "      <mountpoint dev=\"/dev/vg/&#xE9;\">/opt</mountpoint>\n"
	      "      <mountpoint dev=\"/dev/vg/usr\">/usr</mountpoint>\n"
	      "    </mountpoints>\n"
	      "    <filesystems>\n"
	      "      <filesystem dev=\"/dev/mapper/gone\"/>\n"
	      "      <filesystem dev=\"/dev/sda2\">\n"
	      "        <type>swap</type>\n"
	      "      </filesystem>\n"
	      "      <filesystem dev=\"/dev/vg/root\">\n"
	      "        <type>ext4</type>\n"
	      "        <label>r\xc3\xa9</label>\n"
	      "      </filesystem>\n"
	      "      <filesystem dev=\"/dev/vg/usr\">\n"
	      "        <type version=\"5\">xfs</type>\n"
	      "        <uuid>u-1</uuid>\n"
	      "      </filesystem>\n"
	      "    </filesystems>\n"
	      "    <applications>\n"
	      "      <application>\n"
	      "        <name>a</name>\n"
	      "        <epoch>4294967295</epoch>\n"
	      "        <version>1</version>\n"
	      "        <release>r</release>\n"
	      "        <arch>all</arch>\n"
	      "        <url>http://x/?a&amp;b</url>\n"
	      "        <source_package>src</source_package>\n"
	      "        <summary>does a</summary>\n"
	      "        <description>line\n line&#13;</description>\n"
	      "      </application>\n"
	      "    </applications>\n"
	      "  </operatingsystem>\n"
	      "</operatingsystems>\n");
}

static void test_xml_windows(void **state)
{
	uint8_t png[80];
	wire_drive drives[] = { { STR("d"), STR("/dev/sda3") }, { STR("C"), STR("/dev/sda2") } };
	wire_guest g = facts_guest("/dev/sda2");
	wire_application v[] = { facts_app("windows", "x", "") };
	struct facts f = { .guest = &g,
			   .has_apps = true,
			   .apps = { .v = v, .n = 1 },
			   .has_icon = true,
			   .icon = { .png = { sizeof(png), png } } };

	(void)state;
	memset(png, 0, sizeof(png));
	g.type = g.distro = STR("windows");
	g.product_variant = STR("Server");
	g.windows_systemroot = STR("/Windows");
	g.windows_current_control_set = STR("ControlSet001");
	g.windows_group_policy = true;
	g.drives = (wire_drives){ 2, drives };
	v[0].display_name = STR("X");
	v[0].install_path = STR("C:\\x");
	v[0].publisher = STR("p");
	v[0].class = STR("antivirus");
	facts_sort(&g);
	check(INSPECT_XML, &f,
	      "<?xml version=\"1.0\"?>\n"
	      "<operatingsystems>\n"
	      "  <operatingsystem>\n"
	      "    <root>/dev/sda2</root>\n"
	      "    <name>windows</name>\n"
	      "    <distro>windows</distro>\n"
	      "    <product_variant>Server</product_variant>\n"
	      "    <major_version>0</major_version>\n"
	      "    <minor_version>0</minor_version>\n"
	      "    <windows_systemroot>/Windows</windows_systemroot>\n"
	      "    <windows_current_control_set>ControlSet001</windows_current_control_set>\n"
	      "    <windows_group_policy/>\n"
	      "    <mountpoints/>\n"
	      "    <filesystems/>\n"
	      "    <drive_mappings>\n"
	      "      <drive_mapping name=\"C\">/dev/sda2</drive_mapping>\n"
	      "      <drive_mapping name=\"d\">/dev/sda3</drive_mapping>\n"
	      "    </drive_mappings>\n"
	      "    <applications>\n"
	      "      <application>\n"
	      "        <name>x</name>\n"
	      "        <display_name>X</display_name>\n"
	      "        <install_path>C:\\x</install_path>\n"
	      "        <publisher>p</publisher>\n"
	      "        <class>antivirus</class>\n"
	      "      </application>\n"
	      "    </applications>\n"
	      "    <icon>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"
	      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</icon>\n"
	      "  </operatingsystem>\n"
	      "</operatingsystems>\n");
}

/* What a hostile guest may have anywhere: each must leave the output whole. */
static const char *const hostile[] = {
	"\x1b]0;x\x07",	    "\x01\x02\x7f",  "a\xff\xfe",	 "\xc3",
	"\xed\xa0\x80",	    "\xef\xbf\xbe",  "\xf4\x90\x80\x80", "]]>",
	"</product_name>",  "<!--",	     "\xe2\x80\xae",	 "\xc2\x9b",
	"a\nb\tc\r",	    "&x;",	     "'\"",		 "%n%s",
};

/* Every string of the guest, and of what it has, is this one. */
static char *print_hostile(enum inspect_output output, const char *s)
{
	char *t = STR(s);
	wire_mountpoint m = { t, t };
	wire_volume vol = { t, t, t, t, t };
	wire_drive d = { t, t };
	wire_kernel k = { t, t, t, t };
	wire_user u = { t, 0, t, t };
	wire_usage usage = { .device = t, .type = t, .uuid = t, .size = -1, .blocks = -1 };
	wire_application a = { t, t, t, 1, t, t, t, t, t, t, t, t, t, t };
	wire_guest g = { t, t, t, t, t, t, t, 0, 0, t, t, t, t, true, t, t, t, t, t, t, t, t,
			 { 1, &t }, { 1, &m }, { 1, &vol }, { 1, &d } };
	struct facts f = { .guest = &g,
			   .has_apps = true,
			   .apps = { .v = &a, .n = 1 },
			   .has_details = true,
			   .details = { .boot_loaders = { 1, &t },
					.kernels = { 1, &k },
					.users = { 1, &u },
					.logged = true,
					.last_log = INT64_MIN,
					.selinux = t,
					.secure_boot = { 1, &t },
					.usages = { 1, &usage } },
			   .warnings = { .v = &t, .n = 1 } };
	const struct inspect_options o = { .output = output, .applications = true };

	return facts_print(&o, &f);
}

static void test_xml_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		CLEANUP(free) char *s = print_hostile(INSPECT_XML, hostile[i]);
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		CLEANUP(fd_close) int fd = facts_file(s);
		struct err e = ERR_INIT;

		assert_int_equal(xpath_query(fd, "count(//name)", &b, &e), 0);
		assert_string_equal(b.data, "2\n");
		assert_null(strpbrk(s, "\x01\x02\x07\x1b"));
	}
}

static void test_json_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		CLEANUP(free) char *s = print_hostile(INSPECT_JSON, hostile[i]);
		json_error_t why;
		json_t *j = json_loads(s, 0, &why);

		assert_non_null(j);
		json_decref(j);
	}
}

static void test_text_hostile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hostile); i++) {
		CLEANUP(free) char *s = print_hostile(INSPECT_TEXT, hostile[i]);

		assert_true(utf8_valid(s));
		assert_null(strpbrk(s, "\x01\x02\x07\x1b\t\r\x7f"));
		assert_null(strstr(s, "\xe2\x80\xae"));
		assert_null(strstr(s, "\xc2\x9b"));
		assert_null(strstr(s, "\nb"));
	}
}

static wire_kernel kernels[] = { { STR("/boot/vmlinuz-6.1"), STR("6.1"), STR("/boot/initrd-6.1"),
				   STR("yes") },
				 { STR("/boot/vmlinuz"), STR(""), STR(""), STR("") } };
static wire_user users[] = { { STR("root"), 0, STR("/root"), STR("/bin/bash") } };
static wire_usage usages[] = { { STR("/dev/vg/root"), STR("ext4"), STR(""), 4096, 262144, 131072,
				 125829, 65536, 65000 } };
static char *loaders[] = { STR("grub2") };

/* Facts with details. */
static struct facts detailed(wire_guest *g, wire_application *v, size_t n)
{
	return (struct facts){
		.guest = g,
		.has_apps = true,
		.apps = { .v = v, .n = n },
		.has_details = true,
		.details = { .boot_loaders = { 1, loaders },
			     .kernels = { 2, kernels },
			     .users = { 1, users },
			     .logged = true,
			     .last_log = 1700000000,
			     .cloud_init = true,
			     .selinux = STR("enforcing"),
			     .usages = { 1, usages } },
	};
}

static void test_text(void **state)
{
	wire_guest g = linux_guest();
	wire_application v[] = { facts_app("deb", "a", "1"), facts_app("snap", "core", "2"), facts_app("deb", "b", "") };
	struct facts f = detailed(&g, v, 3);

	(void)state;
	setenv("TZ", "UTC", 1);
	facts_sort(&g);
	check(INSPECT_TEXT, &f,
	      "Debian <GNU/Linux> 12 & \"more\"\n"
	      "  Root          /dev/vg/root\n"
	      "  System        linux, debian 12.5, x86_64\n"
	      "  Hostname      guest.example.org\n"
	      "  Build         b1\n"
	      "  Init          systemd\n"
	      "  Packages      2 deb, 1 snap (--applications lists them)\n"
	      "  Boot loaders  grub2\n"
	      "  Kernels       6.1 (initramfs, virtio), /boot/vmlinuz (no initramfs)\n"
	      "  Users         root\n"
	      "  cloud-init    present\n"
	      "  SELinux       enforcing\n"
	      "  Last log      2023-11-14 22:13:20 +0000\n"
	      "\n"
	      "  MOUNTED ON  DEVICE            TYPE       SIZE  FREE\n"
	      "  /           /dev/vg/root      ext4       1.0G  492M\n"
	      "  /opt        /dev/vg/\xc3\xa9        -          -     -\n"
	      "  /usr        /dev/vg/usr       xfs        -     -\n"
	      "  -           /dev/mapper/gone  not found  -     -\n"
	      "  -           /dev/sda2         swap       -     -\n");
}

static void test_text_bare(void **state)
{
	wire_guest g = facts_guest("/dev/sda");
	wire_application v[] = { facts_app("deb", "a", "1"), facts_app("deb", "b", "") };
	struct facts f = { .guest = &g, .has_apps = true, .apps = { .v = v, .n = 2 } };
	const struct inspect_options o = { .output = INSPECT_TEXT, .applications = true };
	CLEANUP(free) char *s = NULL;

	(void)state;
	check(INSPECT_TEXT, NULL, "No operating system was found, and no file system.\n");
	v[0].epoch = 1;
	v[0].release = STR("2");
	s = facts_print(&o, &f);
	assert_string_equal(s, "unknown system\n"
			       "  Root          /dev/sda\n"
			       "  System        unknown\n"
			       "  Packages      2 deb\n"
			       "\n"
			       "  a  1:1-2  -  deb\n"
			       "  b  -      -  deb\n");
}

static void test_text_nothing(void **state)
{
	wire_filesystem v[] = {
		{ STR("/dev/sda1"), STR("ext4"), STR(""), STR(""), 1 },
		{ STR("/dev/sda2"), STR(""), STR(""), STR(""), 1 },
	};
	wire_crypt c[] = { { STR("/dev/sda3"), STR("crypto_LUKS"), STR("") } };
	const wire_crypts locked = { 1, c };
	const wire_filesystems fs = { 2, v };
	const struct render_end end = { &locked, NULL, &fs };
	const struct inspect_options o = { .output = INSPECT_TEXT };
	CLEANUP(render_release) struct render r;
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	(void)state;
	render_init(&r, &o, &b);
	r.ops->start(&r);
	r.ops->end(&r, &end);
	assert_string_equal(b.data, "No operating system was found. On the disks: "
				    "/dev/sda1 (ext4), /dev/sda2 (unknown).\n"
				    "Not unlocked: /dev/sda3 (crypto_LUKS).\n");
}

/* The value at a path of keys and numbers: "a.0.b". */
static const json_t *at(const json_t *j, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, ".");
		CLEANUP(free) char *key = xmemdup0(path, n);

		j = json_is_array(j) ? json_array_get(j, strtoul(key, NULL, 10)) :
				       json_object_get(j, key);
		assert_non_null(j);
		path += n + (path[n] == '.');
	}
	return j;
}

static void test_json(void **state)
{
	static const char *const want[][2] = {
		{ "root", "/dev/vg/root" },
		{ "id", "debian" },
		{ "init", "systemd" },
		{ "mountpoints.1.path", "/opt" },
		{ "filesystems.3.version", "5" },
		{ "boot_loaders.0", "grub2" },
		{ "kernels.0.initramfs", "/boot/initrd-6.1" },
		{ "users.0.shell", "/bin/bash" },
		{ "last_log", "2023-11-14T22:13:20.000000000Z" },
		{ "selinux", "enforcing" },
		{ "applications.1.kind", "snap" },
		{ "icon", "AQI=" },
		{ "warnings.0", "careful" },
	};
	wire_guest g = linux_guest();
	wire_application v[] = { facts_app("deb", "a", "1"), facts_app("snap", "core", "2") };
	uint8_t png[] = { 1, 2 };
	char *warning = STR("careful");
	struct facts f = detailed(&g, v, 2);
	const struct inspect_options o = { .output = INSPECT_JSON };
	CLEANUP(free) char *s = NULL;
	json_t *j;
	const json_t *os;

	(void)state;
	f.has_icon = true;
	f.icon.png = (wire_bytes){ sizeof(png), png };
	f.warnings = (struct strvec){ .v = &warning, .n = 1 };
	facts_sort(&g);
	s = facts_print(&o, &f);
	j = json_loads(s, 0, NULL);
	assert_string_equal(json_string_value(at(j, "schema")), "guestutils.inspect.v1");
	os = at(j, "operatingsystems.0");
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_string_equal(json_string_value(at(os, want[i][0])), want[i][1]);
	assert_int_equal(json_integer_value(at(os, "major_version")), 12);
	assert_int_equal(json_integer_value(at(os, "usage.0.size")), 1 << 30);
	assert_true(json_is_true(at(os, "kernels.0.virtio")));
	assert_true(json_is_null(at(os, "kernels.1.virtio")));
	assert_true(json_is_null(at(os, "product_variant")));
	assert_true(json_is_true(at(os, "cloud_init")));
	assert_null(json_object_get(at(os, "applications.0"), "arch"));
	json_decref(j);
}

static void test_json_bare(void **state)
{
	wire_guest g = facts_guest("/dev/sda");
	struct facts f = { .guest = &g };
	const struct inspect_options o = { .output = INSPECT_JSON };
	CLEANUP(free) char *s = facts_print(&o, &f);
	json_t *j = json_loads(s, 0, NULL);
	const json_t *os = at(j, "operatingsystems.0");

	(void)state;
	assert_true(json_is_null(at(os, "type")));
	assert_null(json_object_get(os, "applications"));
	assert_null(json_object_get(os, "users"));
	assert_null(json_object_get(os, "icon"));
	json_decref(j);
	check(INSPECT_JSON, NULL,
	      "{\"schema\":\"guestutils.inspect.v1\",\"operatingsystems\":[],\"locked\":[],\"warnings\":[]}\n");
}

static void test_wanted(void **state)
{
	static const struct {
		struct inspect_options o;
		bool apps, icon, details;
	} rows[] = {
		{ { .output = INSPECT_XML }, true, true, false },
		{ { .output = INSPECT_XML, .no_icon = true }, true, false, false },
		{ { .output = INSPECT_XML, .no_applications = true }, false, true, false },
		{ { .output = INSPECT_JSON }, true, true, true },
		{ { .output = INSPECT_TEXT }, true, false, true },
		{ { .output = INSPECT_TEXT, .no_applications = true }, false, false, true },
		{ { .output = INSPECT_JSON, .no_applications = true, .no_icon = true },
		  false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(render_release) struct render r;
		struct facts_wanted w;

		render_init(&r, &rows[i].o, NULL);
		w = render_wanted(&r);
		assert_int_equal(w.apps, rows[i].apps);
		assert_int_equal(w.icon, rows[i].icon);
		assert_int_equal(w.details, rows[i].details);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml_empty),
		cmocka_unit_test(test_xml_bare),
		cmocka_unit_test(test_xml_linux),
		cmocka_unit_test(test_xml_windows),
		cmocka_unit_test(test_xml_hostile),
		cmocka_unit_test(test_json_hostile),
		cmocka_unit_test(test_text_hostile),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_bare),
		cmocka_unit_test(test_text_nothing),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_bare),
		cmocka_unit_test(test_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
