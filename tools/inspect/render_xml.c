/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-inspect's XML: what virt-inspector prints, element for element. The form is that
 * of libxml2's writer: no encoding is declared, what is not ASCII stands as UTF-8 in a
 * text and as a number in an attribute.
 *
 * A guest can have any bytes in its strings; what XML has no way to say is U+FFFD.
 */
#include <libxml/xmlwriter.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/safe.h"
#include "render.h"

/* libxml2 hands over what it has written; at its end, and after ours, that is nothing. */
static int take_output(void *ctx, const char *p, int n)
{
	if (n > 0)
		buf_add(ctx, p, (size_t)n);
	return n;
}

/* The writer's functions fail for want of memory only: noted here, told at the end. */
static void must(struct render *r, int rc)
{
	r->failed |= rc < 0;
}

/* May this character stand in XML 1.0? */
static bool is_char(uint32_t c)
{
	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r';
	return c != 0xfffe && c != 0xffff;
}

/* The string, or a copy with U+FFFD in it, which is good until the next one. */
static const xmlChar *clean(struct render *r, const char *s)
{
	const char *end = s + strlen(s);
	bool good = true;

	r->scratch.len = 0;
	for (const char *p = s; p < end;) {
		uint32_t c = 0;
		size_t len = utf8_char(p, (size_t)(end - p), &c);
		bool ok = len && is_char(c);

		if (good && !ok)
			buf_add(&r->scratch, s, (size_t)(p - s));
		good &= ok;
		if (!ok)
			buf_addstr(&r->scratch, "\xef\xbf\xbd");
		else if (!good)
			buf_add(&r->scratch, p, len);
		p += len ? len : 1;
	}
	return (const xmlChar *)(good ? s : r->scratch.data);
}

static void open_element(struct render *r, const char *name)
{
	must(r, xmlTextWriterStartElement(r->xml, (const xmlChar *)name));
}

static void close_element(struct render *r)
{
	must(r, xmlTextWriterEndElement(r->xml));
}

static void attribute(struct render *r, const char *name, const char *value)
{
	must(r, xmlTextWriterWriteAttribute(r->xml, (const xmlChar *)name, clean(r, value)));
}

static void text(struct render *r, const char *s)
{
	must(r, xmlTextWriterWriteString(r->xml, clean(r, s)));
}

/* An element with a text, or nothing where that is empty. */
static void element(struct render *r, const char *name, const char *s)
{
	if (!*s)
		return;
	open_element(r, name);
	text(r, s);
	close_element(r);
}

static void number(struct render *r, const char *name, uint32_t n)
{
	char s[11];

	snprintf(s, sizeof(s), "%" PRIu32, n);
	element(r, name, s);
}

static void add_mountpoints(struct render *r, const wire_mountpoints *list)
{
	open_element(r, "mountpoints");
	for (uint32_t i = 0; i < list->n; i++) {
		open_element(r, "mountpoint");
		attribute(r, "dev", list->v[i].device);
		text(r, list->v[i].path);
		close_element(r);
	}
	close_element(r);
}

static void add_filesystems(struct render *r, const wire_volumes *list)
{
	open_element(r, "filesystems");
	for (uint32_t i = 0; i < list->n; i++) {
		const wire_volume *v = &list->v[i];

		open_element(r, "filesystem");
		attribute(r, "dev", v->device);
		if (*v->type) {
			open_element(r, "type");
			if (*v->version)
				attribute(r, "version", v->version);
			text(r, v->type);
			close_element(r);
		}
		element(r, "label", v->label);
		element(r, "uuid", v->uuid);
		close_element(r);
	}
	close_element(r);
}

static void add_drives(struct render *r, const wire_drives *list)
{
	if (!list->n)
		return;
	open_element(r, "drive_mappings");
	for (uint32_t i = 0; i < list->n; i++) {
		open_element(r, "drive_mapping");
		attribute(r, "name", list->v[i].letter);
		text(r, list->v[i].device);
		close_element(r);
	}
	close_element(r);
}

static void add_app(struct render *r, const wire_application *app)
{
	open_element(r, "application");
	element(r, "name", app->name);
	element(r, "display_name", app->display_name);
	if (app->epoch)
		number(r, "epoch", app->epoch);
	element(r, "version", app->version);
	element(r, "release", app->release);
	element(r, "arch", app->arch);
	element(r, "install_path", app->install_path);
	element(r, "publisher", app->publisher);
	element(r, "url", app->url);
	/* The peer has it of dpkg's alone. */
	if (strcmp(app->kind, "rpm") != 0)
		element(r, "source_package", app->source_package);
	element(r, "summary", app->summary);
	element(r, "description", app->description);
	element(r, "class", app->class);
	close_element(r);
}

static void add_apps(struct render *r, const struct apps *apps)
{
	open_element(r, "applications");
	for (size_t i = 0; i < apps->n; i++)
		if (!app_is_bundle(&apps->v[i]))
			add_app(r, &apps->v[i]);
	close_element(r);
}

/* What the system is: the elements without any below them. */
static void add_system(struct render *r, const wire_guest *g)
{
	element(r, "root", g->root);
	element(r, "name", g->type);
	element(r, "arch", g->arch);
	element(r, "distro", g->distro);
	element(r, "product_name", g->product_name);
	element(r, "product_variant", g->product_variant);
	number(r, "major_version", g->major);
	number(r, "minor_version", g->minor);
	element(r, "package_format", g->package_format);
	element(r, "package_management", g->package_management);
	element(r, "windows_systemroot", g->windows_systemroot);
	element(r, "windows_current_control_set", g->windows_current_control_set);
	if (g->windows_group_policy) {
		open_element(r, "windows_group_policy");
		close_element(r);
	}
	element(r, "hostname", g->hostname);
	element(r, "build_id", g->build_id);
	element(r, "osinfo", g->osinfo);
}

static void xml_guest(struct render *r, const struct facts *f)
{
	const wire_bytes *png = &f->icon.png;

	open_element(r, "operatingsystem");
	add_system(r, f->guest);
	add_mountpoints(r, &f->guest->mountpoints);
	add_filesystems(r, &f->guest->volumes);
	add_drives(r, &f->guest->drives);
	if (f->has_apps)
		add_apps(r, &f->apps);
	if (f->has_icon && png->len) {
		open_element(r, "icon");
		must(r, xmlTextWriterWriteBase64(r->xml, (const char *)png->data, 0,
						 (int)png->len));
		close_element(r);
	}
	close_element(r);
	must(r, xmlTextWriterFlush(r->xml));
}

static void xml_start(struct render *r)
{
	xmlOutputBufferPtr out = xmlOutputBufferCreateIO(take_output, NULL, r->b, NULL);

	r->xml = out ? xmlNewTextWriter(out) : NULL;
	must(r, r->xml ? 0 : -1);
	must(r, xmlTextWriterSetIndent(r->xml, 1));
	must(r, xmlTextWriterSetIndentString(r->xml, (const xmlChar *)"  "));
	must(r, xmlTextWriterStartDocument(r->xml, NULL, NULL, NULL));
	open_element(r, "operatingsystems");
}

static void xml_end(struct render *r, const struct render_end *end)
{
	(void)end;
	close_element(r);
	must(r, xmlTextWriterEndDocument(r->xml));
	must(r, xmlTextWriterFlush(r->xml));
}

const struct render_ops render_xml = {
	.start = xml_start,
	.guest = xml_guest,
	.end = xml_end,
	.wanted = { .apps = true, .icon = true },
};
