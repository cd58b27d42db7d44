/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See expr.h: the expression, line by line. */
#include "expr.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "expr_tree.h"

#define STEPS_MAX	 20000000 /* of one match: seconds, not hours */
#define LINE_MAX_REPEATS 30000 /* bytes; perl gives up repeating a group some time after */

/* One line on its way. */
struct run {
	struct expr *x;
	uint64_t lineno;
	struct buf line; /* $_ */
	struct buf next; /* what it is going to be */
	unsigned pairs;	 /* of the last match: $& and its captures that are there, and holes */
	struct err *e;
};

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* 1 where it matches, 0 where not, -1 with an error. */
static int match(struct run *r, const pcre2_code *re, size_t at, uint32_t options)
{
	PCRE2_UCHAR words[200];
	int rc;

	if (r->x->repeats && r->line.len > LINE_MAX_REPEATS)
		return err_set(r->e, ENOTSUP, "line %llu: so long a line is left to perl",
			       (unsigned long long)r->lineno);
	rc = pcre2_match(re, (PCRE2_SPTR)(r->line.len ? r->line.data : ""), r->line.len, at, options,
			 r->x->match, r->x->context);
	if (rc >= 0) {
		r->pairs = (unsigned)rc;
		return 1;
	}
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	pcre2_get_error_message(rc, words, sizeof(words));
	return err_set(r->e, EINVAL, "line %llu: the regular expression takes too long (%s)",
		       (unsigned long long)r->lineno, words);
}

/* Where a case conversion stands. */
struct casing {
	enum part_kind all;   /* PART_UPPER, PART_LOWER, else none */
	enum part_kind first; /* PART_UCFIRST, PART_LCFIRST, else none */
};

static void add_cased(struct buf *b, const struct casing *c, const char *p, size_t n)
{
	size_t from = b->len;

	if (!n)
		return;
	buf_add(b, p, n);
	for (size_t i = from; i < b->len && c->all != PART_BYTES; i++)
		b->data[i] = c->all == PART_UPPER ? upper(b->data[i]) : lower(b->data[i]);
	if (c->first == PART_UCFIRST)
		b->data[from] = upper(b->data[from]);
	else if (c->first == PART_LCFIRST)
		b->data[from] = lower(b->data[from]);
}

/* A part that has bytes; of a capture that is not there it has none. */
static void add_value(struct run *r, const struct part *p, const struct casing *c, struct buf *b)
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(r->x->match);
	char number[24];

	switch (p->kind) {
	case PART_BYTES:
		add_cased(b, c, p->bytes, p->n);
		break;
	case PART_CAPTURE:
		if (p->capture < r->pairs && v[2 * p->capture] != PCRE2_UNSET)
			add_cased(b, c, r->line.data + v[2 * p->capture],
				  v[2 * p->capture + 1] - v[2 * p->capture]);
		break;
	case PART_LINENO:
		add_cased(b, c, number,
			  (size_t)snprintf(number, sizeof(number), "%llu",
					   (unsigned long long)r->lineno));
		break;
	case PART_LINE:
		add_cased(b, c, r->line.data, r->line.len);
		break;
	default:
		break;
	}
}

/* Appends a text with its variables filled in; captures are those of the last match. */
static void add_text(struct run *r, const struct text *t, struct buf *b)
{
	struct casing c = { PART_BYTES, PART_BYTES };

	for (size_t i = 0; i < t->n; i++) {
		const struct part *p = &t->v[i];
		size_t before = b->len;

		if (p->kind == PART_UPPER || p->kind == PART_LOWER) {
			c.all = p->kind;
		} else if (p->kind == PART_END) {
			c.all = PART_BYTES;
		} else if (p->kind == PART_UCFIRST || p->kind == PART_LCFIRST) {
			c.first = p->kind;
		} else {
			add_value(r, p, &c, b);
			/* \u is for the first byte that comes, whatever it comes from. */
			if (b->len > before)
				c.first = PART_BYTES;
		}
	}
}

/* The new line is the line. */
static void advance(struct run *r)
{
	struct buf old = r->line;

	r->line = r->next;
	r->next = old;
	r->next.len = 0;
}

