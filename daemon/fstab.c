/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fstab.h. */
#include "fstab.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/xalloc.h"

#define FIELDS 4 /* device, folder, type, options; dump and pass do not count here */

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place: "\040" is a space (fstab), "\x20" too (udev); a NUL is not made of either. */
static void unescape(char *s, bool hex)
{
	char *w = s;

	while (*s) {
		int c = 0;

		if (!hex && s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
		    s[2] <= '7' && s[3] >= '0' && s[3] <= '7')
			c = (s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0');
		else if (hex && s[0] == '\\' && s[1] == 'x' && hex_digit(s[2]) >= 0 &&
			 hex_digit(s[3]) >= 0)
			c = hex_digit(s[2]) * 16 + hex_digit(s[3]);
		*w++ = c ? (char)c : *s;
		s += c ? 4 : 1;
	}
	*w = '\0';
}

/* A copy without the quotes around it. */
static char *unquoted(const char *s)
{
	size_t n = strlen(s);

	if (n >= 2 && (*s == '"' || *s == '\'') && s[n - 1] == *s)
		return xmemdup0(s + 1, n - 2);
	return xstrdup(s);
}

static const struct tag {
	const char *prefix;
	enum spec_kind kind;
	bool udev; /* a name that udev made: escaped by it, and not quoted */
} tags[] = {
	{ "UUID=", SPEC_UUID, false },
	{ "LABEL=", SPEC_LABEL, false },
	{ "PARTUUID=", SPEC_PARTUUID, false },
	{ "PARTLABEL=", SPEC_PARTLABEL, false },
	{ "/dev/disk/by-uuid/", SPEC_UUID, true },
	{ "/dev/disk/by-label/", SPEC_LABEL, true },
	{ "/dev/disk/by-partuuid/", SPEC_PARTUUID, true },
	{ "/dev/disk/by-partlabel/", SPEC_PARTLABEL, true },
	{ "/dev/disk/by-id/dm-uuid-", SPEC_DM_UUID, true },
	{ "/dev/mapper/", SPEC_MAPPER, true },
	{ "/dev/disk/by-id/dm-name-", SPEC_MAPPER, true },
};

/* FreeBSD's folders of names. */
static const struct tag freebsd_tags[] = {
	{ "/dev/gpt/", SPEC_PARTLABEL, true }, { "/dev/gptid/", SPEC_PARTUUID, true },
	{ "/dev/ufs/", SPEC_LABEL, true },     { "/dev/ufsid/", SPEC_UUID, true },
	{ "/dev/msdosfs/", SPEC_LABEL, true },
};

static bool parse_tags(const char *text, const struct tag *t, size_t n, struct spec *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (!starts(text, t[i].prefix))
			continue;
		const char *value = text + strlen(t[i].prefix);
		ret->kind = t[i].kind;
		ret->value = t[i].udev ? xstrdup(value) : unquoted(value);
		if (t[i].udev)
			unescape(ret->value, true);
		if (ret->kind == SPEC_MAPPER)
			devname_split_mapper(ret->value, &ret->vg, &ret->lv);
		return true;
	}
	return false;
}

/* "/dev/md0", "/dev/md/root". */
static bool parse_md(const char *text, struct spec *ret)
{
	const char *s = text + strlen("/dev/");

	if (!starts(s, "md/") && !(starts(s, "md") && isdigit((unsigned char)s[2])))
		return false;
	ret->kind = SPEC_MD;
	ret->value = xstrdup(s);
	return true;
}

/* "/dev/VG/LV": two names, and not one of the folders that /dev has anyway. */
static bool parse_volume(const char *text, struct spec *ret)
{
	static const char *const folders[] = { "disk/", "mapper/", "md/",      "block/", "char/",
					       "fd/",	"input/",  "iso9660/", "cciss/", "zvol/",
					       "loop/", "bus/",	   "pts/",     "shm/",	 "net/" };
	const char *vg = text + strlen("/dev/"), *slash = strchr(vg, '/');

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (starts(vg, folders[i]))
			return false;
	if (!slash || slash == vg || !slash[1] || strchr(slash + 1, '/'))
		return false;
	ret->kind = SPEC_VOLUME;
	ret->vg = xmemdup0(vg, (size_t)(slash - vg));
	ret->lv = xstrdup(slash + 1);
	return true;
}

/* "/dev/disk/by-id/ata-MAKE_SERIAL-part2": the number is all that holds in an image. */
static bool parse_by_id(const char *text, struct spec *ret)
{
	const char *part = strstr(text, "-part"), *next;

	if (!starts(text, "/dev/disk/by-id/") && !starts(text, "/dev/disk/by-path/"))
		return false;
	while (part && (next = strstr(part + 1, "-part")))
		part = next;
	ret->kind = SPEC_BY_ID;
	ret->value = xstrdup(text);
	ret->disk = (struct devname){ 0, 0 };
	if (part && strlen(part) <= strlen("-part") + 3)
		ret->disk.part = (unsigned)strtoul(part + strlen("-part"), NULL, 10);
	return true;
}

