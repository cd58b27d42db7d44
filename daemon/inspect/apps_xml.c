/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Package databases in XML: xbps has one property list, a dictionary of packages, each a
 * dictionary of facts; pisi a folder each package, with its metadata.xml.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/inspect/lister.h"
#include "daemon/inspect/xml.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define XBPS "/var/db/xbps/pkgdb-0.38.plist"
#define PISI "/var/lib/pisi/package"

/* A package in the making: which fact is which string of the record. */
struct facts {
	struct lister *l;
	const struct fact {
		const char *name; /* xbps: the key; pisi: the path */
		size_t field;
	} *rows;
	size_t n;
	char *values[8]; /* of the rows, owned, or NULL */
	char *key;	 /* xbps: the last one that was seen; pisi: the release */
};

/* Takes a fact; the first of each name counts. */
static void facts_take(struct facts *f, const char *name, const char *text)
{
	for (size_t i = 0; i < f->n; i++)
		if (!f->values[i] && strcmp(f->rows[i].name, name) == 0)
			f->values[i] = xstrdup(text);
}

/* Moves what is known to a record, which borrows it. */
static void facts_fill(const struct facts *f, wire_application *a)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->values[i])
			*(char **)(void *)((char *)a + f->rows[i].field) = f->values[i];
}

static void facts_clear(struct facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->values[i]);
		f->values[i] = NULL;
	}
	free(f->key);
	f->key = NULL;
}

/* Keeps what xml_read said, unless it is that there is no such file. */
static void xml_trouble(struct lister *l, const struct err *e)
{
	if (e->no != ENOENT && e->no != ENOTDIR)
		lister_trouble(l, e);
}

/* ---- xbps */

/* name and class hold more than is the record's own, or something else, until they are looked at. */
static const struct fact xbps_rows[] = {
	{ "pkgver", offsetof(wire_application, name) },
	{ "architecture", offsetof(wire_application, arch) },
	{ "short_desc", offsetof(wire_application, description) },
	{ "homepage", offsetof(wire_application, url) },
	{ "state", offsetof(wire_application, class) },
};

/* "NAME-VERSION_REVISION" */
static void xbps_give(struct facts *f)
{
	wire_application a;
	char *dash, *under;

	application_init(&a, "xbps");
	facts_fill(f, &a);
	dash = strrchr(a.name, '-');
	if (!dash || strcmp(a.class, "installed") != 0)
		return;
	*dash = '\0';
	a.class = application_str("");
	a.version = dash + 1;
	under = strrchr(a.version, '_');
	if (under) {
		*under = '\0';
		a.release = under + 1;
	}
	lister_give(f->l, &a);
}

static bool xbps_end(void *ctx, const char *path, char *text)
{
	struct facts *f = ctx;

	if (strcmp(path, "plist/dict/dict/key") == 0) {
		free(f->key);
		f->key = xstrdup(text);
	} else if (strcmp(path, "plist/dict/dict/string") == 0) {
		if (f->key)
			facts_take(f, f->key, text);
	} else if (strcmp(path, "plist/dict/dict") == 0) {
		xbps_give(f);
		facts_clear(f);
	}
	return !f->l->ended;
}

int apps_xbps(int root, application_fn fn, void *ctx, struct err *e)
{
	static const struct xml_events events = { .end = xbps_end };
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };
	struct facts f = { .l = &l, .rows = xbps_rows, .n = ARRAY_SIZE(xbps_rows) };
	struct err bad;

	if (xml_read(root, XBPS, &events, &f, &bad))
		xml_trouble(&l, &bad);
	facts_clear(&f);
	return lister_end(&l, e);
}

/* ---- pisi */

static const struct fact pisi_rows[] = {
	{ "PISI/Package/Name", offsetof(wire_application, name) },
	{ "PISI/Package/Summary", offsetof(wire_application, summary) },
	{ "PISI/Package/Description", offsetof(wire_application, description) },
	{ "PISI/Package/Architecture", offsetof(wire_application, arch) },
	{ "PISI/Package/History/Update/Version", offsetof(wire_application, version) },
	{ "PISI/Source/Homepage", offsetof(wire_application, url) },
	{ "PISI/Source/Name", offsetof(wire_application, source_package) },
};

/* The newest update comes first. */
static void pisi_begin(void *ctx, const char *path, const char *const *attributes)
{
	struct facts *f = ctx;

	if (f->key || strcmp(path, "PISI/Package/History/Update") != 0)
		return;
	for (; *attributes; attributes += 2)
		if (strcmp(attributes[0], "release") == 0)
			f->key = xstrdup(attributes[1]);
}

static bool pisi_end(void *ctx, const char *path, char *text)
{
	facts_take(ctx, path, text);
	return true;
}

/* The package in a folder. */
static void pisi_package(struct lister *l, const char *name)
{
	static const struct xml_events events = { pisi_begin, pisi_end };
	CLEANUP(free) char *path = xasprintf(PISI "/%s/metadata.xml", name);
	struct facts f = { .l = l, .rows = pisi_rows, .n = ARRAY_SIZE(pisi_rows) };
	wire_application a;
	struct err bad;

	application_init(&a, "pisi");
	if (xml_read(l->root, path, &events, &f, &bad))
		xml_trouble(l, &bad);
	facts_fill(&f, &a);
	if (f.key)
		a.release = f.key;
	if (*a.name && *a.version)
		lister_give(l, &a);
	facts_clear(&f);
}

int apps_pisi(int root, application_fn fn, void *ctx, struct err *e)
{
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };
	CLEANUP(folder_release) struct folder names = FOLDER_INIT;

	lister_folder(&l, PISI, &names);
	for (size_t i = 0; i < names.n && lister_give(&l, NULL); i++)
		pisi_package(&l, folder_name(&names, i));
	return lister_end(&l, e);
}
