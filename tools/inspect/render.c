/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See render.h. */
#include "render.h"

#include <libxml/xmlwriter.h>
#include <string.h>

void render_init(struct render *r, const struct inspect_options *o, struct buf *b)
{
	static const struct render_ops *const ops[] = {
		[INSPECT_TEXT] = &render_text,
		[INSPECT_XML] = &render_xml,
		[INSPECT_JSON] = &render_json,
	};

	*r = (struct render){
		.ops = ops[o->output],
		.o = o,
		.b = b,
		.json = json_init(b),
		.scratch = BUF_INIT,
	};
}

void render_release(struct render *r)
{
	xmlFreeTextWriter(r->xml);
	buf_release(&r->scratch);
}

struct facts_wanted render_wanted(const struct render *r)
{
	struct facts_wanted w = r->ops->wanted;

	if (r->o->no_applications && r->o->no_icon)
		return (struct facts_wanted){ .apps = false };
	w.apps &= !r->o->no_applications;
	w.icon &= !r->o->no_icon;
	return w;
}

bool app_is_bundle(const wire_application *app)
{
	return !strcmp(app->kind, "flatpak") || !strcmp(app->kind, "snap");
}
