/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See expr.h. The rule of all that is here: an expression that is taken means in Perl what it
 * means here, to the byte (perlop). What is not known here is left to perl.
 */
#include "expr_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/xalloc.h"

#define DEPTH_MAX      50 /* of parentheses and blocks */
#define EXPR_STACK_MAX (16u << 20) /* bytes, of a match */

/* ---- statements */

static struct stmt *new_stmt(enum stmt_kind kind)
{
	struct stmt *st = xcalloc(1, sizeof(*st));

	st->kind = kind;
	return st;
}

static void cond_free(struct cond *c)
{
	if (!c)
		return;
	cond_free(c->a);
	cond_free(c->b);
	pcre2_code_free(c->re);
	free(c);
}
DEFINE_CLEANUP(struct cond *, cond_free);

static void stmt_free(struct stmt *st)
{
	while (st) {
		struct stmt *next = st->next;

		pcre2_code_free(st->re);
		text_free(&st->text);
		cond_free(st->cond);
		stmt_free(st->yes);
		stmt_free(st->no);
		free(st);
		st = next;
	}
}
DEFINE_CLEANUP(struct stmt *, stmt_free);

/* s is behind the 's'. */
static struct stmt *parse_subst(struct parser *s)
{
	CLEANUP(stmt_free) struct stmt *st = new_stmt(STMT_SUBST);
	CLEANUP(free) char *pattern = NULL, *text = NULL;
	uint32_t options;
	char open;

	if (take_delimiter(s, &open) < 0)
		return NULL;
	pattern = take_delimited(s, open);
	text = pattern ? take_second(s, open) : NULL;
	if (!text || take_flags(s, &options, &st->global) < 0)
		return NULL;
	drop_backslashes(pattern, open);
	st->re = compile(s, pattern, options);
	return st->re && parse_text(s, text, true, &st->text) == 0 ? TAKE(st) : NULL;
}

/* s is behind the 'tr' or 'y'. */
static struct stmt *parse_trans(struct parser *s)
{
	CLEANUP(stmt_free) struct stmt *st = new_stmt(STMT_TRANS);

	return parse_map(s, st) == 0 ? TAKE(st) : NULL;
}

static struct stmt *parse_assign(struct parser *s)
{
	CLEANUP(stmt_free) struct stmt *st = NULL;

	skip_space(s);
	if (take(s, ".="))
		st = new_stmt(STMT_APPEND);
	else if (s->p[0] == '=' && s->p[1] != '=' && s->p[1] != '~' && s->p++)
		st = new_stmt(STMT_ASSIGN);
	else
		beyond(s, "this statement");
	return st && parse_terms(s, &st->text) == 0 ? TAKE(st) : NULL;
}

static struct stmt *parse_simple(struct parser *s)
{
	if (take_word(s, "$_")) {
		if (!take(s, "=~"))
			return parse_assign(s);
		skip_space(s);
	}
	if (take_operator(s, "s"))
		return parse_subst(s);
	if (take_operator(s, "tr") || take_operator(s, "y"))
		return parse_trans(s);
	beyond(s, "this statement");
	return NULL;
}

/* ---- conditions */

static struct cond *parse_or(struct parser *s, int level);

static struct cond *new_cond(enum cond_kind kind, struct cond *a, struct cond *b)
{
	struct cond *c = xcalloc(1, sizeof(*c));

	c->kind = kind;
	c->a = a;
	c->b = b;
	return c;
}

/* /RE/ or m{RE}, if one comes next. *ret_found: it did. */
static struct cond *parse_match(struct parser *s, bool *ret_found)
{
	CLEANUP(cond_free) struct cond *c = NULL;
	CLEANUP(free) char *pattern = NULL;
	uint32_t options;
	char open = '/';

	*ret_found = true;
	skip_space(s);
	if (*s->p == '/') {
		s->p++;
	} else if (!take_operator(s, "m")) {
		*ret_found = false;
		return NULL;
	} else if (*s->p == '?' || take_delimiter(s, &open) < 0) {
		beyond(s, "this delimiter");
		return NULL;
	}
	pattern = take_delimited(s, open);
	if (!pattern || take_flags(s, &options, NULL) < 0)
		return NULL;
	drop_backslashes(pattern, open);
	c = new_cond(COND_MATCH, NULL, NULL);
	c->re = compile(s, pattern, options);
	return c->re ? TAKE(c) : NULL;
}

