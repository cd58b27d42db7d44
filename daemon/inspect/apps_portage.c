/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * portage: /var/db/pkg/CATEGORY/NAME-VERSION, a folder each package, in which each fact is a
 * file of its own. Names are only known with their category: "dev-libs/openssl".
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "daemon/inspect/lister.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define TOP "/var/db/pkg"

/* Is it "-r" and digits? */
static bool is_revision(const char *s)
{
	return s[0] == '-' && s[1] == 'r' && isdigit((unsigned char)s[2]) &&
	       s[2 + strspn(s + 2, "0123456789")] == '\0';
}

/*
 * Cuts "NAME-VERSION[-rN]" in place. The version starts at the last dash with a digit after
 * it. False: it is none.
 */
static bool split(char *pf, char **ret_version, char **ret_release)
{
	char *dash = strrchr(pf, '-');

	*ret_release = application_str("");
	if (dash && is_revision(dash)) {
		*ret_release = dash + 1;
		*dash = '\0';
		dash = strrchr(pf, '-');
	}
	if (!dash || dash == pf || !isdigit((unsigned char)dash[1]))
		return false;
	*dash = '\0';
	*ret_version = dash + 1;
	return true;
}

/* A fact, as the caller's string: "" where there is none. */
static char *fact(int category, const char *pf, const char *name)
{
	CLEANUP(free) char *path = xasprintf("%s/%s", pf, name);
	char *line = below_line(category, path);

	return line ? line : xstrdup("");
}

/* The package in a folder of its category. */
static void package(struct lister *l, const char *category, int fd, const char *pf)
{
	CLEANUP(free) char *text = xasprintf("%s/%s", category, pf);
	CLEANUP(free) char *description = NULL, *url = NULL, *chost = NULL;
	wire_application a;

	application_init(&a, "ebuild");
	/* What is being installed has a name of this kind for a while. */
	if (*pf == '-' || *pf == '.' || !split(text, &a.version, &a.release))
		return;
	a.name = text;
	a.description = description = fact(fd, pf, "DESCRIPTION");
	a.url = url = fact(fd, pf, "HOMEPAGE");
	chost = fact(fd, pf, "CHOST");
	chost[strcspn(chost, "-")] = '\0';
	a.arch = chost;
	lister_give(l, &a);
}

/* The packages of a category. */
static void category_list(struct lister *l, const char *name)
{
	CLEANUP(folder_release) struct folder names = FOLDER_INIT;
	CLEANUP(free) char *path = xasprintf(TOP "/%s", name);
	CLEANUP(fd_close) int fd = below_open(l->root, path, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return;
	lister_folder(l, path, &names);
	for (size_t i = 0; i < names.n && lister_give(l, NULL); i++)
		package(l, name, fd, folder_name(&names, i));
}

int apps_portage(int root, application_fn fn, void *ctx, struct err *e)
{
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };
	CLEANUP(folder_release) struct folder names = FOLDER_INIT;

	lister_folder(&l, TOP, &names);
	for (size_t i = 0; i < names.n && !l.ended; i++)
		if (*folder_name(&names, i) != '.')
			category_list(&l, folder_name(&names, i));
	return lister_end(&l, e);
}
