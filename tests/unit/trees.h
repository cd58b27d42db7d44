/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Phony roots of systems, that a test lays down in a folder, and what is to be said of them. */
#ifndef TESTS_TREES_H
#define TESTS_TREES_H

#include <stddef.h>
#include <stdint.h>

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

/* The folder that trees are made in, which a group of tests has. */
int tree_set_up(void **state);
int tree_tear_down(void **state);

/* Makes a tree, where the one before was, of specs with NULL after the last. Its root, as O_PATH: the caller's. */
int tree_make(const char *const *files);
#define TREE(...) tree_make((const char *const[]){ __VA_ARGS__, NULL })

/* One more, by its spec. */
void tree_add(int dir, const char *spec);
/* One more file of n bytes; the folders above a path. */
void tree_write(int dir, const char *path, const void *data, size_t n);
void tree_parents(int dir, const char *path);

/* The header of a program, and the word for its architecture; NULL after the last row. */
const char *tree_elf(size_t row, uint8_t h[64]);

#endif