static int parse_constant(struct parser *s, uint64_t *ret)
{
	size_t n;

	skip_space(s);
	n = strspn(s->p, "0123456789");
	/* Not 010, 0x10, 1.5, 1e3, 1_000. */
	if (!n || n > 15 || (n > 1 && *s->p == '0') || isalpha((unsigned char)s->p[n]) ||
	    s->p[n] == '.' || s->p[n] == '_')
		return beyond(s, "this number");
	*ret = strtoull(s->p, NULL, 10);
	s->p += n;
	return 0;
}

static int parse_number(struct parser *s, struct number *ret)
{
	*ret = (struct number){ false, 0, 0 };
	if (!take_word(s, "$lineno"))
		return parse_constant(s, &ret->value);
	ret->lineno = true;
	skip_space(s);
	if (is_subscript(s->p))
		return beyond(s, "this variable");
	if (!take(s, "%"))
		return 0;
	if (parse_constant(s, &ret->modulo) < 0)
		return -1;
	return ret->modulo ? 0 : err_set(s->e, EINVAL, "division by zero");
}

static struct cond *parse_compare(struct parser *s)
{
	static const char *const tokens[] = { [CMP_EQ] = "==", [CMP_NE] = "!=", [CMP_LE] = "<=",
					      [CMP_GE] = ">=", [CMP_LT] = "<",  [CMP_GT] = ">" };
	static const enum compare order[] = { CMP_EQ, CMP_NE, CMP_LE, CMP_GE, CMP_LT, CMP_GT };
	CLEANUP(cond_free) struct cond *c = new_cond(COND_COMPARE, NULL, NULL);

	if (parse_number(s, &c->left) < 0)
		return NULL;
	skip_space(s);
	/* <=> << >> are something else. */
	if (strncmp(s->p, "<=>", 3) != 0 && strncmp(s->p, "<<", 2) != 0 && strncmp(s->p, ">>", 2) != 0)
		for (size_t i = 0; i < ARRAY_SIZE(order); i++)
			if (take(s, tokens[order[i]])) {
				c->compare = order[i];
				return parse_number(s, &c->right) == 0 ? TAKE(c) : NULL;
			}
	beyond(s, "this condition");
	return NULL;
}

static struct cond *parse_unary(struct parser *s)
{
	struct cond *c;
	bool found, negate = false;

	if (++s->depth > DEPTH_MAX) {
		beyond(s, "so deep a condition");
		return NULL;
	}
	skip_space(s);
	if (*s->p == '!' && s->p[1] != '~' && s->p[1] != '=') {
		s->p++;
		/* !$lineno == 3 is (!$lineno) == 3. */
		c = strchr("$0123456789", *(s->p + strspn(s->p, " \t\n"))) ? NULL : parse_unary(s);
		if (!c && !s->e->no)
			beyond(s, "this condition");
		s->depth--;
		return c ? new_cond(COND_NOT, c, NULL) : NULL;
	}
	if (take(s, "(")) {
		c = parse_or(s, 0);
		if (c && !take(s, ")")) {
			beyond(s, "this condition");
			cond_free(TAKE(c));
		}
		s->depth--;
		return c;
	}
	s->depth--;
	if (take_word(s, "$_")) {
		negate = take(s, "!~");
		if (!negate && !take(s, "=~")) {
			beyond(s, "this condition");
			return NULL;
		}
		c = parse_match(s, &found);
		if (!c && !found)
			beyond(s, "this condition");
		return c && negate ? new_cond(COND_NOT, c, NULL) : c;
	}
	c = parse_match(s, &found);
	return c || found ? c : parse_compare(s);
}

/* From the weakest to the strongest: or, and, ||, &&. "not" lies between and and ||. */
static struct cond *parse_or(struct parser *s, int level)
{
	static const struct {
		const char *token;
		bool word;
		enum cond_kind kind;
	} rows[] = { { "or", true, COND_OR },
		     { "and", true, COND_AND },
		     { "||", false, COND_OR },
		     { "&&", false, COND_AND } };
	struct cond *a, *b;

