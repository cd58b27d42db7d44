/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What expr_parse.c makes and expr_run.c runs. All of it belongs to the struct expr. */
#ifndef EDIT_EXPR_TREE_H
#define EDIT_EXPR_TREE_H

#include <stdbool.h>
#include <stdint.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "expr.h"

/* A piece of a text with variables in it. */
enum part_kind {
	PART_BYTES,
	PART_CAPTURE, /* $1; 0 is $& */
	PART_LINENO,
	PART_LINE,  /* $_ */
	PART_UPPER, /* \U, to the end or \E */
	PART_LOWER, /* \L */
	PART_END,   /* \E */
	PART_UCFIRST,
	PART_LCFIRST,
};

struct part {
	enum part_kind kind;
	unsigned capture;
	char *bytes;
	size_t n;
};

struct text {
	struct part *v;
	size_t n;
};

enum cond_kind { COND_MATCH, COND_COMPARE, COND_NOT, COND_AND, COND_OR };
enum compare { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

/* A number: $lineno, what is left of it after division, or a constant. */
struct number {
	bool lineno;
	uint64_t modulo; /* 0: none */
	uint64_t value;
};

struct cond {
	enum cond_kind kind;
	struct cond *a, *b;
	pcre2_code *re;
	enum compare compare;
	struct number left, right;
};

enum stmt_kind { STMT_SUBST, STMT_TRANS, STMT_ASSIGN, STMT_APPEND, STMT_IF };

struct stmt {
	enum stmt_kind kind;
	struct stmt *next;
	pcre2_code *re; /* SUBST */
	bool global;
	struct text text;     /* SUBST, ASSIGN, APPEND */
	int16_t map[256];     /* TRANS: what becomes of a byte; -1: it stays, -2: it goes */
	bool squeeze;
	struct cond *cond; /* IF */
	struct stmt *yes, *no;
};

struct expr {
	struct stmt *first;
	pcre2_match_data *match; /* room for the captures of the largest */
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	uint32_t captures_max;
	bool repeats; /* a pattern of it repeats a group */
};

#endif
