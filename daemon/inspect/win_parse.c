/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See win_parse.h. */
#include "win_parse.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/bytes.h"
#include "util/xalloc.h"

#define BUILD_11	 22000 /* Windows 11 begins here, and Server 2022 is below */
#define BOOT_SYSTEMS_MAX 32
#define VALUE_MAX	 1024 /* bytes of a value that are kept */

/* Appends a letter. */
static void add_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_addch(b, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_addch(b, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_addch(b, (char)(0xe0 | c >> 12));
		} else {
			buf_addch(b, (char)(0xf0 | c >> 18));
			buf_addch(b, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_addch(b, (char)(0x80 | (c >> 6 & 0x3f)));
	}
	buf_addch(b, (char)(0x80 | (c & 0x3f)));
}

char *win_utf8(const void *data, size_t n, size_t max)
{
	const uint8_t *p = data;
	struct buf b = BUF_INIT;

	for (size_t i = 0; i + 1 < n && b.len < max; i += 2) {
		uint32_t c = p[i] | (uint32_t)p[i + 1] << 8;

		if (!c)
			break;
		if (c >= 0xd800 && c < 0xdc00 && i + 3 < n && (p[i + 3] & 0xfc) == 0xdc) {
			c = 0x10000 + ((c & 0x3ff) << 10) + (p[i + 2] | (p[i + 3] & 3u) << 8);
			i += 2;
		} else if (c >= 0xd800 && c < 0xe000) {
			c = 0xfffd;
		}
		add_utf8(&b, c);
	}
	return buf_take(&b);
}

bool win_partition_parse(const void *data, size_t n, struct win_partition *ret)
{
	const uint8_t *p = data;

	*ret = (struct win_partition){ .gpt = n >= 24 && !memcmp(p, "DMIO:ID:", 8) };
	if (ret->gpt) {
		p += 8;
		snprintf(ret->guid, sizeof(ret->guid),
			 "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", (unsigned)get_le32(p),
			 (unsigned)get_le16(p + 4), (unsigned)get_le16(p + 6), p[8], p[9], p[10], p[11],
			 p[12], p[13], p[14], p[15]);
		return true;
	}
	if (n != 12)
		return false;
	ret->signature = get_le32(p);
	ret->offset = get_le64(p + 4);
	return ret->signature != 0;
}

bool win_partition_uuid(const char *uuid, uint64_t offset, struct win_partition *ret)
{
	size_t n = strlen(uuid);
	char *end;

	*ret = (struct win_partition){ .gpt = n == 36 };
	if (ret->gpt) {
		for (size_t i = 0; i <= n; i++)
			ret->guid[i] = (char)tolower((unsigned char)uuid[i]);
		return true;
	}
	ret->signature = (uint32_t)strtoul(uuid, &end, 16);
	ret->offset = offset;
	return end == uuid + 8 && *end == '-' && n == 11 && ret->signature;
}

bool win_partition_same(const struct win_partition *a, const struct win_partition *b)
{
	if (a->gpt != b->gpt)
		return false;
	return a->gpt ? !strcmp(a->guid, b->guid)
		      : a->signature == b->signature && a->offset == b->offset;
}

const char *win_pe_arch(const void *data, size_t n)
{
	static const struct {
		uint16_t machine;
		const char *arch;
	} rows[] = {
		{ 0x014c, "i386" }, { 0x8664, "x86_64" }, { 0xaa64, "aarch64" },
		{ 0x01c0, "arm" },  { 0x01c2, "arm" },	  { 0x01c4, "arm" },
		{ 0x0200, "ia64" }, { 0x0184, "alpha" },  { 0x0284, "alpha64" },
		{ 0x01f0, "ppc" },  { 0x0166, "mips" },
	};
	const uint8_t *p = data;

	if (n < 64 || p[0] != 'M' || p[1] != 'Z')
		return "";
	uint32_t at = get_le32(p + 0x3c);
	if (at > n || n - at < 6 || memcmp(p + at, "PE\0\0", 4) != 0)
		return "";
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (get_le16(p + at + 4) == rows[i].machine)
			return rows[i].arch;
	return "";
}

/* A line of text: without blanks around it; *s goes on to the next. NULL at the end. */
static char *next_line(const char **s, const char *end)
{
	const char *from = *s;
	const char *to;

	if (from >= end)
		return NULL;
	to = memchr(from, '\n', (size_t)(end - from));
	if (!to)
		to = end;
	*s = to + 1;
	while (from < to && isspace((unsigned char)*from))
		from++;
	while (to > from && isspace((unsigned char)to[-1]))
		to--;
	return xmemdup0(from, (size_t)(to - from));
}

/* Is the line a section's head? Then *in says whether it is that section's. */
static bool is_head(const char *line, const char *section, bool *in)
{
	size_t n = strlen(section);

	if (line[0] != '[')
		return false;
	*in = !strncasecmp(line + 1, section, n) && line[1 + n] == ']';
	return true;
}

void win_boot_ini(const char *text, size_t n, struct strvec *ret)
{
	const char *s = text, *end = text + n;
	bool in = false;
	char *line;

	for (; (line = next_line(&s, end)) && ret->n < BOOT_SYSTEMS_MAX; free(line)) {
		char *path, *equals;

		if (is_head(line, "operating systems", &in) || !in)
			continue;
		equals = strchr(line, '=');
		path = strchr(line, '\\');
		if (!equals || !path || path > equals)
			continue;
		*equals = '\0';
		if (strcasestr(line, "partition(") && path > strcasestr(line, "partition("))
			strvec_add(ret, path);
	}
	free(line);
}

/* A value of n bytes, and of a longer one its start. */
static char *value_dup(const char *s, size_t n)
{
	return xmemdup0(s, n < VALUE_MAX ? n : VALUE_MAX);
}

char *win_ini_value(const char *text, size_t n, const char *section, const char *key)
{
	const char *s = text, *end = text + n;
	char *line, *value = NULL;
	bool in = false;

	for (; !value && (line = next_line(&s, end)); free(line)) {
		char *p = line + strlen(key);

		if (is_head(line, section, &in) || !in || strncasecmp(line, key, strlen(key)) != 0)
			continue;
		p += strspn(p, " \t");
		if (*p++ != '=')
			continue;
		p += strspn(p, " \t\"");
		value = value_dup(p, strcspn(p, "\""));
	}
	return value;
}

bool win_wim_header(const uint8_t head[208], uint64_t *ret_offset, uint64_t *ret_size)
{
	const uint8_t *xml = head + 0x48; /* size and flags, offset, original size */

	if (memcmp(head, "MSWIM\0\0\0", 8) != 0 || get_le32(head + 8) != 208)
		return false;
	*ret_size = get_le64(xml) & 0x00ffffffffffffff;
	*ret_offset = get_le64(xml + 8);
	return *ret_size == get_le64(xml + 16) && !(xml[7] & 4); /* 4: it is compressed */
}

/* The text of the first element of that name before end, or "". */
static char *element(const char *s, const char *end, const char *name)
{
	CLEANUP(free) char *open = xasprintf("<%s>", name);
	const char *at = strstr(s, open), *to;

	if (!at || at >= end)
		return xstrdup("");
	at += strlen(open);
	to = strchr(at, '<');
	return to && to <= end ? value_dup(at, (size_t)(to - at)) : xstrdup("");
}

static uint32_t number_in(const char *s, const char *end, const char *name)
{
	CLEANUP(free) char *text = element(s, end, name);

	return (uint32_t)strtoul(text, NULL, 10);
}

/* The numbers that its ARCH has. */
static const char *wim_arch(uint32_t n)
{
	static const struct {
		uint32_t n;
		const char *arch;
	} rows[] = {
		{ 0, "i386" }, { 5, "arm" }, { 6, "ia64" }, { 9, "x86_64" }, { 12, "aarch64" }
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].n == n)
			return rows[i].arch;
	return "";
}

