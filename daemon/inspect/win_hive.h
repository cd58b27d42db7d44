/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registry hives of Windows, by libhivex; only in a child of win_child.h. */
#ifndef DAEMON_INSPECT_WIN_HIVE_H
#define DAEMON_INSPECT_WIN_HIVE_H

#include <hivex.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/err.h"
#include "win_child.h"

/* Opens a hive; NULL with *e. The process's end closes it. */
hive_h *hive_open(const char *file, struct err *e);
/* The key at a path, its parts separated by backslashes, below at (0: the top); 0: none. */
hive_node_h hive_key(hive_h *h, hive_node_h at, const char *path);
/* A key's own name in UTF-8, or NULL. The caller frees this and all that follow. */
char *hive_name(hive_h *h, hive_node_h key);
/* A value of text, in UTF-8 up to its first NUL; "" where it is missing or no text. */
char *hive_text(hive_h *h, hive_node_h key, const char *name);
/* A number of 32 bits; false where it is missing or no number. */
bool hive_number(hive_h *h, hive_node_h key, const char *name, uint32_t *ret);
/*
 * In the guest: runs fn on a hive of the system whose folder is systemroot, "/Windows";
 * name is "SOFTWARE" or "SYSTEM". As child_run(); no such hive is ENOENT.
 */
int hive_run(int root, const char *systemroot, const char *name, child_fn fn, struct buf *ret,
	     struct err *e);

#endif
