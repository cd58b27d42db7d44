/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dpkg's status file: a stanza each package, "Key: value" lines, further lines of a value
 * with a blank before them. opkg writes the same. Images without a package manager
 * ("distroless") have a file each package in status.d, which is as much as installed.
 */
#include <string.h>
#include <strings.h>

#include "daemon/inspect/lister.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

/* What a stanza's values are needed for. */
enum key {
	K_PACKAGE,
	K_STATUS,
	K_VERSION,
	K_ARCHITECTURE,
	K_SOURCE,
	K_HOMEPAGE,
	K_DESCRIPTION,
	KEYS
};

static const char *const keys[KEYS] = {
	[K_PACKAGE] = "Package",	   [K_STATUS] = "Status", [K_VERSION] = "Version",
	[K_ARCHITECTURE] = "Architecture", [K_SOURCE] = "Source", [K_HOMEPAGE] = "Homepage",
	[K_DESCRIPTION] = "Description",
};

/* Files of stanzas, and what their packages are called. */
static const struct status_file {
	const char *path, *kind;
} files[] = {
	{ "/var/lib/dpkg/status", "deb" },
	{ "/var/lib/opkg/status", "opkg" },
	{ "/usr/lib/opkg/status", "opkg" },
};

#define STATUS_D "/var/lib/dpkg/status.d"

/* Which key does the line start with? KEYS: none of interest. *ret_value: what is after it. */
static enum key line_key(char *line, char **ret_value)
{
	char *colon = strchr(line, ':');
	size_t n = colon ? (size_t)(colon - line) : 0;

	for (enum key k = 0; n && k < KEYS; k++) {
		if ((line[0] | 0x20) != (keys[k][0] | 0x20) || strlen(keys[k]) != n ||
		    strncasecmp(line, keys[k], n) != 0)
			continue;
		*ret_value = colon + 1 + strspn(colon + 1, " \t");
		return k;
	}
	return KEYS;
}

/*
 * The lines of a description after the first, moved together without the blank before
 * each. *text stands at the first of them, and then after the last.
 */
static char *continuation(char **text)
{
	char *start = *text, *to = start;

	while (**text == ' ' || **text == '\t') {
		char *line = line_next(text) + 1;
		size_t n = strlen(line);

		memmove(to, line, n);
		to += n;
		*to++ = '\n';
	}
	if (to == start)
		return application_str("");
	to[-1] = '\0';
	return start;
}

/* "install ok installed": are its files there, and set up? Triggers are what others ask of it. */
static bool is_installed(const char *status)
{
	const char *word = strrchr(status, ' ');

	word = word ? word + 1 : status;
	return strcmp(word, "installed") == 0 || strcmp(word, "triggers-pending") == 0 ||
	       strcmp(word, "triggers-awaited") == 0;
}

/* A package, for lister_stanzas; own: its kind of file, without a path where all are installed. */
static void stanza(struct lister *l, char *text, void *own)
{
	const struct status_file *file = own;
	char *values[KEYS] = { NULL }, *line, *value = NULL;
	wire_application a;

	application_init(&a, file->kind);
	while ((line = line_next(&text))) {
		enum key k = line_key(line, &value);

		if (k == KEYS)
			continue;
		values[k] = value;
		if (k == K_DESCRIPTION)
			a.description = continuation(&text);
	}
	if (!values[K_PACKAGE] || !values[K_VERSION])
		return;
	if (values[K_STATUS] ? !is_installed(values[K_STATUS]) : !!file->path)
		return;
	a.name = values[K_PACKAGE];
	application_version(&a, values[K_VERSION]);
	if (values[K_ARCHITECTURE])
		a.arch = values[K_ARCHITECTURE];
	if (values[K_HOMEPAGE])
		a.url = values[K_HOMEPAGE];
	if (values[K_DESCRIPTION])
		a.summary = values[K_DESCRIPTION];
	if (values[K_SOURCE]) {
		values[K_SOURCE][strcspn(values[K_SOURCE], " ")] = '\0';
		a.source_package = values[K_SOURCE];
	}
	lister_give(l, &a);
}

/* Not a package's stanza, but its lists of files. */
static bool is_list(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcmp(dot, ".md5sums") == 0 || strcmp(dot, ".list") == 0);
}

int apps_dpkg(int root, application_fn fn, void *ctx, struct err *e)
{
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };
	CLEANUP(folder_release) struct folder names = FOLDER_INIT;
	struct status_file single = { NULL, "deb" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct status_file file = files[i];

		lister_stanzas(&l, file.path, stanza, &file);
	}
	lister_folder(&l, STATUS_D, &names);
	for (size_t i = 0; i < names.n && !l.ended; i++) {
		const char *name = folder_name(&names, i);
		CLEANUP(free) char *path = xasprintf(STATUS_D "/%s", name);

		if (*name != '.' && !is_list(name))
			lister_stanzas(&l, path, stanza, &single);
	}
	return lister_end(&l, e);
}