/* Drives with changeable media: not a part of the guest. */
static bool is_removable(const char *text)
{
	static const char *const drives[] = { "/dev/fd",  "/dev/cd",  "/dev/floppy",  "/dev/sr",
					      "/dev/dvd", "/dev/scd", "/dev/iso9660/" };

	for (size_t i = 0; i < ARRAY_SIZE(drives); i++)
		if (starts(text, drives[i]))
			return true;
	return false;
}

/* Names that another system than Linux has. */
static bool parse_foreign(const char *type, const char *text, struct spec *ret)
{
	if (!strcmp(type, "freebsd") &&
	    parse_tags(text, freebsd_tags, ARRAY_SIZE(freebsd_tags), ret))
		return true;
	if (!devname_parse_foreign(type, text, &ret->disk))
		return false;
	ret->kind = SPEC_DISK;
	return true;
}

bool spec_parse(const char *type, const char *text, struct spec *ret)
{
	struct spec s = { .kind = SPEC_OTHER };

	if (parse_tags(text, tags, ARRAY_SIZE(tags), &s)) {
		*ret = s;
		return true;
	}
	/* OpenBSD writes its disks' identifiers without a folder. */
	CLEANUP(free)
	char *path = !strcmp(type, "openbsd") && strchr(text, '.') && *text != '/'
			     ? xasprintf("/dev/%s", text)
			     : xstrdup(text);
	if (!starts(path, "/dev/") || is_removable(path))
		return false;
	if (parse_foreign(type, path, &s))
		;
	else if (devname_parse(path, &s.disk))
		s.kind = SPEC_DISK;
	else if (!strcmp(path, "/dev/root"))
		s.kind = SPEC_ROOT;
	else if (!parse_md(path, &s) && !parse_volume(path, &s) && !parse_by_id(path, &s))
		s.value = xstrdup(path);
	*ret = s;
	return true;
}

void spec_release(struct spec *s)
{
	free(s->value);
	free(s->vg);
	free(s->lv);
	*s = (struct spec){ .kind = SPEC_OTHER };
}

/* A mount point without doubled, trailing and "." parts; NULL where it is not a place for files. */
static char *clean_dir(const char *s)
{
	static const char *const not_files[] = { "/dev", "/proc", "/sys", "/selinux", "/media" };
	char *r, *w;

	if (*s != '/')
		return NULL;
	r = w = xmalloc(strlen(s) + 2);
	while (*s) {
		size_t n;

		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (n && !(n == 1 && *s == '.')) {
			*w++ = '/';
			memcpy(w, s, n);
			w += n;
		}
		s += n;
	}
	if (w == r)
		*w++ = '/';
	*w = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(not_files); i++) {
		size_t n = strlen(not_files[i]);

		if (!strncmp(r, not_files[i], n) && (r[n] == '/' || !r[n])) {
			free(r);
			return NULL;
		}
	}
	return r;
}

/* Reads the options that count. */
static void read_options(const char *opts, struct fstab_row *row)
{
	while (*opts) {
		size_t n = strcspn(opts, ",");

		if ((n == 6 && starts(opts, "noauto")) || (n == 4 && starts(opts, "loop")))
			row->left = true;
		if ((starts(opts, "subvol=") && n > 7) || (starts(opts, "subvolid=") && n > 9)) {
			free(row->subvol);
			row->subvol = xmemdup0(opts, n);
		}
		opts += n + (opts[n] == ',');
	}
}

static void row_release(struct fstab_row *row)
{
	spec_release(&row->spec);
	free(row->text);
	free(row->dir);
	free(row->type);
	free(row->subvol);
	*row = (struct fstab_row){ .text = NULL };
}

static bool has_option(const char *opts, const char *word)
{
	size_t len = strlen(word);

	for (size_t n; *opts; opts += n + (opts[n] == ',')) {
		n = strcspn(opts, ",");
		if (n == len && !strncmp(opts, word, n))
			return true;
	}
	return false;
}

/* A device, or for a bind mount a folder. */
static bool parse_source(const char *type, char *field[FIELDS], struct spec *ret)
{
	if (!has_option(field[3], "bind") && !has_option(field[3], "rbind"))
		return spec_parse(type, field[0], ret);
	if (*field[0] != '/' || starts(field[0], "/dev/"))
		return false;
	*ret = (struct spec){ .kind = SPEC_FOLDER, .value = xstrdup(field[0]) };
	return true;
}

static bool parse_fields(const char *type, char *field[FIELDS], struct fstab_row *row)
{
	const bool swap = !strcmp(field[2], "swap");

	unescape(field[1], false);
	unescape(field[0], false);
	row->dir = swap ? xstrdup("") : clean_dir(field[1]);
	if (!row->dir || !parse_source(type, field, &row->spec))
		return false;
	row->left = swap;
	row->text = xstrdup(field[0]);
	row->type = xstrdup(field[2]);
	/* Split first, unescaped after: an escaped comma must not become one of mount's. */
	read_options(field[3], row);
	if (row->subvol) {
		unescape(row->subvol, false);
		if (strchr(row->subvol, ','))
			return false;
	}
	return true;
}

