/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See expr_parse.h: texts with variables in them, and the lists of tr. */
#include "expr_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/xalloc.h"

static struct part *add_part(struct text *t, enum part_kind kind)
{
	t->v = xreallocarray(t->v, t->n + 1, sizeof(*t->v));
	t->v[t->n] = (struct part){ .kind = kind };
	return &t->v[t->n++];
}

static void add_byte(struct text *t, char c)
{
	struct part *p = t->n && t->v[t->n - 1].kind == PART_BYTES ? &t->v[t->n - 1]
								   : add_part(t, PART_BYTES);

	/* Room for 16 more, each time that it is full. */
	if (p->n % 16 == 0)
		p->bytes = xreallocarray(p->bytes, p->n + 16, 1);
	p->bytes[p->n++] = c;
}

/* Does a name of Perl's go on there? Its packages are parted by :: and, of old, by '. */
static bool name_goes_on(const char *p)
{
	if (*p == '\'')
		p++;
	else if (*p == ':' || isdigit((unsigned char)*p))
		return true;
	return isalpha((unsigned char)*p) || *p == '_';
}

/* p is at a '$'. */
static const char *text_variable(struct parser *s, struct text *t, const char *p, bool captures)
{
	bool brace = p[1] == '{';
	const char *name = p + 1 + brace;
	size_t digits = strspn(name, "0123456789");
	size_t n = digits;

	if (digits && captures && digits < 3 && *name != '0') {
		add_part(t, PART_CAPTURE)->capture = (unsigned)strtoul(name, NULL, 10);
	} else if (*name == '&' && captures && !brace) {
		n = 1;
		add_part(t, PART_CAPTURE);
	} else if (!strncmp(name, "lineno", 6) && !name_goes_on(name + 6)) {
		n = 6;
		add_part(t, PART_LINENO);
	} else if (!captures && *name == '_' && !name_goes_on(name + 1)) {
		n = 1;
		add_part(t, PART_LINE);
	} else {
		beyond(s, "a variable");
		return NULL;
	}
	name += n;
	if ((brace && *name++ != '}') || is_subscript(name)) {
		beyond(s, "a variable");
		return NULL;
	}
	return name;
}

/* p is behind a backslash. */
static const char *text_escape(struct parser *s, struct text *t, const char *p, bool captures)
{
	static const char letters[] = "ntrfae", bytes[] = "\n\t\r\f\a\033";
	const char *at = *p ? strchr(letters, *p) : NULL, *end;

	if (at) {
		add_byte(t, bytes[at - letters]);
		return p + 1;
	}
	if (*p == 'x' && (end = check_hex(p + 1))) {
		add_byte(t, (char)strtoul(p + 1 + (p[1] == '{'), NULL, 16));
		return end;
	}
	if (captures && *p >= '1' && *p <= '9' && !isdigit((unsigned char)p[1]) &&
	    !is_subscript(p + 1)) {
		add_part(t, PART_CAPTURE)->capture = (unsigned)(*p - '0');
		return p + 1;
	}
	if (*p && strchr("ULEul", *p)) {
		add_part(t, *p == 'U'   ? PART_UPPER
			    : *p == 'L' ? PART_LOWER
			    : *p == 'E' ? PART_END
			    : *p == 'u' ? PART_UCFIRST
					: PART_LCFIRST);
		return p + 1;
	}
	if (!*p || isalnum((unsigned char)*p) || (unsigned char)*p >= 0x80) {
		beyond(s, "an escape");
		return NULL;
	}
	add_byte(t, *p);
	return p + 1;
}

/*
 * Case conversions in an order that means the same here and there: \u or \l, then \U or \L, and
 * none of the former in one of the latter, or while one before it may still wait for its letter,
 * as behind an empty capture.
 */
static bool cases_are_simple(const struct text *t)
{
	bool open = false, waits = false;

	for (size_t i = 0; i < t->n; i++) {
		enum part_kind k = t->v[i].kind, next = i + 1 < t->n ? t->v[i + 1].kind : PART_END;

		if (k == PART_UCFIRST || k == PART_LCFIRST) {
			if (waits || open)
				return false;
			waits = true;
		} else if (k == PART_BYTES || k == PART_LINENO) {
			waits = false;
		}
		if (k == PART_UPPER || k == PART_LOWER) {
			if (open)
				return false;
			open = true;
		}
		if ((k == PART_UPPER || k == PART_LOWER) && (next == PART_UCFIRST || next == PART_LCFIRST))
			return false;
		if ((k == PART_UCFIRST || k == PART_LCFIRST) &&
		    (next == PART_END || next == PART_UCFIRST || next == PART_LCFIRST))
			return false;
		if (k == PART_END) {
			if (!open)
				return false;
			open = false;
		}
	}
	return true;
}