void win_wim_describe(const char *xml, wire_guest *ret)
{
	const char *s = strstr(xml, "<IMAGE ");
	const char *end = s ? strstr(s, "</IMAGE>") : NULL;
	const char *windows = s ? strstr(s, "<WINDOWS>") : NULL;

	if (!end || !windows || windows > end)
		return;
	win_set(&ret->product_name, element(s, end, "NAME"));
	win_set(&ret->product_variant, element(windows, end, "INSTALLATIONTYPE"));
	win_set(&ret->build_id, element(windows, end, "BUILD"));
	ret->major = number_in(windows, end, "MAJOR");
	ret->minor = number_in(windows, end, "MINOR");
	if (strstr(windows, "<ARCH>"))
		win_set(&ret->arch, xstrdup(wim_arch(number_in(windows, end, "ARCH"))));
}

void win_set(char **field, char *s)
{
	free(*field);
	*field = s;
}

/* What a row of the table below asks of the name. */
struct osinfo_row {
	uint32_t major, minor;
	bool server;
	uint32_t build;	  /* at least */
	const char *name; /* is in the product's name; NULL: any */
	const char *id;
};

const char *win_osinfo(const wire_guest *w)
{
	static const struct osinfo_row rows[] = {
		{ 4, 0, false, 0, NULL, "winnt4.0" },	   { 5, 0, false, 0, NULL, "win2k" },
		{ 5, 1, false, 0, NULL, "winxp" },	   { 5, 2, false, 0, "XP", "winxp" },
		{ 5, 2, false, 0, "R2", "win2k3r2" },	   { 5, 2, false, 0, NULL, "win2k3" },
		{ 6, 0, true, 0, NULL, "win2k8" },	   { 6, 0, false, 0, NULL, "winvista" },
		{ 6, 1, true, 0, NULL, "win2k8r2" },	   { 6, 1, false, 0, NULL, "win7" },
		{ 6, 2, true, 0, NULL, "win2k12" },	   { 6, 2, false, 0, NULL, "win8" },
		{ 6, 3, true, 0, NULL, "win2k12r2" },	   { 6, 3, false, 0, NULL, "win8.1" },
		{ 10, 0, true, 0, "2025", "win2k25" },	   { 10, 0, true, 0, "2022", "win2k22" },
		{ 10, 0, true, 0, "2019", "win2k19" },	   { 10, 0, true, 0, NULL, "win2k16" },
		{ 10, 0, false, BUILD_11, NULL, "win11" }, { 10, 0, false, 0, NULL, "win10" },
	};
	bool server = w->product_variant && strstr(w->product_variant, "Server");
	unsigned long build = w->build_id ? strtoul(w->build_id, NULL, 10) : 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct osinfo_row *r = &rows[i];

		if (r->major == w->major && r->minor == w->minor && (!r->server || server) &&
		    build >= r->build &&
		    (!r->name || (w->product_name && strstr(w->product_name, r->name))))
			return r->id;
	}
	return "";
}

char *win_title(const char *product_name, const char *variant, const char *build_id)
{
	static const char ten[] = "Windows 10";
	const char *at = strstr(product_name, ten);

	if (!*product_name)
		return xstrdup("Windows");
	if (!at || isdigit((unsigned char)at[strlen(ten)]) || strstr(variant, "Server") ||
	    strtoul(build_id, NULL, 10) < BUILD_11)
		return xstrdup(product_name);
	return xasprintf("%.*sWindows 11%s", (int)(at - product_name), product_name,
			 at + strlen(ten));
}
