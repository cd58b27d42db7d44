/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Package databases in a folder, and what is read of them; for the tests of applications. */
#ifndef TESTS_APPS_H
#define TESTS_APPS_H

#include <stddef.h>

#include "daemon/inspect/applications.h"
#include "util/buf.h"
#include "util/strvec.h"

struct apps {
	char path[64];	    /* of the folder that is the guest's root */
	int root;
	struct strvec list; /* "NAME EPOCH:VERSION-RELEASE ARCH|URL|SOURCE|SUMMARY|DESCRIPTION" */
	struct err e;	    /* of the last read */
	int asked;	    /* how often it was asked whether to go on */
	int stop_at;	    /* the function fails at that application; 0: never */
};

typedef int (*list_fn)(int root, application_fn fn, void *ctx, struct err *e);

void apps_start(struct apps *a);
void apps_stop(struct apps *a);
/* A file with its content; the folders above it are made. */
void apps_file(const struct apps *a, const char *name, const void *data, size_t n);
void apps_text(const struct apps *a, const char *name, const char *text);
/* Its full path, until the next call. */
const char *apps_path(const struct apps *a, const char *name);
/* Removes all that is in the folder. */
void apps_empty(struct apps *a);
/* Reads; returns what fn returned. */
int apps_read(struct apps *a, list_fn fn);
/* The same, sees that there are n, and that it failed with words that hold that, or not (NULL). */
void apps_expect(struct apps *a, list_fn fn, size_t n, const char *words);

#endif
