/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See windows.h: what a Windows is. */
#include "windows.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "daemon/below.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "win_facts.h"
#include "win_hive.h"
#include "win_parse.h"
#include "win_path.h"
#include "win_root.h"

#define PE_START  4096
#define WIM_HEAD  208
#define WIM_XML	  (1u << 20) /* bytes of a description that are read */
#define TABLE_MAX (4u << 20) /* of a txtsetup.sif, which has half a million */

static void warn(struct strvec *warnings, const struct err *e)
{
	if (warnings)
		strvec_add(warnings, e->msg);
}

/* The processor, by the shell that every Windows has. */
static void describe_arch(int root, const char *systemroot, wire_guest *ret)
{
	CLEANUP(free) char *wanted = xasprintf("%s/system32/cmd.exe", systemroot);
	CLEANUP(free) char *path = win_find(root, wanted);
	CLEANUP(fd_close) int fd = -1;
	uint8_t start[PE_START];
	struct err e;
	ssize_t n;

	if (path)
		fd = below_open_file(root, path, O_RDONLY, NULL, &e);
	n = fd < 0 ? -1 : read_full(fd, start, sizeof(start));
	if (n > 0)
		win_set(&ret->arch, xstrdup(win_pe_arch(start, (size_t)n)));
}

/* A text out of the list, for the field. */
static void take(wire_strs *v, unsigned i, char **field)
{
	win_set(field, TAKE(v->v[i]));
}

static void describe_version(const wire_strs *v, wire_guest *ret)
{
	unsigned major, minor;

	if (*v->v[FACT_MAJOR]) {
		ret->major = (uint32_t)strtoul(v->v[FACT_MAJOR], NULL, 10);
		ret->minor = (uint32_t)strtoul(v->v[FACT_MINOR], NULL, 10);
	} else if (sscanf(v->v[FACT_VERSION], "%u.%u", &major, &minor) == 2) {
		ret->major = major;
		ret->minor = minor;
	}
}

static void describe_software(int root, const char *systemroot, wire_guest *ret,
			      struct strvec *warnings)
{
	CLEANUP(win_facts_release) wire_strs v = { 0, NULL };
	struct err e = ERR_INIT;

	if (win_facts_software(root, systemroot, &v, &e) < 0) {
		warn(warnings, &e);
		return;
	}
	describe_version(&v, ret);
	ret->windows_group_policy = *v.v[FACT_POLICY];
	if (*v.v[FACT_PE])
		win_set(&ret->medium, xstrdup("live"));
	take(&v, FACT_PRODUCT, &ret->product_name);
	take(&v, FACT_VARIANT, &ret->product_variant);
	take(&v, *v.v[FACT_BUILD] ? FACT_BUILD : FACT_OLD_BUILD, &ret->build_id);
}

static void describe_system(int root, const char *systemroot, wire_guest *ret,
			    struct strvec *warnings)
{
	CLEANUP(win_facts_release) wire_strs v = { 0, NULL };
	struct err e = ERR_INIT;

	if (win_facts_system(root, systemroot, &v, &e) < 0) {
		warn(warnings, &e);
		return;
	}
	take(&v, FACT_CONTROL_SET, &ret->windows_current_control_set);
	take(&v, FACT_HOSTNAME, &ret->hostname);
}

/* An image of Windows itself: what its description says of the first edition in it. */
static void describe_image(int root, const char *path, wire_guest *ret)
{
	CLEANUP(fd_close) int fd = -1;
	CLEANUP(buf_release) struct buf xml = BUF_INIT;
	CLEANUP(free) char *text = NULL;
	uint8_t head[WIM_HEAD];
	uint64_t offset, size;
	struct err e;

	fd = below_open_file(root, path, O_RDONLY, NULL, &e);
	if (fd < 0 || pread_full(fd, head, sizeof(head), 0) != sizeof(head) ||
	    !win_wim_header(head, &offset, &size) || offset > INT64_MAX)
		return;
	size = size < WIM_XML ? size : WIM_XML;
	ssize_t n = pread_full(fd, buf_room(&xml, size), size, (off_t)offset);
	/* A byte order mark comes first. */
	if (n > 2 && !memcmp(xml.data, "\xff\xfe", 2)) {
		text = win_utf8(xml.data + 2, (size_t)n - 2, WIM_XML);
		win_wim_describe(text, ret);
	}
}

/* The same of a medium of 2000, XP or 2003. */
static void describe_table(int root, const char *path, wire_guest *ret)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(free) char *major = NULL;
	CLEANUP(free) char *minor = NULL;
	struct err e;
	char *name;

	if (below_read(root, path, TABLE_MAX, &b, &e) < 0 || !b.len)
		return;
	name = win_ini_value(b.data, b.len, "SetupData", "ProductName");
	major = win_ini_value(b.data, b.len, "SetupData", "MajorVersion");
	minor = win_ini_value(b.data, b.len, "SetupData", "MinorVersion");
	if (name)
		win_set(&ret->product_name, name);
	ret->major = major ? (uint32_t)strtoul(major, NULL, 10) : 0;
	ret->minor = minor ? (uint32_t)strtoul(minor, NULL, 10) : 0;
	win_set(&ret->arch, xstrdup(!strncasecmp(path, "/amd64", 6)  ? "x86_64"
				    : !strncasecmp(path, "/ia64", 5) ? "ia64"
								     : "i386"));
}

static void describe_medium(int root, wire_guest *ret)
{
	CLEANUP(free) char *image = win_install_image(root);
	CLEANUP(free) char *table = image ? NULL : win_install_table(root);

	win_set(&ret->medium, xstrdup("installer"));
	if (image)
		describe_image(root, image, ret);
	else if (table)
		describe_table(root, table, ret);
}

/* What nothing is known of. */
static void fill(wire_guest *w)
{
	char **const all[] = {
		&w->root, &w->type, &w->arch, &w->distro, &w->product_name, &w->product_variant,
		&w->package_format, &w->package_management, &w->windows_systemroot,
		&w->windows_current_control_set, &w->hostname, &w->build_id, &w->osinfo, &w->id,
		&w->version_id, &w->init, &w->medium, &w->deployment,
	};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (!*all[i])
			*all[i] = xstrdup("");
}

void windows_describe(int root, wire_guest *ret, struct strvec *warnings)
{
	char *systemroot = win_systemroot(root);

	win_set(&ret->distro, xstrdup("windows"));
	if (systemroot) {
		win_set(&ret->medium, xstrdup("installed"));
		win_set(&ret->windows_systemroot, systemroot);
		describe_arch(root, systemroot, ret);
		describe_software(root, systemroot, ret, warnings);
		describe_system(root, systemroot, ret, warnings);
	} else {
		describe_medium(root, ret);
	}
	win_set(&ret->osinfo, xstrdup(win_osinfo(ret)));
	fill(ret);
}

char *windows_title(int root)
{
	CLEANUP(free) char *systemroot = win_systemroot(root);
	CLEANUP(win_facts_release) wire_strs v = { 0, NULL };
	struct err e;

	if (!systemroot || win_facts_software(root, systemroot, &v, &e) < 0)
		return xstrdup("Windows");
	return win_title(v.v[FACT_PRODUCT], v.v[FACT_VARIANT], v.v[FACT_BUILD]);
}
