/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a check found: a verdict in words for people, and details for programs. */
#ifndef DOCTOR_FINDING_H
#define DOCTOR_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/json.h"
#include "util/buf.h"

enum finding_status {
	FINDING_PASS,
	FINDING_WARN, /* tools work, but slower or less confined than they could */
	FINDING_FAIL, /* tools do not work */
	FINDING_N_STATUS,
};

enum detail_kind { DETAIL_STR, DETAIL_U64, DETAIL_BOOL };

/* One more member of the check's JSON object. */
struct detail {
	const char *key; /* borrowed: a literal */
	enum detail_kind kind;
	char *text;      /* DETAIL_STR */
	uint64_t number; /* the others */
};

#define DETAILS_MAX 12

/* All zero to begin with. */
struct finding {
	enum finding_status status;
	char *message; /* what was found */
	char *cause;   /* why that is, or NULL */
	char *help;    /* what to do: a command where there is one; or NULL */
	struct detail details[DETAILS_MAX];
	size_t n_details;
};

/* The verdict; replaces one that was given before, with its cause and help. */
void finding_set(struct finding *f, enum finding_status st, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void finding_cause(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void finding_help(struct finding *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

void finding_str(struct finding *f, const char *key, const char *value);
void finding_u64(struct finding *f, const char *key, uint64_t value);
void finding_bool(struct finding *f, const char *key, bool value);

/* Appends "PASS  ID: MESSAGE", and a line each for cause and help. */
void finding_print(const struct finding *f, const char *id, struct buf *b);
/* The same as an element of the array that is open. */
void finding_json(const struct finding *f, const char *id, struct json *j);

void finding_release(struct finding *f);

#endif
