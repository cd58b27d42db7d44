/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Phony roots of systems, that a test lays down in a folder, and what is to be said of them. */
#ifndef TESTS_TREES_H
#define TESTS_TREES_H

#include <stddef.h>

#define TREE_FILES 16

/*
 * says: "FIELD=VALUE" a line, in the order of test-os.c's table, without what is empty. A
 * file is one of
 *   "path/"          a folder
 *   "path=text"      a file with that content
 *   "path -> target" a symlink
 *   "path@arch"      a program for "x86_64", "i386" and so on, as ELF
 */
struct tree {
	const char *name;
	const char *files[TREE_FILES]; /* NULL after the last */
	const char *says;
};

extern const struct tree trees[];
extern const size_t n_trees;

#endif
