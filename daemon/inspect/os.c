/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os.h. What each type of system is called is in os_release.h and what is named there. */
#include "daemon/inspect/os.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/inspect/os_arch.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/os_host.h"
#include "daemon/inspect/os_medium.h"
#include "daemon/inspect/os_release.h"
#include "daemon/inspect/win_path.h"
#include "daemon/inspect/windows.h"
#include "daemon/osrelease.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

static bool is_file(int top, const char *path)
{
	return below_is(top, path, S_IFREG);
}

static bool is_dir(int top, const char *path)
{
	return below_is(top, path, S_IFDIR);
}

/* ---- what a file system is. Rare names are asked for first. */

static bool is_freebsd(int top)
{
	return (is_file(top, "etc/freebsd-update.conf") ||
		(is_dir(top, "rescue") && is_file(top, "bin/freebsd-version"))) &&
	       is_dir(top, "bin") && is_file(top, "etc/fstab");
}

static bool is_netbsd(int top)
{
	return is_file(top, "netbsd") && is_dir(top, "bin") && is_file(top, "etc/fstab") &&
	       is_file(top, "etc/release");
}

static bool is_openbsd(int top)
{
	return is_file(top, "bsd") && is_dir(top, "bin") && is_file(top, "etc/fstab") &&
	       (is_file(top, "etc/motd") || is_file(top, "etc/myname"));
}

static bool is_hurd(int top)
{
	return is_file(top, "hurd/null") && is_file(top, "hurd/hello") &&
	       is_file(top, "hurd/console");
}

static bool is_minix(int top)
{
	return is_file(top, "service/vm") && is_dir(top, "bin") && is_file(top, "etc/fstab") &&
	       is_file(top, "etc/version");
}

/* A /bin that leads to a /usr elsewhere is one, too. */
static bool has_bin(int top)
{
	return is_dir(top, "bin") || is_dir(top, "usr/bin") || below_is(top, "bin", S_IFLNK);
}

/* Its os-release, or where it predates that, or has it elsewhere, what every Linux has. */
static bool is_linux(int top)
{
	if (is_file(top, "etc/os-release") || is_file(top, "usr/lib/os-release"))
		return true;
	if (!is_dir(top, "etc"))
		return below_is(top, "nix/var/nix/profiles/system", S_IFLNK) ||
		       below_is(top, "var/guix/profiles/system", S_IFLNK);
	return (has_bin(top) && (is_file(top, "etc/fstab") || is_file(top, "etc/hosts"))) ||
	       is_file(top, "etc/NIXOS") ||
	       below_is(top, "nix/var/nix/profiles/system", S_IFLNK) ||
	       below_is(top, "var/guix/profiles/system", S_IFLNK);
}

/* Without its /usr, which is a partition of its own. */
static bool is_coreos(int top)
{
	return (is_file(top, "etc/coreos/update.conf") || is_file(top, "etc/flatcar/update.conf")) &&
	       is_dir(top, "root") && is_dir(top, "home") && is_dir(top, "usr");
}

static bool is_boot(int top)
{
	return is_file(top, "grub/menu.lst") || is_file(top, "grub/grub.conf") ||
	       is_file(top, "grub2/grub.cfg") || is_file(top, "grub/grub.cfg") ||
	       is_dir(top, "loader/entries");
}

static bool is_usr_local(int top)
{
	return is_dir(top, "share") && is_dir(top, "bin") && is_dir(top, "etc") &&
	       !is_dir(top, "local") && !is_file(top, "etc/fstab");
}

static bool is_usr(int top)
{
	return is_dir(top, "share") && is_dir(top, "bin") &&
	       ((is_dir(top, "local") &&
		 (is_dir(top, "src") || is_dir(top, "share/coreos"))) ||
		is_file(top, "lib/os-release")) &&
	       !is_file(top, "etc/fstab");
}

/* Its run often is a link to what is not there. */
static bool is_var(int top)
{
	return is_dir(top, "spool") && is_dir(top, "log") &&
	       (is_dir(top, "lib") || is_dir(top, "run"));
}

/* Is it there, in whatever case? */
static bool is_any_case(int top, const char *path, mode_t kind)
{
	CLEANUP(free) char *real = win_find(top, path);

	return real && below_is(top, real, kind);
}

