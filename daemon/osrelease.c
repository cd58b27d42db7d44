/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See osrelease.h. */
#include "osrelease.h"

#include <stdlib.h>
#include <string.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define VALUE_MAX 1024 /* bytes of a value that are kept */

/* A shell word: quotes taken off, backslashes obeyed, up to the end of the word. */
static char *unquote(const char *s, size_t n)
{
	struct buf b = BUF_INIT;
	char quote = '\0';

	for (size_t i = 0; i < n && b.len < VALUE_MAX; i++) {
		if (quote ? s[i] == quote : s[i] == '"' || s[i] == '\'')
			quote = quote ? '\0' : s[i];
		else if (s[i] == '\\' && quote != '\'' && i + 1 < n)
			buf_addch(&b, s[++i]);
		else if (!quote && (s[i] == ' ' || s[i] == '\t' || s[i] == '\r'))
			break;
		else if (s[i])
			buf_addch(&b, s[i]);
	}
	return buf_take(&b);
}

char *osrelease_value(const char *text, size_t n, const char *key)
{
	size_t key_len = strlen(key);
	char *found = NULL;

	for (size_t at = 0; at < n;) {
		const char *line = text + at, *end = memchr(line, '\n', n - at);
		size_t len = end ? (size_t)(end - line) : n - at;

		at += len + 1;
		while (len && (*line == ' ' || *line == '\t')) {
			line++;
			len--;
		}
		if (len <= key_len || memcmp(line, key, key_len) != 0 || line[key_len] != '=')
			continue;
		free(found);
		found = unquote(line + key_len + 1, len - key_len - 1);
	}
	return found;
}

char *osrelease_name(const char *text, size_t n)
{
	char *pretty = osrelease_value(text, n, "PRETTY_NAME");

	if (pretty && *pretty)
		return pretty;
	free(pretty);

	CLEANUP(free) char *name = osrelease_value(text, n, "NAME");
	CLEANUP(free) char *version = osrelease_value(text, n, "VERSION");
	CLEANUP(free) char *id = osrelease_value(text, n, "ID");

	if (name && *name && version && *version)
		return xasprintf("%s %s", name, version);
	if (name && *name)
		return TAKE(name);
	return id ? TAKE(id) : xstrdup("");
}