/* s///, of the first match or of all; behind an empty one comes a longer one, or the next byte. */
static int substitute(struct run *r, const struct stmt *st)
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(r->x->match);
	size_t at = 0, copied = 0;
	uint32_t options = 0;
	bool any = false;
	int m;

	r->next.len = 0;
	while (at <= r->line.len && (m = match(r, st->re, at, options)) != 0) {
		if (m < 0)
			return -1;
		any = true;
		buf_add(&r->next, r->line.data + copied, v[0] - copied);
		add_text(r, &st->text, &r->next);
		copied = at = v[1];
		if (!st->global)
			break;
		/* Not again what is empty and here. */
		options = v[0] == v[1] ? PCRE2_NOTEMPTY_ATSTART : 0;
	}
	if (!any)
		return 0;
	if (copied < r->line.len)
		buf_add(&r->next, r->line.data + copied, r->line.len - copied);
	advance(r);
	return 0;
}

static void translate(struct run *r, const struct stmt *st)
{
	int last = -1; /* what came of the byte before, if anything */

	r->next.len = 0;
	for (size_t i = 0; i < r->line.len; i++) {
		int to = st->map[(unsigned char)r->line.data[i]];

		if (to == -2)
			continue;
		if (to == -1) {
			buf_addch(&r->next, r->line.data[i]);
			last = -1;
		} else if (!st->squeeze || to != last) {
			buf_addch(&r->next, (char)to);
			last = to;
		}
	}
	advance(r);
}

static uint64_t value_of(const struct run *r, const struct number *n)
{
	uint64_t v = n->lineno ? r->lineno : n->value;

	return n->modulo ? v % n->modulo : v;
}

/* 1, 0, or -1 with an error. */
static int holds(struct run *r, const struct cond *c)
{
	uint64_t a, b;
	int h;

	switch (c->kind) {
	case COND_MATCH:
		return match(r, c->re, 0, 0);
	case COND_NOT:
		h = holds(r, c->a);
		return h < 0 ? h : !h;
	case COND_AND:
		h = holds(r, c->a);
		return h <= 0 ? h : holds(r, c->b);
	case COND_OR:
		h = holds(r, c->a);
		return h != 0 ? h : holds(r, c->b);
	case COND_COMPARE:
		break;
	}
	a = value_of(r, &c->left);
	b = value_of(r, &c->right);
	switch (c->compare) {
	case CMP_EQ:
		return a == b;
	case CMP_NE:
		return a != b;
	case CMP_LT:
		return a < b;
	case CMP_LE:
		return a <= b;
	case CMP_GT:
		return a > b;
	default:
		return a >= b;
	}
}

static int run_all(struct run *r, const struct stmt *st)
{
	int h = 0;

	for (; st && h >= 0; st = st->next) {
		switch (st->kind) {
		case STMT_SUBST:
			h = substitute(r, st);
			break;
		case STMT_TRANS:
			translate(r, st);
			break;
		case STMT_APPEND:
			r->next.len = 0;
			add_text(r, &st->text, &r->next);
			buf_add(&r->line, r->next.data, r->next.len);
			break;
		case STMT_ASSIGN:
			r->next.len = 0;
			add_text(r, &st->text, &r->next);
			advance(r);
			break;
		case STMT_IF:
			h = holds(r, st->cond);
			if (h >= 0)
				h = run_all(r, h ? st->yes : st->no);
			break;
		}
	}
	return h < 0 ? -1 : 0;
}

int expr_apply(struct expr *x, const void *in, size_t n, struct buf *out, struct err *e)
{
	struct run r = { .x = x, .line = BUF_INIT, .next = BUF_INIT, .e = e };
	const char *p = in, *end = p + n;
	int rc = 0;

	/* Offsets are added to both, so neither may be nothing; each use sets the length anew. */
	(void)buf_room(&r.next, 1);
	pcre2_set_match_limit(x->context, STEPS_MAX);
	while (p < end && rc == 0) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = nl ? (size_t)(nl + 1 - p) : (size_t)(end - p);

		r.lineno++;
		r.line.len = 0;
		buf_add(&r.line, p, len);
		rc = run_all(&r, x->first);
		if (rc == 0 && r.line.len)
			buf_add(out, r.line.data, r.line.len);
		p += len;
	}
	buf_release(&r.line);
	buf_release(&r.next);
	return rc;
}
