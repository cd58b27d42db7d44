/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms of output: facts are appended to a buffer as text, XML or JSON.
 *
 *   render_init, render_start, render_guest for each, render_end, render_release
 *
 * The owner of the buffer may empty it between any two of these.
 */
#ifndef INSPECT_RENDER_H
#define INSPECT_RENDER_H

#include "cli/json.h"
#include "facts.h"
#include "inspect.h"
#include "util/buf.h"

struct render {
	const struct render_ops *ops;
	const struct inspect_options *o; /* borrowed */
	struct buf *b;			 /* borrowed */
	size_t guests;			 /* so far */
	struct json json;
	void *xml;	    /* an xmlTextWriter */
	struct buf scratch; /* a string made clean */
	bool failed;	    /* libxml2 had no memory */
};

/* What is told after the last guest; all borrowed. */
struct render_end {
	const wire_crypts *locked;   /* what no key opened */
	const wire_strs *warnings;   /* of the search for systems */
	const wire_filesystems *fs; /* what is on the disks, for a text about no system */
};

/* One form of output. */
struct render_ops {
	void (*start)(struct render *r);
	void (*guest)(struct render *r, const struct facts *f);
	void (*end)(struct render *r, const struct render_end *end);
	struct facts_wanted wanted; /* of all facts */
};

extern const struct render_ops render_text, render_xml, render_json;

/* For the output that o says, which is not INSPECT_AUTO. */
void render_init(struct render *r, const struct inspect_options *o, struct buf *b);
void render_release(struct render *r);
/* What to ask about a guest for this output and these options. */
struct facts_wanted render_wanted(const struct render *r);

static inline void render_release_p(struct render *r)
{
	render_release(r);
}

/* Is it something that lies beside the system, with a manager of its own: flatpak, snap? */
bool app_is_bundle(const wire_application *app);

#endif
