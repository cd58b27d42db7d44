/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See help.h. */
#include "help.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"

#define OS_RELEASE_MAX (64u << 10)

/* Names of os-release(5), and the command; NULL: its qemu has no microvm machine. */
static const struct {
	const char *os, *command;
} installers[] = {
	{ "debian", "apt-get install qemu-system-x86" },
	{ "ubuntu", "apt-get install qemu-system-x86" },
	{ "rhel", NULL },
	{ "fedora", "dnf install qemu-system-x86" },
	{ "suse", "zypper install qemu-x86" },
	{ "opensuse", "zypper install qemu-x86" },
	{ "arch", "pacman -S qemu-system-x86" },
	{ "alpine", "apk add qemu-system-x86_64" },
};

char *help_as_root(const char *command)
{
	return xasprintf("%s%s", geteuid() == 0 ? "" : "sudo ", command);
}

/* The words of KEY=words, or NULL. The caller frees. */
static char *os_value(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (strncmp(p, key, len) || p[len] != '=')
			continue;
		p += len + 1;
		p += strspn(p, "\"'");
		return xmemdup0(p, strcspn(p, "\"'\n"));
	}
	return NULL;
}

/* The row for the first of the words that has one; its place, or -1. */
static int find_installer(const char *words)
{
	while (*words) {
		size_t len = strcspn(words, " ");

		for (size_t i = 0; i < ARRAY_SIZE(installers); i++)
			if (strlen(installers[i].os) == len &&
			    !strncmp(installers[i].os, words, len))
				return (int)i;
		words += len;
		words += strspn(words, " ");
	}
	return -1;
}

char *help_install_qemu(void)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(free) char *id = NULL, *like = NULL;
	struct err e = ERR_INIT;
	int i = -1;

	if (file_read(AT_FDCWD, "/etc/os-release", OS_RELEASE_MAX, &b, &e) == 0 && b.len) {
		id = os_value(b.data, "ID");
		like = os_value(b.data, "ID_LIKE");
	}
	if (id)
		i = find_installer(id);
	if (i < 0 && like)
		i = find_installer(like);
	if (i >= 0 && installers[i].command)
		return help_as_root(installers[i].command);
	return xstrdup("install qemu for x86_64 with its microvm machine, and have "
		       "qemu-system-x86_64 in PATH or name it: GUESTUTILS_QEMU=FILE");
}

char *help_quote(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+,:@%";
	struct buf b = BUF_INIT;

	if (*s && !s[strspn(s, plain)])
		return xstrdup(s);
	buf_addch(&b, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_addstr(&b, "'\\''");
		else
			buf_addch(&b, *s);
	}
	buf_addch(&b, '\'');
	return buf_take(&b);
}
