/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that say what a system is, from hostile bytes: release files, hosts' names, media,
 * boot loaders' entries, programs. The first byte says which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/inspect/os_arch.h"
#include "daemon/inspect/os_distro.h"
#include "daemon/inspect/os_host.h"
#include "daemon/inspect/os_medium.h"
#include "daemon/inspect/os_ostree.h"
#include "daemon/inspect/os_release.h"
#include "util/cleanup.h"

#define VALUE_LEN 1024 /* no value is longer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A value: NULL, or one of a bounded length; takes it. */
static void check_value(char *s)
{
	if (s && strlen(s) > VALUE_LEN)
		__builtin_trap();
	free(s);
}

/* What holds for whatever was read; one word for the distribution. */
static void check_release(struct release *r)
{
	for (const char *p = r->distro; p && *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", *p))
			__builtin_trap();
	if (!r->versioned && (r->major || r->minor))
		__builtin_trap();
	if (r->major > 999999999 || r->minor > 999999999)
		__builtin_trap();
	check_value(distro_osinfo(r->distro ? r->distro : "", r->major, r->minor));
	check_value(r->distro);
	check_value(r->product);
	check_value(r->id);
	check_value(r->version_id);
	check_value(r->id_like);
	check_value(r->build_id);
}

static void fuzz_release(unsigned which, struct span text)
{
	struct release r = RELEASE_INIT;
	unsigned major = 0, minor = 0;

	if (which == 0)
		release_parse_os(text, &r);
	else if (which == 1)
		release_parse_lsb(text, &r);
	else if (which == 2)
		release_parse_suse(text, &r);
	else if (which == 3)
		release_parse_line(text, &r);
	else if (release_after(text, "CentOS", &major, &minor) && major > 999999999)
		__builtin_trap();
	check_release(&r);
}

static void fuzz_medium(unsigned which, struct span text)
{
	struct medium_words w = { NULL, NULL, 0, 0 };

	if (which == 0)
		medium_parse_info(text, &w);
	else if (which == 1)
		medium_parse_treeinfo(text, &w);
	else
		medium_parse_discinfo(text, &w);
	check_value(w.product);
	check_value(w.arch);
}

/* An entry, and its argument as a path: none that leads up. */
static void fuzz_entry(struct span text)
{
	struct bls b;

	bls_parse(text, &b);
	CLEANUP(free) char *path = path_join("ostree/boot.1", b.ostree ? b.ostree : b.version);
	if (*path == '/' || !strcmp(path, "..") || !strncmp(path, "../", 3) || strstr(path, "/../"))
		__builtin_trap();
	bls_release(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct span text = { (const char *)data + 1, n - 1 };

	if (!n)
		return 0;
	const unsigned which = *data % 12;
	if (which < 5)
		fuzz_release(which, text);
	else if (which < 8)
		fuzz_medium(which - 5, text);
	else if (which == 8)
		check_value(host_of_text(text));
	else if (which == 9)
		check_value(host_of_shell(text, "hostname"));
	else if (which == 10)
		fuzz_entry(text);
	else
		(void)arch_of_header(data + 1, n - 1);
	return 0;
}
