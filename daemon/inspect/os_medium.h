/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Installer and live media: file systems that a system is started from, and is not on. */
#ifndef DAEMON_INSPECT_OS_MEDIUM_H
#define DAEMON_INSPECT_OS_MEDIUM_H

#include "daemon/inspect/os_file.h"
#include "proto/proto.h"

/* Is that the top of a medium of some Linux? */
bool medium_matches(int top);
/* What can be known of it: medium, and product, distribution, version, architecture. */
void medium_describe(int top, wire_guest *ret);

/* A medium's files of words, each as far as it says something. Strings are owned. */
struct medium_words {
	char *product; /* NULL while unknown, as the next */
	char *arch;
	unsigned major, minor;
};

/* Debian's and Ubuntu's .disk/info. */
void medium_parse_info(struct span text, struct medium_words *w);
/* .treeinfo of Fedora and its kin. */
void medium_parse_treeinfo(struct span text, struct medium_words *w);
/* .discinfo of the same: a time, a version, an architecture, a line each. */
void medium_parse_discinfo(struct span text, struct medium_words *w);
void medium_words_release(struct medium_words *w);

static inline void medium_words_release_p(struct medium_words *w)
{
	medium_words_release(w);
}

#endif
