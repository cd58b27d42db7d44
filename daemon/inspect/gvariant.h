/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GLib's serialised values, as much of them as flatpak's deploy files need. */
#ifndef DAEMON_INSPECT_GVARIANT_H
#define DAEMON_INSPECT_GVARIANT_H

#include <stddef.h>

/* Serialised bytes, borrowed. Alignment counts from where they start. */
struct gvariant {
	const char *data;
	size_t n;
};

/*
 * A string in the dictionary that is the last member of a value of the type (ssasta{sv}):
 * borrowed, NUL-terminated within v, or NULL where there is none of that name, or v is not so.
 */
const char *gvariant_deploy_text(struct gvariant v, const char *name);

#endif