static bool is_esp(int top)
{
	return is_any_case(top, "EFI/BOOT", S_IFDIR) || is_any_case(top, "EFI/Microsoft", S_IFDIR);
}

static bool is_freedos(int top)
{
	return is_any_case(top, "FDOS/FREEDOS.BSS", S_IFREG) ||
	       (is_any_case(top, "FREEDOS", S_IFDIR) && is_any_case(top, "KERNEL.SYS", S_IFREG));
}

static bool is_msdos(int top)
{
	return is_any_case(top, "DOS/COMMAND.COM", S_IFREG);
}

/* ---- what a system is */

static char *str(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

/* The facts of release files, and what follows from them. */
static void take_release(int root, struct release *r, wire_guest *ret)
{
	const char *distro = r->distro ? r->distro : "";
	const char *format = distro_format(root, distro, r->id_like ? r->id_like : "");

	ret->package_management = xstrdup(distro_manage(root, distro, format, r->major));
	ret->package_format = xstrdup(format);
	ret->major = r->major;
	ret->minor = r->minor;
	ret->distro = TAKE(r->distro);
	ret->product_name = TAKE(r->product);
	ret->build_id = TAKE(r->build_id);
	ret->id = TAKE(r->id);
	ret->version_id = TAKE(r->version_id);
}

static void describe_linux(int root, wire_guest *ret)
{
	CLEANUP(release_release) struct release r = RELEASE_INIT;

	release_read_linux(root, &r);
	take_release(root, &r, ret);
	ret->osinfo = distro_osinfo(ret->distro ? ret->distro : "", ret->major, ret->minor);
	ret->init = xstrdup(init_name(root));
}

/* The same, of which only the user's files are here until /usr is mounted. */
static void describe_coreos(int root, wire_guest *ret)
{
	describe_linux(root, ret);
	if (!ret->distro)
		ret->distro = xstrdup("coreos");
}

static void describe_hurd(int root, wire_guest *ret)
{
	CLEANUP(release_release) struct release r = RELEASE_INIT;

	release_read_hurd(root, &r);
	take_release(root, &r, ret);
	ret->init = xstrdup(init_name(root));
}

static void describe_medium(int top, wire_guest *ret)
{
	medium_describe(top, ret);
	ret->osinfo = distro_osinfo(ret->distro, ret->major, ret->minor);
}

/* A first line that names the system and its version. */
static void take_line(int root, const char *path, wire_guest *ret)
{
	CLEANUP(free) char *line = head_line(root, path);

	if (!line || !*line)
		return;
	release_version((struct span){ line, strlen(line) }, &ret->major, &ret->minor);
	ret->product_name = TAKE(line);
}

/* What os-release says, where a BSD has one. */
static void take_os_release(int root, wire_guest *ret)
{
	CLEANUP(release_release) struct release r = RELEASE_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (!release_read_text(root, &b))
		return;
	release_parse_os((struct span){ b.data, b.len }, &r);
	if (!ret->product_name && r.product) {
		ret->product_name = TAKE(r.product);
		ret->major = r.major;
		ret->minor = r.minor;
	}
	ret->id = TAKE(r.id);
	ret->version_id = TAKE(r.version_id);
	ret->build_id = TAKE(r.build_id);
}

/* All BSDs are their own distribution. */
static void finish_bsd(const char *name, wire_guest *ret)
{
	ret->distro = xstrdup(name);
	ret->osinfo = ret->major || ret->minor ? xasprintf("%s%u.%u", name, ret->major, ret->minor)
					       : xstrdup("");
}

/* FreeBSD's freebsd-version(1) is a script that has it: USERLAND_VERSION="14.0-RELEASE". */
static void take_freebsd_version(int root, wire_guest *ret)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (!head_read(root, "bin/freebsd-version", &b))
		return;
	CLEANUP(free) char *version =
		host_of_shell((struct span){ b.data, b.len }, "USERLAND_VERSION");
	if (!version)
		return;
	free(ret->product_name);
	ret->product_name = xasprintf("FreeBSD %s", version);
	release_version((struct span){ version, strlen(version) }, &ret->major, &ret->minor);
}

