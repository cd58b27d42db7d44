/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the readers of package databases share: where applications go to, the first thing
 * that was wrong, and text in stanzas and lines.
 */
#ifndef DAEMON_INSPECT_LISTER_H
#define DAEMON_INSPECT_LISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "daemon/folder.h"
#include "daemon/inspect/applications.h"

/* One listing in progress. Zeroed but for the first three. */
struct lister {
	int root;
	application_fn fn;
	void *ctx;
	bool ended;	   /* fn failed: first is its error, and nothing else is to be done */
	unsigned troubles; /* how many things were wrong, of which first was the first */
	struct err first;
};

/* Files that were read: two names may be of one. */
struct files_seen {
	struct {
		dev_t dev;
		ino_t ino;
	} file[16];
	size_t n;
};

/* Hands an application on; NULL: only asks whether to go on. False: no, l->ended. */
bool lister_give(struct lister *l, wire_application *a);
/* Keeps what was wrong, and how often something was. */
void lister_trouble(struct lister *l, const struct err *e);
/* What the function that owns l returns. */
int lister_end(const struct lister *l, struct err *e);

/*
 * Reads a text of stanzas, which end at an empty line or with the file. fn gets each, with a
 * NUL at its end; it may write to it. No such file is no trouble. Memory is bounded by the
 * longest stanza that is taken, and time by the size that is read at most.
 */
void lister_stanzas(struct lister *l, const char *path,
		    void (*fn)(struct lister *l, char *text, void *own), void *own);
/* Cuts the first line off *text, in place: NULL at its end. */
char *line_next(char **text);
/* The names in a folder below the root, sorted. No such folder is no trouble, and has none. */
void lister_folder(struct lister *l, const char *path, struct folder *ret);
/* Was that file, by whatever name, here before? If not, it now was. It need not exist. */
bool lister_seen(const struct lister *l, const char *path, struct files_seen *seen);
/* Reads a small file: false where it is not there, or is not to be read, which is a trouble. */
bool lister_read(struct lister *l, const char *path, size_t max, struct buf *b);

#endif
