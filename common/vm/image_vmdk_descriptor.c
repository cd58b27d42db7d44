/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_vmdk.h. */
#include "vm/image_vmdk.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

/* A line without its white space at both ends. */
static char *trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

/* The value in 'key = "value"', or NULL for a line about something else. */
static char *value_of(char *line, const char *key)
{
	size_t n = strlen(key);
	char *v = line + n;

	if (strncasecmp(line, key, n) != 0)
		return NULL;
	v += strspn(v, " \t");
	if (*v != '=')
		return NULL;
	v = trim(v + 1);
	n = strlen(v);
	if (n >= 2 && v[0] == '"' && v[n - 1] == '"') {
		v[n - 1] = '\0';
		v++;
	}
	return v;
}

/* A decimal number, or -1. */
static int parse_number(const char *s, uint64_t *ret_n)
{
	char *end;

	if (!s || !isdigit((unsigned char)*s))
		return -1;
	errno = 0;
	*ret_n = strtoull(s, &end, 10);
	return errno || *end ? -1 : 0;
}

static bool is_one_of(const char *s, const char *const *words)
{
	while (*words && strcasecmp(s, *words) != 0)
		words++;
	return *words != NULL;
}

/* 'RW 8192 FLAT "name" 0'; false where the line cannot be read as that. */
static bool parse_extent(char *line, struct vmdk_descriptor *d)
{
	static const char *const flat[] = { "FLAT", "VMFS", NULL };
	char *rest = line, *type, *quote;

	strsep(&rest, " \t");
	if (parse_number(strsep(&rest, " \t"), &d->sectors) < 0)
		return false;
	type = strsep(&rest, " \t");
	if (!type)
		return false;
	d->flat = is_one_of(type, flat);
	if (!rest || *rest != '"')
		return !d->flat;
	quote = strrchr(++rest, '"');
	if (!quote || quote == rest)
		return false;
	*quote = '\0';
	d->file = xstrdup(rest);
	rest = trim(quote + 1);
	return *rest == '\0' || !d->flat || parse_number(rest, &d->first) == 0;
}

/* One line of a descriptor; false where it is damaged. */
static bool parse_line(char *line, struct vmdk_descriptor *d)
{
	static const char *const access[] = { "RW", "RDONLY", "NOACCESS", NULL };
	char word[16], shown[IMAGE_NAME_SHOWN_MAX], *v;

	if ((v = value_of(line, "createType")))
		snprintf(d->type, sizeof(d->type), "%.31s", image_name_shown(v, shown));
	if ((v = value_of(line, "parentCID")))
		d->has_parent = strcasecmp(v, "ffffffff") != 0;
	if ((v = value_of(line, "parentFileNameHint")) && !d->parent)
		d->parent = xstrdup(v);
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(line, " \t"), line);
	if (!is_one_of(word, access))
		return true;
	return d->n_extents++ > 0 || parse_extent(line, d);
}

int vmdk_descriptor_read(const struct image_source *src, uint64_t off, uint64_t len,
			 struct vmdk_descriptor *ret_d, struct err *e)
{
	CLEANUP(vmdk_descriptor_release) struct vmdk_descriptor d = { .type = "" };
	CLEANUP(free) char *text = NULL;
	char *rest, *line;

	if (len > VMDK_DESCRIPTOR_MAX)
		return source_damaged(src, e, "a vmdk descriptor of %llu bytes cannot be",
				      (unsigned long long)len);
	text = xmalloc(len + 1);
	if (source_read(src, off, text, len, "its descriptor", e) < 0)
		return -1;
	text[len] = '\0';
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (!parse_line(trim(line), &d))
			return source_damaged(src, e, "an extent of its descriptor cannot be read");
	*ret_d = d;
	d = (struct vmdk_descriptor){ .type = "" };
	return 0;
}

void vmdk_descriptor_release(struct vmdk_descriptor *d)
{
	free(d->parent);
	free(d->file);
}