/* Splits a line, n bytes without its newline, in place; how many fields there are. */
static size_t split(char *s, char *field[], size_t max)
{
	size_t count = 0;

	for (; count < max; count++) {
		s += strspn(s, " \t\r");
		if (!*s || (*s == '#' && count == 0))
			break;
		field[count] = s;
		s += strcspn(s, " \t\r");
		if (*s)
			*s++ = '\0';
	}
	return count;
}

/* Nothing, or a comment. */
static bool says_nothing(const char *line, size_t n)
{
	size_t i = 0;

	while (i < n && line[i] && strchr(" \t\r", line[i]))
		i++;
	return i == n || line[i] == '#';
}

/* One line, n bytes without its newline. *ret_bad: it is none of a fstab. */
static bool parse_line(const char *type, const char *line, size_t n, struct fstab_row *ret,
		       bool *ret_bad)
{
	char none[] = "", *field[FIELDS] = { none, none, none, none };
	struct fstab_row row = { .text = NULL };

	*ret_bad = !says_nothing(line, n);
	if (n > FSTAB_LINE_MAX || memchr(line, '\0', n))
		return false;
	CLEANUP(free) char *copy = xmemdup0(line, n);
	if (split(copy, field, FIELDS) < 3)
		return false;
	*ret_bad = false;
	if (!parse_fields(type, field, &row)) {
		row_release(&row);
		return false;
	}
	*ret = row;
	return true;
}

static size_t depth(const char *dir)
{
	size_t n = 0;

	for (; *dir; dir++)
		n += *dir == '/' && dir[1];
	return n;
}

/* Insertion sort: stable, and fstabs are short or hostile and then bounded. */
static void sort_rows(struct fstab *t)
{
	size_t *d = xcalloc(t->n, sizeof(*d));

	for (size_t i = 0; i < t->n; i++)
		d[i] = depth(t->v[i].dir);
	for (size_t i = 1; i < t->n; i++) {
		struct fstab_row row = t->v[i];
		size_t at = i, deep = d[i];

		for (; at && d[at - 1] > deep; at--) {
			t->v[at] = t->v[at - 1];
			d[at] = d[at - 1];
		}
		t->v[at] = row;
		d[at] = deep;
	}
	free(d);
}

void fstab_parse(const char *type, const char *text, size_t n, struct fstab *ret)
{
	struct fstab t = { .v = NULL };
	size_t lines = 0, cap = 0;

	for (size_t at = 0; at < n; lines++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at;
		struct fstab_row row;
		bool bad;

		if (lines == FSTAB_LINES_MAX) {
			t.cut = true;
			break;
		}
		if (parse_line(type, text + at, len, &row, &bad)) {
			if (t.n == cap) {
				cap = cap ? cap * 2 : 16;
				t.v = xreallocarray(t.v, cap, sizeof(*t.v));
			}
			t.v[t.n++] = row;
		}
		if (bad && !t.bad)
			t.bad = lines + 1;
		at += len + 1;
	}
	sort_rows(&t);
	*ret = t;
}

void fstab_release(struct fstab *t)
{
	for (size_t i = 0; i < t->n; i++)
		row_release(&t->v[i]);
	free(t->v);
	*t = (struct fstab){ .v = NULL };
}

/* Calls look for each line of a file with its fields, until it finds something. */
static char *search_lines(const char *text, size_t n, char *look(char *field[], const char *name),
			  const char *name)
{
	for (size_t at = 0, lines = 0; at < n && lines < FSTAB_LINES_MAX; lines++) {
		const char *end = memchr(text + at, '\n', n - at);
		size_t len = end ? (size_t)(end - text) - at : n - at;
		CLEANUP(free) char *copy = xmemdup0(text + at, len);
		char *field[16] = { NULL }, *found;

		at += len + 1;
		if (split(copy, field, ARRAY_SIZE(field) - 1) < 2)
			continue;
		found = look(field, name);
		if (found)
			return found;
	}
	return NULL;
}

static char *look_crypttab(char *field[], const char *name)
{
	return strcmp(field[0], name) ? NULL : xstrdup(field[1]);
}

char *crypttab_find(const char *text, size_t n, const char *name)
{
	return search_lines(text, n, look_crypttab, name);
}

/* "ARRAY /dev/md0 level=… UUID=…": the device comes second, the rest in any order. */
static char *look_mdadm(char *field[], const char *name)
{
	const char *device = field[1];

	if (strcasecmp(field[0], "ARRAY") != 0)
		return NULL;
	if (starts(device, "/dev/"))
		device += strlen("/dev/");
	if (strcmp(device, name) != 0)
		return NULL;
	for (size_t i = 2; field[i]; i++)
		if (!strncasecmp(field[i], "UUID=", 5))
			return xstrdup(field[i] + 5);
	return NULL;
}

char *mdadm_conf_find(const char *text, size_t n, const char *name)
{
	return search_lines(text, n, look_mdadm, name);
}
