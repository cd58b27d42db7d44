/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See names.h. */
#include "util/names.h"

#include <stdio.h>
#include <string.h>

void disk_name(unsigned disk, char ret[DISK_NAME_MAX])
{
	char rev[8];
	size_t n = 0, len;

	for (unsigned long i = (unsigned long)disk + 1; i; i = (i - 1) / 26)
		rev[n++] = (char)('a' + (i - 1) % 26);
	len = (size_t)snprintf(ret, DISK_NAME_MAX, "/dev/sd");
	while (n)
		ret[len++] = rev[--n];
	ret[len] = '\0';
}

bool lvm_name_fits(const char *s)
{
	return *s && *s != '-' && *s != '.' &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+_.-")];
}
