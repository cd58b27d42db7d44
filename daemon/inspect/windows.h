/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests that are Windows: what they are, their drives; apps_windows() is in applications.h. root is an O_PATH
 * descriptor of the guest's root. A registry that cannot be read costs what it would have
 * told, and a warning; warnings may be NULL.
 */
#ifndef DAEMON_INSPECT_WINDOWS_H
#define DAEMON_INSPECT_WINDOWS_H

#include "daemon/guestd.h"
#include "util/strvec.h"

/* Is it the root of a Windows, or a medium that installs one? Cheap: a few names are looked up. */
bool windows_matches(int top);

/* Is it another volume of one: its data, its start files? */
bool windows_volume_matches(int top);

/*
 * Says what it is: all of *ret that is known of Windows, but type, root, drives and what
 * storage says. All other strings are left alone, unless they are NULL: then they become "".
 */
void windows_describe(int root, wire_guest *ret, struct strvec *warnings);

/* What it is, for a list: "Windows 11 Pro", or "Windows". Reads the registry. */
char *windows_title(int root);

/* Its drive letters by the registry, sorted; those whose device is not there are left out. */
void windows_drives(struct guestd *g, int root, wire_drives *ret, struct strvec *warnings);

#endif
