/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See modules.h. */
#include "modules.h"

#include <errno.h>
#include <libkmod.h>
#include <stdio.h>
#include <string.h>

#include "storage.h"
#include "util/cleanup.h"

static void list_unref(struct kmod_list *list)
{
	kmod_module_unref_list(list);
}
DEFINE_CLEANUP(struct kmod_list *, list_unref);

static struct kmod_ctx *context(struct storage *st, struct err *e)
{
	static const char *const no_config[] = { NULL };

	if (st->kmod)
		return st->kmod;
	st->kmod = kmod_new(NULL, (const char *const *)no_config);
	if (!st->kmod) {
		err_sys(e, "cannot read the list of kernel modules");
		return NULL;
	}
	kmod_load_resources(st->kmod);
	return st->kmod;
}

int module_load(struct guestd *g, const char *name, struct err *e)
{
	CLEANUP(list_unref) struct kmod_list *list = NULL;
	struct kmod_ctx *ctx = context(storage_of(g), e);
	struct kmod_list *at;

	if (!ctx)
		return -1;
	if (kmod_module_new_from_lookup(ctx, name, &list) < 0 || !list)
		return err_set(e, ENOENT, "the appliance has no kernel module '%s'", name);
	kmod_list_foreach(at, list) {
		struct kmod_module *mod = kmod_module_get_module(at);
		int rc = kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL);

		kmod_module_unref(mod);
		/* An alias may name several: a driver for other hardware says ENODEV. */
		if (rc < 0 && rc != -ENODEV && rc != -EEXIST)
			return err_set(e, -rc, "cannot load the kernel module '%s': %s", name,
				       strerror(-rc));
	}
	return 0;
}

int modules_for_fs(struct guestd *g, const struct fstype *t, const char *name, struct err *e)
{
	struct storage *st = storage_of(g);
	char alias[64];

	if (!t) {
		snprintf(alias, sizeof(alias), "fs-%s", name);
		return module_load(g, alias, e);
	}
	uint64_t bit = 1ull << fstype_index(t);
	if (st->fs_ready & bit)
		return 0;
	for (size_t i = 0; i < FSTYPE_MODULES && t->modules[i]; i++)
		if (module_load(g, t->modules[i], e) < 0)
			return -1;
	st->fs_ready |= bit;
	return 0;
}
