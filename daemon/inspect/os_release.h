/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files in which a system says what it is: os-release(5), and what there was before
 * it and beside it. The parsers take hostile text; the readers bound it.
 */
#ifndef DAEMON_INSPECT_OS_RELEASE_H
#define DAEMON_INSPECT_OS_RELEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/inspect/os_file.h"

/* What such files have said so far. Strings are owned, NULL while nothing was said. */
struct release {
	char *distro;  /* our word */
	char *product; /* "Debian GNU/Linux 12 (bookworm)" */
	unsigned major, minor;
	bool versioned; /* they were said */
	char *id;	/* of os-release, as the next */
	char *version_id;
	char *id_like;
	char *build_id;
};

#define RELEASE_INIT                                                   \
	{                                                              \
		NULL, NULL, 0, 0, false, NULL, NULL, NULL, NULL        \
	}

void release_release(struct release *r);

static inline void release_release_p(struct release *r)
{
	release_release(r);
}

/*
 * What a text says, added to *r. True: no other file needs to be asked. Where a file is
 * believed that says less, what *r had before stays.
 */
bool release_parse_os(struct span text, struct release *r);
bool release_parse_lsb(struct span text, struct release *r);
bool release_parse_suse(struct span text, struct release *r);
/* One line with a version somewhere in it, and what it is called. */
void release_parse_line(struct span line, struct release *r);
/* The first "12.3", or else the first "12", in a text; false: there is no number. */
bool release_version(struct span s, unsigned *ret_major, unsigned *ret_minor);
/* "release 8.5", "release 4 … Update 7", or "release 9", after the first word; false: neither. */
bool release_after(struct span s, const char *word, unsigned *ret_major, unsigned *ret_minor);

/* Reads all that a Linux root, or a Hurd one, has. */
void release_read_linux(int root, struct release *r);
void release_read_hurd(int root, struct release *r);
/* Opens os-release from where systems keep it, appending it to *b; false: there is none. */
bool release_read_text(int root, struct buf *b);

#endif
