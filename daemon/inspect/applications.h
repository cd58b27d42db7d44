/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is installed: one function for each kind of package database.
 *
 * Each reads below root, an O_PATH descriptor of the guest's root, whatever its kind's
 * databases hold there; where there is none it has nothing to say, and returns 0. What can
 * be read is handed to fn, also where the rest is broken: then it returns -1 with the first
 * reason in *e at its end. Where fn itself fails, it stops and returns -1 with fn's *e.
 */
#ifndef DAEMON_INSPECT_APPLICATIONS_H
#define DAEMON_INSPECT_APPLICATIONS_H

#include "proto/proto.h"
#include "util/buf.h"
#include "util/err.h"

/*
 * Takes one application. All strings are the caller's, stay so, and are never NULL; they may
 * be of any length and of any bytes. a may be NULL: nothing to tell, but is the call still
 * wanted? For loops that could run long without an application. -1 with *e ends it all.
 */
typedef int (*application_fn)(void *ctx, wire_application *a, struct err *e);

/* An application of that kind, of which nothing is known yet: the other strings are "". */
void application_init(wire_application *a, const char *kind);
/* Splits "[EPOCH:]VERSION[-RELEASE]" at the first colon and the first dash after it, in place. */
void application_version(wire_application *a, char *text);
/* A string of a record is not const, but is only read. */
char *application_str(const char *s);
/* Appends the record to b; strings of more than WIRE_STR_MAX bytes are cut. */
int application_encode(struct buf *b, const wire_application *a, struct err *e);

int apps_dpkg(int root, application_fn fn, void *ctx, struct err *e);
int apps_rpm(int root, application_fn fn, void *ctx, struct err *e);
int apps_pacman(int root, application_fn fn, void *ctx, struct err *e);
int apps_apk(int root, application_fn fn, void *ctx, struct err *e);
int apps_portage(int root, application_fn fn, void *ctx, struct err *e);
int apps_xbps(int root, application_fn fn, void *ctx, struct err *e);
int apps_pisi(int root, application_fn fn, void *ctx, struct err *e);
int apps_flatpak(int root, application_fn fn, void *ctx, struct err *e);
int apps_snap(int root, application_fn fn, void *ctx, struct err *e);
/* The uninstall keys of Windows. */
int apps_windows(int root, application_fn fn, void *ctx, struct err *e);

#endif
