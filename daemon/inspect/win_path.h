/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and paths in the way of Windows: without regard to case, with backslashes. */
#ifndef DAEMON_INSPECT_WIN_PATH_H
#define DAEMON_INSPECT_WIN_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "util/err.h"

/* Are two names one for Windows? Letters of the common alphabets are folded, UTF-8. */
bool win_same(const char *a, const char *b);

/*
 * Looks for a path, separated by slashes, below root, and returns it from '/' in the case
 * that it has there, for the caller to free. NULL: it is not there.
 */
char *win_find(int root, const char *path);

/*
 * The same for a path as users have it: with backslashes or slashes, doubled ones, "." and
 * "..", which end at the root. The last element may be missing, and is returned as it is
 * spelled. Links are followed; one of Windows' own that names a drive leads below root too.
 * NULL with *e, ENOENT where a folder of the path is missing.
 */
char *win_resolve(int root, const char *path, struct err *e);

/*
 * A link's text as it is shown: the driver of NTFS puts the place before it where it believes
 * to be mounted. fd: of the link or its folder; a text of any other file system stays as it is.
 */
void win_link_show(int fd, char *text);

/*
 * A path's drive: its letter in capitals, with *ret_rest, borrowed, what comes after the
 * colon; 0 where it names none. The prefixes "\\?\" and "\??\" are passed over.
 */
char win_drive(const char *path, const char **ret_rest);

#endif
