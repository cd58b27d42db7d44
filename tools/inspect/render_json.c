/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-inspect's JSON, schema guestutils.inspect.v1; the manual has a table of its keys. */

#include <string.h>

#include "render.h"

/* A string; null where it is not known. */
static void known(struct json *j, const char *key, const char *s)
{
	json_str(j, key, *s ? s : NULL);
}

static void add_mountpoints(struct json *j, const wire_mountpoints *list)
{
	json_open_array(j, "mountpoints");
	for (uint32_t i = 0; i < list->n; i++) {
		json_open_object(j, NULL);
		json_str(j, "path", list->v[i].path);
		json_str(j, "device", list->v[i].device);
		json_close(j);
	}
	json_close(j);
}

static void add_filesystems(struct json *j, const wire_volumes *list)
{
	json_open_array(j, "filesystems");
	for (uint32_t i = 0; i < list->n; i++) {
		json_open_object(j, NULL);
		json_str(j, "device", list->v[i].device);
		known(j, "type", list->v[i].type);
		known(j, "version", list->v[i].version);
		known(j, "label", list->v[i].label);
		known(j, "uuid", list->v[i].uuid);
		json_close(j);
	}
	json_close(j);
}

static void add_drives(struct json *j, const wire_drives *list)
{
	json_open_array(j, "drive_mappings");
	for (uint32_t i = 0; i < list->n; i++) {
		json_open_object(j, NULL);
		json_str(j, "name", list->v[i].letter);
		json_str(j, "device", list->v[i].device);
		json_close(j);
	}
	json_close(j);
}

static void add_system(struct json *j, const wire_guest *g)
{
	json_str(j, "root", g->root);
	known(j, "type", g->type);
	known(j, "arch", g->arch);
	known(j, "distro", g->distro);
	known(j, "id", g->id);
	known(j, "version_id", g->version_id);
	known(j, "title", g->title);
	known(j, "product_name", g->product_name);
	known(j, "product_variant", g->product_variant);
	json_u64(j, "major_version", g->major);
	json_u64(j, "minor_version", g->minor);
	known(j, "package_format", g->package_format);
	known(j, "package_management", g->package_management);
	known(j, "windows_systemroot", g->windows_systemroot);
	known(j, "windows_current_control_set", g->windows_current_control_set);
	json_bool(j, "windows_group_policy", g->windows_group_policy);
	known(j, "hostname", g->hostname);
	known(j, "build_id", g->build_id);
	known(j, "osinfo", g->osinfo);
	known(j, "init", g->init);
	known(j, "medium", g->medium);
	known(j, "deployment", g->deployment);
	json_strs(j, "snapshots", g->snapshots.v, g->snapshots.n);
	add_mountpoints(j, &g->mountpoints);
	add_filesystems(j, &g->volumes);
	add_drives(j, &g->drives);
}

static void add_kernels(struct json *j, const wire_kernels *list)
{
	json_open_array(j, "kernels");
	for (uint32_t i = 0; i < list->n; i++) {
		const wire_kernel *k = &list->v[i];

		json_open_object(j, NULL);
		json_str(j, "path", k->path);
		known(j, "version", k->version);
		known(j, "initramfs", k->initramfs);
		if (*k->virtio)
			json_bool(j, "virtio", !strcmp(k->virtio, "yes"));
		else
			json_str(j, "virtio", NULL);
		json_close(j);
	}
	json_close(j);
}

static void add_users(struct json *j, const wire_users *list)
{
	json_open_array(j, "users");
	for (uint32_t i = 0; i < list->n; i++) {
		json_open_object(j, NULL);
		json_str(j, "name", list->v[i].name);
		json_u64(j, "uid", list->v[i].uid);
		json_str(j, "home", list->v[i].home);
		json_str(j, "shell", list->v[i].shell);
		json_close(j);
	}
	json_close(j);
}

static void add_usages(struct json *j, const wire_usages *list)
{
	json_open_array(j, "usage");
	for (uint32_t i = 0; i < list->n; i++) {
		const wire_usage *u = &list->v[i];

		json_open_object(j, NULL);
		json_str(j, "device", u->device);
		known(j, "type", u->type);
		known(j, "uuid", u->uuid);
		json_u64(j, "size", usage_bytes(u, u->blocks));
		json_u64(j, "free", usage_bytes(u, u->free));
		json_u64(j, "available", usage_bytes(u, u->available));
		json_u64(j, "inodes", u->files);
		json_u64(j, "inodes_free", u->files_free);
		json_close(j);
	}
	json_close(j);
}

static void add_details(struct json *j, const struct details_ret *d)
{
	json_strs(j, "boot_loaders", d->boot_loaders.v, d->boot_loaders.n);
	add_kernels(j, &d->kernels);
	add_users(j, &d->users);
	if (d->logged)
		json_time(j, "last_log", d->last_log, 0);
	else
		json_str(j, "last_log", NULL);
	json_bool(j, "cloud_init", d->cloud_init);
	known(j, "selinux", d->selinux);
	json_strs(j, "secure_boot", d->secure_boot.v, d->secure_boot.n);
	add_usages(j, &d->usages);
}

/* One of many: what is not known is left out. */
static void optional(struct json *j, const char *key, const char *s)
{
	if (*s)
		json_str(j, key, s);
}

static void add_app(struct json *j, const wire_application *app)
{
	json_open_object(j, NULL);
	json_str(j, "kind", app->kind);
	json_str(j, "name", app->name);
	optional(j, "display_name", app->display_name);
	if (app->epoch)
		json_u64(j, "epoch", app->epoch);
	optional(j, "version", app->version);
	optional(j, "release", app->release);
	optional(j, "arch", app->arch);
	optional(j, "install_path", app->install_path);
	optional(j, "publisher", app->publisher);
	optional(j, "url", app->url);
	optional(j, "source_package", app->source_package);
	optional(j, "summary", app->summary);
	optional(j, "description", app->description);
	optional(j, "class", app->class);
	json_close(j);
}

static void add_apps(struct json *j, const struct apps *apps)
{
	json_open_array(j, "applications");
	for (size_t i = 0; i < apps->n; i++)
		add_app(j, &apps->v[i]);
	json_close(j);
}

static void json_start(struct render *r)
{
	json_open_object(&r->json, NULL);
	json_str(&r->json, "schema", "guestutils.inspect.v1");
	json_open_array(&r->json, "operatingsystems");
}

static void json_guest(struct render *r, const struct facts *f)
{
	struct json *j = &r->json;

	json_open_object(j, NULL);
	add_system(j, f->guest);
	if (f->has_details)
		add_details(j, &f->details);
	if (f->has_apps)
		add_apps(j, &f->apps);
	if (f->has_icon && f->icon.png.len)
		json_base64(j, "icon", f->icon.png.data, f->icon.png.len);
	json_strs(j, "warnings", f->warnings.v, f->warnings.n);
	json_close(j);
}

static void json_end(struct render *r, const struct render_end *end)
{
	struct json *j = &r->json;

	json_close(j);
	json_open_array(j, "locked");
	for (uint32_t i = 0; i < end->locked->n; i++) {
		const wire_crypt *c = &end->locked->v[i];

		json_open_object(j, NULL);
		json_str(j, "device", c->device);
		known(j, "type", c->type);
		known(j, "uuid", c->uuid);
		json_close(j);
	}
	json_close(j);
	json_strs(j, "warnings", end->warnings->v, end->warnings->n);
	json_close(j);
}

const struct render_ops render_json = {
	.start = json_start,
	.guest = json_guest,
	.end = json_end,
	.wanted = { .apps = true, .icon = true, .details = true },
};
