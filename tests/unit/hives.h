/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Phony Windows folders with real hives, for tests. */
#ifndef TESTS_HIVES_H
#define TESTS_HIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value: text where text is not NULL, else a number, else with bytes REG_BINARY. */
struct hive_row {
	const char *key, *name; /* name NULL: the key only */
	const char *text;
	uint32_t number;
	const void *bytes;
	size_t n;
};

/* Writes a hive with n rows to the path; a test fails where that does not work. */
void hive_write(const char *path, const struct hive_row *v, size_t n);

/* Makes folders, as mkdir -p, below a folder; a file with its content. */
void tree_folder(const char *top, const char *path);
void tree_file(const char *top, const char *path, const void *data, size_t n);

/* A Windows below top: Windows/System32/config and cmd.exe for that processor (0x8664). */
void tree_windows(const char *top, uint16_t machine);

/* Where the hives of a Windows are. */
#define CONFIG "Windows/System32/config/"

/* A folder of a test, removed with all that is in it; root is it as O_PATH. */
struct tree {
	char path[64];
	int root;
};

void tree_init(struct tree *t);
void tree_release(struct tree *t);
/* One of its hives, by its name there: "SOFTWARE". */
void tree_hive(const struct tree *t, const char *name, const struct hive_row *v, size_t n);

#endif
