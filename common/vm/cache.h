/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache folder: $GUESTUTILS_CACHE, $XDG_CACHE_HOME/guestutils or
 * ~/.cache/guestutils. It holds the template and the verdict on KVM, nothing
 * that cannot be made again. It is used only if it belongs to the caller and
 * nobody else can write to it.
 */
#ifndef VM_CACHE_H
#define VM_CACHE_H

#include <stddef.h>

#include "util/err.h"

/* The folder's path as the environment has it (the caller frees), or NULL with *e: no home. */
char *cache_path(struct err *e);

/* Opens the folder, creating it (0700, parents too). Returns an O_DIRECTORY descriptor, or -1 with
 * *e. */
int cache_open(struct err *e);

/*
 * Takes the folder's lock, waiting for who has it; closing the descriptor, or
 * death, gives it back. *ret_waited (may be NULL) tells whether it had to wait. A signal
 * that is handled ends the wait: ECANCELED.
 */
int cache_lock(int dirfd, int *ret_waited, struct err *e);

/* Removes the folder name and the plain files in it; what is not there is no error. */
void cache_remove_folder(int dirfd, const char *name);

/*
 * Removes the folders whose name starts with prefix, but for keep (may be NULL) and
 * the newest spare others. Under the lock.
 */
void cache_prune(int dirfd, const char *prefix, const char *keep, unsigned spare);

/* Writes a small file by way of a temporary name: it is there whole or not at all. */
int cache_write(int dirfd, const char *name, const void *data, size_t n, struct err *e);

#endif
