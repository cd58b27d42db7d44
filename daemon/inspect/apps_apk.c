/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apk: one text, a stanza each package, "K:value" lines; the lines of its files come last. */
#include <string.h>

#include "daemon/inspect/lister.h"
#include "util/cleanup.h"

/* The second is where versions since 3 have it; the first may be a link to it. */
static const char *const files[] = {
	"/lib/apk/db/installed",
	"/usr/lib/apk/db/installed",
};

/* Splits "VERSION-rRELEASE", in place. */
static void version(wire_application *a, char *text)
{
	char *dash = strrchr(text, '-');

	a->version = text;
	if (dash && dash[1] == 'r') {
		*dash = '\0';
		a->release = dash + 2;
	}
}

/* A package, for lister_stanzas. */
static void stanza(struct lister *l, char *text, void *own)
{
	wire_application a;
	char *line;

	(void)own;
	application_init(&a, "apk");
	while ((line = line_next(&text))) {
		if (!line[0] || line[1] != ':')
			continue;
		switch (line[0]) {
		case 'P':
			a.name = line + 2;
			break;
		case 'V':
			version(&a, line + 2);
			break;
		case 'A':
			a.arch = line + 2;
			break;
		case 'T':
			a.description = line + 2;
			break;
		case 'U':
			a.url = line + 2;
			break;
		default:
			break;
		}
		/* Folders and files follow, which are most lines. */
		if (line[0] == 'F')
			break;
	}
	if (*a.name && *a.version)
		lister_give(l, &a);
}

int apps_apk(int root, application_fn fn, void *ctx, struct err *e)
{
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };
	struct files_seen seen = { .n = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!lister_seen(&l, files[i], &seen))
			lister_stanzas(&l, files[i], stanza, NULL);
	return lister_end(&l, e);
}
