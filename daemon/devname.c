/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See devname.h. */
#include "devname.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "util/names.h"
#include "util/xalloc.h"

#define NUMBER_MAX 9999u /* of a disk or a partition; far more than there can be */

/* A decimal number without a leading zero (0 itself is one); moves *s past it. */
static bool number(const char **s, unsigned *ret)
{
	const char *p = *s;
	unsigned n = 0;

	if (!isdigit((unsigned char)*p) || (p[0] == '0' && isdigit((unsigned char)p[1])))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		n = n * 10 + (unsigned)(*p - '0');
		if (n > NUMBER_MAX)
			return false;
	}
	*s = p;
	*ret = n;
	return true;
}

/* Letters count disks: a..z, aa..zz and on; moves *s past them. */
static bool letters(const char **s, unsigned *ret)
{
	const char *p = *s;
	unsigned n = 0;

	for (; *p >= 'a' && *p <= 'z'; p++) {
		n = n * 26 + (unsigned)(*p - 'a') + 1;
		if (n > NUMBER_MAX)
			return false;
	}
	if (p == *s)
		return false;
	*s = p;
	*ret = n - 1;
	return true;
}

/* What follows the disk: nothing, or the mark and the partition's number, from 1. */
static bool partition(const char *s, const char *mark, unsigned *ret)
{
	size_t n = strlen(mark);

	*ret = 0;
	if (!*s)
		return true;
	if (strncmp(s, mark, n) != 0)
		return false;
	s += n;
	return number(&s, ret) && *ret > 0 && !*s;
}

/* nvme0n1 is the first disk, so is mmcblk0; nvme1n1 is taken for the second. */
static bool parse_numbered(const char *s, struct devname *ret)
{
	unsigned space = 1;

	if (!strncmp(s, "nvme", 4)) {
		s += 4;
		if (!number(&s, &ret->disk) || *s++ != 'n' || !number(&s, &space) || !space)
			return false;
		ret->disk += space - 1;
	} else if (!strncmp(s, "mmcblk", 6)) {
		s += 6;
		if (!number(&s, &ret->disk))
			return false;
	} else if (!strncmp(s, "cciss/c", 7)) {
		s += 7;
		if (!number(&s, &space) || *s++ != 'd' || !number(&s, &ret->disk))
			return false;
	} else {
		return false;
	}
	return partition(s, "p", &ret->part);
}

/* How another system names a disk: the prefix and a number from 0. */
static const struct foreign {
	const char *type, *prefix;
	const char *
		skipped; /* letters of a disklabel that are no partitions of it; NULL: no letters */
	bool gpt, slices; /* "p2" and "s1" may follow the number */
} foreigns[] = {
	{ "freebsd", "ada", "c", true, true },	{ "freebsd", "ad", "c", true, true },
	{ "freebsd", "da", "c", true, true },	{ "freebsd", "vtbd", "c", true, true },
	{ "freebsd", "nda", "c", true, true },	{ "freebsd", "nvd", "c", true, true },
	{ "netbsd", "ld", "cd", false, false }, { "netbsd", "sd", "cd", false, false },
	{ "netbsd", "wd", "cd", false, false }, { "openbsd", "sd", "c", false, false },
	{ "openbsd", "wd", "c", false, false }, { "hurd", "hd", NULL, false, true },
	{ "hurd", "sd", NULL, false, true },	{ "hurd", "wd", NULL, false, true },
};

/* A disklabel's letter as a number: those that are skipped do not count. */
static bool label_letter(const struct foreign *f, char c, unsigned *ret)
{
	unsigned n = 5;

	if (c < 'a' || c > 'p' || !f->skipped || strchr(f->skipped, c))
		return false;
	for (char i = 'a'; i < c; i++)
		n += !strchr(f->skipped, i);
	*ret = n;
	return true;
}

static bool parse_foreign(const struct foreign *f, const char *s, struct devname *ret)
{
	unsigned slice = 0;

	ret->part = 0;
	if (!number(&s, &ret->disk))
		return false;
	if (!*s)
		return true;
	if (f->gpt && *s == 'p')
		return partition(s, "p", &ret->part);
	if (f->slices && *s == 's') {
		s++;
		if (!number(&s, &slice) || !slice)
			return false;
		ret->part = slice;
		if (!*s)
			return true;
	}
	/* Which numbers the label of a later slice has depends on those before it. */
	return slice <= 1 && label_letter(f, s[0], &ret->part) && !s[1];
}

