/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flatpak's system installation: app/ID/ARCH/BRANCH/active, and runtime/ the same, where
 * active leads to what is deployed. Beside its files lies "deploy", with what its makers
 * said of it when it was installed.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "daemon/inspect/gvariant.h"
#include "daemon/inspect/lister.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define TOP	   "/var/lib/flatpak"
#define DEPLOY_MAX (1u << 20)

/* A text of the deploy file, "" where it has none. */
static char *deploy_text(const struct buf *b, const char *name)
{
	const struct gvariant v = { b->data, b->len };
	const char *text = b->len ? gvariant_deploy_text(v, name) : NULL;

	return application_str(text ? text : "");
}

/* The one of a branch, if it is deployed. */
static void branch(struct lister *l, const char *path, const char *id, const char *arch,
		   const char *name)
{
	CLEANUP(free) char *active = xasprintf("%s/%s/active", path, name);
	CLEANUP(free) char *deploy = xasprintf("%s/deploy", active);
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	wire_application a;

	if (!below_is(l->root, active, S_IFDIR))
		return;
	lister_read(l, deploy, DEPLOY_MAX, &b);
	application_init(&a, "flatpak");
	a.name = application_str(id);
	a.arch = application_str(arch);
	a.release = application_str(name);
	a.install_path = active;
	a.display_name = deploy_text(&b, "appdata-name");
	a.version = deploy_text(&b, "appdata-version");
	a.summary = deploy_text(&b, "appdata-summary");
	lister_give(l, &a);
}

/* All branches of all architectures of an ID. */
static void id_list(struct lister *l, const char *kind, const char *id)
{
	CLEANUP(folder_release) struct folder archs = FOLDER_INIT;
	CLEANUP(free) char *path = xasprintf(TOP "/%s/%s", kind, id);

	lister_folder(l, path, &archs);
	for (size_t i = 0; i < archs.n && !l->ended; i++) {
		CLEANUP(folder_release) struct folder branches = FOLDER_INIT;
		CLEANUP(free) char *below = xasprintf("%s/%s", path, folder_name(&archs, i));

		/* "current" leads to the one that is run. */
		if (folder_type(&archs, i) == DT_LNK)
			continue;
		lister_folder(l, below, &branches);
		for (size_t k = 0; k < branches.n && lister_give(l, NULL); k++)
			branch(l, below, id, folder_name(&archs, i), folder_name(&branches, k));
	}
}

int apps_flatpak(int root, application_fn fn, void *ctx, struct err *e)
{
	static const char *const kinds[] = { "app", "runtime" };
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		CLEANUP(folder_release) struct folder names = FOLDER_INIT;
		CLEANUP(free) char *path = xasprintf(TOP "/%s", kinds[i]);

		lister_folder(&l, path, &names);
		for (size_t k = 0; k < names.n && !l.ended; k++)
			id_list(&l, kinds[i], folder_name(&names, k));
	}
	return lister_end(&l, e);
}
