/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-ls: its options and its forms of output. */
#ifndef LS_LS_H
#define LS_LS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "cli/json.h"
#include "cli/safe.h"
#include "proto/proto.h"
#include "util/buf.h"
#include "util/err.h"
#include "vm/session.h"

enum ls_times {
	LS_TIMES_NONE,
	LS_TIMES_DATE,     /* 2024-01-02 03:04:05, local */
	LS_TIMES_EPOCH,    /* seconds since 1970 */
	LS_TIMES_RELATIVE, /* seconds before now */
	LS_TIMES_DAYS,     /* days before now */
};

struct ls_options {
	bool by_lines;  /* -l */
	bool recursive; /* -R */
	bool numeric;   /* -n */
	bool csv;
	bool human;
	bool uids;
	bool extra;
	bool nul;             /* -0 */
	enum ls_times times;
	const char *checksum; /* type, or NULL */
	time_t now;
	enum safe_how how;    /* what to do to a guest's strings */
};

/* The character that ends a line or a name. */
static inline char ls_end(const struct ls_options *o)
{
	return o->nul ? '\0' : '\n';
}

/* The letter of a file's type, as ls -l shows it; other: for a type that is unknown. */
char ls_type_letter(uint32_t mode, char other);

/* A listing for -l, which must be whole before its first column can be printed. */
struct ls_rows {
	wire_entry *v; /* owned; path holds the name */
	size_t n;
	size_t cap;
};
void ls_rows_release(struct ls_rows *rows);
/* Takes the entry, under that name. */
void ls_rows_take(struct ls_rows *rows, wire_entry *entry, const char *name);
/* Sorts by name, and appends it all; total: with the first line for a folder. */
void ls_rows_print(struct buf *b, const struct ls_options *o, struct ls_rows *rows, bool total);

/* Appends the line of -lR about an entry; path is how it is called there. */
void ls_record_print(struct buf *b, const struct ls_options *o, const wire_entry *entry,
		     const char *path);

/* Writes an entry as a JSON object. */
void ls_json_print(struct json *j, const struct ls_options *o, const wire_entry *entry,
		   const char *path);

#endif