bool devname_parse_foreign(const char *type, const char *name, struct devname *ret)
{
	struct devname d = { 0, 0 };

	if (strncmp(name, "/dev/", 5) != 0)
		return false;
	name += 5;
	/* OpenBSD's own: sixteen hexadecimal digits that stand for the disk. */
	if (!strcmp(type, "openbsd") && strspn(name, "0123456789abcdef") == 16 && name[16] == '.') {
		static const struct foreign duid = { .skipped = "c" };

		if (!label_letter(&duid, name[17], &d.part) || name[18])
			return false;
		*ret = d;
		return true;
	}
	for (size_t i = 0; i < sizeof(foreigns) / sizeof(*foreigns); i++) {
		const struct foreign *f = &foreigns[i];
		size_t n = strlen(f->prefix);

		if (strcmp(f->type, type) != 0 || strncmp(name, f->prefix, n) != 0 ||
		    !isdigit((unsigned char)name[n]))
			continue;
		if (!parse_foreign(f, name + n, &d))
			return false;
		*ret = d;
		return true;
	}
	return false;
}

bool devname_parse(const char *name, struct devname *ret)
{
	static const char *const prefixes[] = { "sd", "hd", "vd", "xvd" };
	struct devname d = { 0, 0 };

	if (strncmp(name, "/dev/", 5) != 0)
		return false;
	name += 5;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t n = strlen(prefixes[i]);
		const char *s = name + n;

		if (strncmp(name, prefixes[i], n) != 0)
			continue;
		if (!letters(&s, &d.disk) || !partition(s, "", &d.part))
			return false;
		*ret = d;
		return true;
	}
	if (!parse_numbered(name, &d))
		return false;
	*ret = d;
	return true;
}

void devname_format(struct devname d, char ret[DEVNAME_MAX])
{
	disk_name(d.disk % (NUMBER_MAX + 1), ret);
	const size_t len = strlen(ret);
	if (d.part)
		snprintf(ret + len, DEVNAME_MAX - len, "%u", d.part);
}

void devname_kernel(const char *disk, unsigned part, char *ret, size_t size)
{
	size_t n = strlen(disk);
	bool digit = n && isdigit((unsigned char)disk[n - 1]);

	if (part)
		snprintf(ret, size, "/dev/%s%s%u", disk, digit ? "p" : "", part);
	else
		snprintf(ret, size, "/dev/%s", disk);
}

/* n bytes of s with "--" made "-" again. */
static char *undouble(const char *s, size_t n)
{
	char *r = xmemdup0(s, n);
	size_t w = 0;

	for (size_t i = 0; i < n; i++) {
		r[w++] = s[i];
		if (s[i] == '-' && i + 1 < n && s[i + 1] == '-')
			i++;
	}
	r[w] = '\0';
	return r;
}

bool devname_split_mapper(const char *name, char **ret_vg, char **ret_lv)
{
	size_t len = strlen(name), at = 0;

	/* The one dash that is not doubled; a third one would start a layer below an LV. */
	for (size_t i = 0; i < len; i++) {
		if (name[i] != '-')
			continue;
		if (name[i + 1] == '-') {
			i++;
			continue;
		}
		if (at)
			return false;
		at = i;
	}
	if (!at || at + 1 == len)
		return false;
	*ret_vg = undouble(name, at);
	*ret_lv = undouble(name + at + 1, len - at - 1);
	return true;
}

bool devname_lv_is_internal(const char *lv)
{
	static const char *const marks[] = {
		"_cdata", "_cmeta",  "_corig",	 "_cpool",  "_cvol",	"_imeta",
		"_iorig", "_mimage", "_mlog",	 "_rimage", "_rmeta",	"_tdata",
		"_tmeta", "_vdata",  "_vorigin", "_wcorig", "_pmspare",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strstr(lv, marks[i]))
			return true;
	return !strncmp(lv, "pvmove", 6) || !strncmp(lv, "snapshot", 8);
}