	if (level == 2 && take_word(s, "not")) {
		if (++s->depth > DEPTH_MAX) {
			beyond(s, "so deep a condition");
			return NULL;
		}
		a = parse_or(s, 2);
		s->depth--;
		return a ? new_cond(COND_NOT, a, NULL) : NULL;
	}
	a = level < 4 ? parse_or(s, level + 1) : parse_unary(s);
	while (a && level < 4 &&
	       (rows[level].word ? take_word(s, rows[level].token) : take(s, rows[level].token))) {
		b = parse_or(s, level + 1);
		if (!b) {
			cond_free(a);
			return NULL;
		}
		a = new_cond(rows[level].kind, a, b);
	}
	return a;
}

/* ---- programs */

static int parse_program(struct parser *s, bool block, struct stmt **ret);

/* { PROGRAM } */
static int parse_block(struct parser *s, struct stmt **ret)
{
	int r;

	if (!take(s, "{"))
		return beyond(s, "this statement");
	if (++s->depth > DEPTH_MAX)
		return beyond(s, "so deep a block");
	r = parse_program(s, true, ret);
	s->depth--;
	if (r == 0 && !take(s, "}"))
		return err_set(s->e, EINVAL, "the expression ends before a closing '}'");
	return r;
}

static struct stmt *make_if(struct cond *c, bool unless, struct stmt *yes, struct stmt *no)
{
	struct stmt *st = new_stmt(STMT_IF);

	st->cond = unless ? new_cond(COND_NOT, c, NULL) : c;
	st->yes = yes;
	st->no = no;
	return st;
}

/* if (CONDITION) { } else { }; s is behind the word. */
static struct stmt *parse_if(struct parser *s, bool unless)
{
	CLEANUP(cond_free) struct cond *c = NULL;
	CLEANUP(stmt_free) struct stmt *yes = NULL;
	CLEANUP(stmt_free) struct stmt *no = NULL;

	if (!take(s, "(")) {
		beyond(s, "this statement");
		return NULL;
	}
	c = parse_or(s, 0);
	if (!c)
		return NULL;
	if (!take(s, ")")) {
		beyond(s, "this condition");
		return NULL;
	}
	if (parse_block(s, &yes) < 0 || (take_word(s, "else") && parse_block(s, &no) < 0))
		return NULL;
	if (take_word(s, "elsif")) {
		beyond(s, "elsif");
		return NULL;
	}
	return make_if(TAKE(c), unless, TAKE(yes), TAKE(no));
}

/* STATEMENT [if CONDITION] */
static struct stmt *parse_modified(struct parser *s)
{
	CLEANUP(stmt_free) struct stmt *st = parse_simple(s);
	struct cond *c;
	bool unless;

	if (!st)
		return NULL;
	unless = take_word(s, "unless");
	if (!unless && !take_word(s, "if"))
		return TAKE(st);
	c = parse_or(s, 0);
	return c ? make_if(c, unless, TAKE(st), NULL) : NULL;
}

static int parse_program(struct parser *s, bool block, struct stmt **ret)
{
	struct stmt **end = ret;

	for (;;) {
		bool whole;

		while (take(s, ";"))
			;
		skip_space(s);
		if (!*s->p || (block && *s->p == '}'))
			return 0;
		whole = take_word(s, "if");
		if (whole)
			*end = parse_if(s, false);
		else if ((whole = take_word(s, "unless")))
			*end = parse_if(s, true);
		else
			*end = parse_modified(s);
		if (!*end)
			return -1;
		end = &(*end)->next;
		skip_space(s);
		if (!whole && *s->p && *s->p != ';' && !(block && *s->p == '}'))
			return beyond(s, "what comes after a statement");
	}
}

struct expr *expr_parse(const char *text, struct err *e)
{
	CLEANUP(expr_free) struct expr *x = xcalloc(1, sizeof(*x));
	struct parser s = { .x = x, .p = text, .e = e };

	e->no = 0;
	if (parse_program(&s, false, &x->first) < 0)
		return NULL;
	x->match = pcre2_match_data_create(x->captures_max + 1, NULL);
	x->context = pcre2_match_context_create(NULL);
	x->stack = pcre2_jit_stack_create(32 << 10, EXPR_STACK_MAX, NULL);
	pcre2_jit_stack_assign(x->context, NULL, x->stack);
	return TAKE(x);
}

void expr_free(struct expr *x)
{
	if (!x)
		return;
	stmt_free(x->first);
	pcre2_match_data_free(x->match);
	pcre2_match_context_free(x->context);
	pcre2_jit_stack_free(x->stack);
	free(x);
}
