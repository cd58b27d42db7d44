/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the parser of expressions share. All return -1, or NULL, with *s->e. */
#ifndef EDIT_EXPR_PARSE_H
#define EDIT_EXPR_PARSE_H

#include "expr_tree.h"
#include "util/err.h"

struct parser {
	struct expr *x;
	const char *p; /* what is left */
	unsigned depth; /* of parentheses and blocks */
	struct err *e;
};

/* ---- expr_token.c */

/* Refuses as ENOTSUP: "WHAT is left to perl". */
int beyond(struct parser *s, const char *what);
void skip_space(struct parser *s);
/* Takes a word of letters, or any token, if it comes next. */
bool take_word(struct parser *s, const char *word);
bool take(struct parser *s, const char *token);
/* Takes an operator like s or tr, unless it is the beginning of another word. */
bool take_operator(struct parser *s, const char *name);
/* Takes the delimiter that opens a pattern: no letter, no quote, nothing that may be an operator. */
int take_delimiter(struct parser *s, char *ret);
/* The text up to the delimiter that closes it, backslashes kept; to be freed. */
char *take_delimited(struct parser *s, char open);
/* The second half of s and tr: behind a bracket it has an opening delimiter of its own. */
char *take_second(struct parser *s, char open);
/* Between delimiters that are alike: drops the backslashes that are there for the delimiter only. */
void drop_backslashes(char *text, char open);
/* Would Perl take what comes for an element of an array or a hash? */
bool is_subscript(const char *p);
/* Is an '@' before that character none that begins an array? */
bool plain_at(char next);
/* Behind the digits of \x41 or \x{41}, or NULL. */
const char *check_hex(const char *p);

/* ---- expr_pattern.c */

/* Compiles a pattern that means the same to Perl and PCRE2. */
pcre2_code *compile(struct parser *s, const char *pattern, uint32_t options);
/* Takes the letters behind a pattern; global is NULL where g is none of them. */
int take_flags(struct parser *s, uint32_t *options, bool *global);

/* ---- expr_text.c */

/* What is between double quotes, or with captures the second half of s///. */
int parse_text(struct parser *s, const char *p, bool captures, struct text *t);
/* TERM . TERM ...: strings, $_ and $lineno. */
int parse_terms(struct parser *s, struct text *t);
/* tr/A/B/, behind the tr: what becomes of each byte, into st. */
int parse_map(struct parser *s, struct stmt *st);
void text_free(struct text *t);

#endif