static void describe_freebsd(int root, wire_guest *ret)
{
	take_line(root, "etc/motd", ret);
	if (!ret->product_name || strncmp(ret->product_name, "FreeBSD", 7) != 0)
		take_freebsd_version(root, ret);
	take_os_release(root, ret);
	finish_bsd("freebsd", ret);
	if (is_dir(root, "usr/freebsd-dist"))
		ret->medium = xstrdup("installer");
}

static void describe_netbsd(int root, wire_guest *ret)
{
	take_line(root, "etc/release", ret);
	take_os_release(root, ret);
	finish_bsd("netbsd", ret);
}

/* Its motd has "?.?" until it has been started. */
static void describe_openbsd(int root, wire_guest *ret)
{
	take_line(root, "etc/motd", ret);
	finish_bsd("openbsd", ret);
}

static void describe_minix(int root, wire_guest *ret)
{
	take_line(root, "etc/version", ret);
}

static void describe_freedos(int root, wire_guest *ret)
{
	(void)root;
	ret->distro = xstrdup("freedos");
	ret->arch = xstrdup("i386");
}

static void describe_msdos(int root, wire_guest *ret)
{
	(void)root;
	ret->distro = xstrdup("msdos");
	ret->arch = xstrdup("i386");
	ret->osinfo = xstrdup("msdos6.22");
}

/* ---- the table */

#define ROOT(type, matches, describe)                        \
	{                                                    \
		type, ROLE_ROOT, "", false, matches, describe \
	}
#define OTHER(part, matches)                              \
	{                                                 \
		"", ROLE_OTHER, part, false, matches, NULL \
	}

/* Those before Linux have what it has as well: each is asked for one name that it has not. */
static const struct os_kind kinds[] = {
	ROOT("freebsd", is_freebsd, describe_freebsd),
	ROOT("netbsd", is_netbsd, describe_netbsd),
	ROOT("openbsd", is_openbsd, describe_openbsd),
	ROOT("hurd", is_hurd, describe_hurd),
	ROOT("minix", is_minix, describe_minix),
	ROOT("linux", is_linux, describe_linux),
	ROOT("linux", is_coreos, describe_coreos),
	OTHER("/boot", is_boot),
	OTHER("/usr/local", is_usr_local),
	OTHER("/usr", is_usr),
	OTHER("/var", is_var),
	ROOT("windows", windows_matches, NULL),
	{ "linux", ROLE_ROOT, "", true, medium_matches, describe_medium },
	OTHER("/boot/efi", is_esp),
	OTHER("", windows_volume_matches),
	ROOT("dos", is_freedos, describe_freedos),
	ROOT("dos", is_msdos, describe_msdos),
};

const struct os_kind *os_recognise(int top)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].matches(top))
			return &kinds[i];
	return NULL;
}

/* wire_guest's strings that are NULL become "". */
#define F(type, name)                                                                      \
	{                                                                                  \
		char **at_ = _Generic(v->name, char *: (char **)(void *)&v->name, default: NULL); \
		if (at_ && !*at_)                                                          \
			*at_ = xstrdup("");                                                \
	}
#define RECORD(name, fields)                                                     \
	static inline __attribute__((unused)) void fill_##name(wire_##name *v) \
	{                                                                        \
		fields                                                           \
	}
#include "proto/records.def"
#undef RECORD
#undef F

void os_describe(int root, const struct os_kind *k, wire_guest *ret)
{
	ret->type = xstrdup(k->type);
	if (k->describe) {
		k->describe(root, ret);
		if (!ret->arch)
			ret->arch = str(arch_of_system(root));
		ret->hostname = host_name(root, k->type);
		if (!ret->medium)
			ret->medium = xstrdup("installed");
	}
	fill_guest(ret);
}

char *os_title(int root, const struct os_kind *k)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	wire_guest w = { 0 };

	if (!strcmp(k->type, "windows"))
		return windows_title(root);
	if (!strcmp(k->type, "linux") && !k->medium && release_read_text(root, &b)) {
		char *name = osrelease_name(b.data, b.len);

		if (*name)
			return name;
		free(name);
	}
	if (k->describe)
		k->describe(root, &w);
	char *title = w.product_name ? TAKE(w.product_name) : xstrdup(w.distro ? w.distro : "");
	wire_free_guest(&w);
	return title;
}
