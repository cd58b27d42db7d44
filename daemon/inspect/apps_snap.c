/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Snaps: state.json names each with the revision that is in use; where there is none, the
 * files NAME_REVISION.snap do. Versions are inside these, which are file systems of their own
 * and are left closed; a revision tells as much to the store.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/inspect/lister.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define STATE	  "/var/lib/snapd/state.json"
#define SNAPS	  "/var/lib/snapd/snaps"
#define SUFFIX	  ".snap"
#define STATE_MAX (16u << 20)

/* A string of an object, "" where there is none. */
static char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return application_str(s ? s : "");
}

/* What is known of a revision; newer versions have it one level deeper. */
static const json_t *side_info(const json_t *entry)
{
	const json_t *snap = json_object_get(entry, "snap");

	return json_is_object(snap) ? snap : entry;
}

/* One of state.json. */
static void snap(struct lister *l, const char *name, const json_t *o)
{
	const char *current = text_of(o, "current");
	const json_t *entry;
	size_t i;
	wire_application a;

	/* Switched off, its files are there, but not in use. It is installed all the same. */
	application_init(&a, "snap");
	a.name = application_str(name);
	a.release = application_str(current);
	json_array_foreach(json_object_get(o, "sequence"), i, entry) {
		const json_t *info = side_info(entry);

		if (strcmp(text_of(info, "revision"), current) != 0)
			continue;
		a.display_name = text_of(info, "title");
		a.summary = text_of(info, "summary");
		if (!*a.summary)
			a.summary = text_of(info, "edited-summary");
		a.description = text_of(info, "description");
		a.version = text_of(info, "version");
		a.url = text_of(info, "website");
	}
	if (*a.name && *current)
		lister_give(l, &a);
}

/* All of state.json. False: there is none, or none that can be read. */
static bool state(struct lister *l)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	json_error_t bad;
	json_t *all, *snaps;
	const char *name;
	json_t *o;
	struct err e;

	if (!lister_read(l, STATE, STATE_MAX, &b))
		return false;
	all = json_loadb(b.data ? b.data : "", b.len, 0, &bad);
	snaps = json_object_get(json_object_get(all, "data"), "snaps");
	if (!all) {
		err_set(&e, EBADMSG, "'" STATE "', line %d: %s", bad.line, bad.text);
		lister_trouble(l, &e);
	}
	json_object_foreach(snaps, name, o) {
		if (!lister_give(l, NULL))
			break;
		snap(l, name, o);
	}
	json_decref(all);
	return snaps != NULL;
}

/* A file: NAME_REVISION.snap. */
static void file(struct lister *l, const char *name)
{
	size_t n = strlen(name), suffix = strlen(SUFFIX);
	wire_application a;

	if (n <= suffix || strcmp(name + n - suffix, SUFFIX) != 0)
		return;
	CLEANUP(free) char *text = xmemdup0(name, n - suffix);
	char *under = strrchr(text, '_');
	if (!under || under == text)
		return;
	*under = '\0';
	application_init(&a, "snap");
	a.name = text;
	a.release = under + 1;
	lister_give(l, &a);
}

int apps_snap(int root, application_fn fn, void *ctx, struct err *e)
{
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };
	CLEANUP(folder_release) struct folder names = FOLDER_INIT;

	if (!state(&l)) {
		lister_folder(&l, SNAPS, &names);
		for (size_t i = 0; i < names.n && !l.ended; i++)
			file(&l, folder_name(&names, i));
	}
	return lister_end(&l, e);
}