/* What is between double quotes, or the second half of s///, which has captures. */
int parse_text(struct parser *s, const char *p, bool captures, struct text *t)
{
	while (*p) {
		if (*p == '\\')
			p = text_escape(s, t, p + 1, captures);
		else if (*p == '$')
			p = text_variable(s, t, p, captures);
		else if (*p == '@' && !plain_at(p[1]))
			return beyond(s, "an array");
		else
			add_byte(t, *p++);
		if (!p)
			return -1;
	}
	return cases_are_simple(t) ? 0 : beyond(s, "a change of case like this");
}

/* Between single quotes. */
static void parse_plain(const char *p, struct text *t)
{
	for (; *p; p++) {
		if (*p == '\\' && (p[1] == '\\' || p[1] == '\''))
			p++;
		add_byte(t, *p);
	}
}

/* TERM . TERM ...: strings, $_ and $lineno. */
int parse_terms(struct parser *s, struct text *t)
{
	do {
		CLEANUP(free) char *raw = NULL;
		char open;

		skip_space(s);
		open = *s->p;
		if (open == '"' || open == '\'') {
			s->p++;
			raw = take_delimited(s, open);
			if (!raw)
				return -1;
			if (open == '\'')
				parse_plain(raw, t);
			else if (parse_text(s, raw, false, t) < 0)
				return -1;
			/* What it begins ends with the string. */
			if (open == '"' && strchr(raw, '\\'))
				for (size_t i = 0; i < t->n; i++)
					if (t->v[i].kind >= PART_UPPER)
						return beyond(s, "a change of case here");
		} else if (take_word(s, "$_")) {
			add_part(t, PART_LINE);
		} else if (take_word(s, "$lineno")) {
			add_part(t, PART_LINENO);
		} else {
			return beyond(s, "this value");
		}
		skip_space(s);
		if (is_subscript(s->p))
			return beyond(s, "this value");
	} while (*s->p == '.' && s->p[1] != '.' && s->p[1] != '=' && s->p++);
	return 0;
}

void text_free(struct text *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->v[i].bytes);
	free(t->v);
}

/* The bytes that one side of tr names, ranges spelt out: their number, at most 256, or -1. */
static int tr_list(struct parser *s, const char *p, uint8_t ret[256])
{
	int n = 0, from = -1; /* the start of a range whose end comes */

	while (*p) {
		struct text one = { NULL, 0 };
		int c = (unsigned char)*p;

		if (c == '-' && n && from < 0 && p[1]) {
			from = ret[n - 1];
			p++;
			continue;
		}
		if (c == '\\') {
			p = strchr("ntrfaex\\-/", p[1]) || ispunct((unsigned char)p[1])
				    ? text_escape(s, &one, p + 1, false)
				    : NULL;
			c = p && one.n == 1 && one.v[0].n == 1 ? (unsigned char)one.v[0].bytes[0] : -1;
			text_free(&one);
			if (c < 0)
				return beyond(s, "an escape in tr");
		} else {
			p++;
		}
		if (from > c)
			return err_set(s->e, EINVAL, "a range of tr goes backwards: '%c-%c'", from, c);
		for (int i = from < 0 ? c : from + 1; i <= c; i++) {
			if (n == 256)
				return beyond(s, "so long a list of tr");
			ret[n++] = (uint8_t)i;
		}
		/* a-c-e: Perl refuses it. */
		if (from >= 0 && *p == '-' && p[1])
			return beyond(s, "a range of tr");
		from = -1;
	}
	return n;
}

/* With c: all others, in order. */
static int tr_complement(uint8_t list[256], int n)
{
	bool in[256] = { false };
	int k = 0;

	for (int i = 0; i < n; i++)
		in[list[i]] = true;
	for (int i = 0; i < 256; i++)
		if (!in[i])
			list[k++] = (uint8_t)i;
	return k;
}

static int tr_flags(struct parser *s, bool *complement, bool *drop, bool *squeeze)
{
	for (; isalpha((unsigned char)*s->p); s->p++) {
		if (*s->p == 'c')
			*complement = true;
		else if (*s->p == 'd')
			*drop = true;
		else if (*s->p == 's')
			*squeeze = true;
		else
			return beyond(s, "a flag of tr");
	}
	return 0;
}

int parse_map(struct parser *s, struct stmt *st)
{
	CLEANUP(free) char *from = NULL, *to = NULL;
	bool complement = false, drop = false;
	uint8_t a[256], b[256];
	int n, k;
	char open;

	if (take_delimiter(s, &open) < 0)
		return -1;
	from = take_delimited(s, open);
	to = from ? take_second(s, open) : NULL;
	if (!to || tr_flags(s, &complement, &drop, &st->squeeze) < 0 ||
	    (n = tr_list(s, from, a)) < 0 || (k = tr_list(s, to, b)) < 0)
		return -1;
	if (complement)
		n = tr_complement(a, n);
	if (!k && !drop)
		memcpy(b, a, sizeof(b)), k = n;
	for (int i = 0; i < 256; i++)
		st->map[i] = -1;
	for (int i = n; i-- > 0;) /* the first of two that are alike counts */
		st->map[a[i]] = i < k ? b[i] : drop ? -2 : b[k - 1];
	return 0;
}
