/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See expr_parse.h: words, operators and delimiters of an expression. */
#include "expr_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/xalloc.h"

int beyond(struct parser *s, const char *what)
{
	return err_set(s->e, ENOTSUP, "%s is left to perl", what);
}

void skip_space(struct parser *s)
{
	while (*s->p && strchr(" \t\n\r\f", *s->p))
		s->p++;
}

/* Takes a word of letters if it comes next. */
bool take_word(struct parser *s, const char *word)
{
	size_t n = strlen(word);

	skip_space(s);
	if (strncmp(s->p, word, n) != 0 || isalnum((unsigned char)s->p[n]) || s->p[n] == '_')
		return false;
	s->p += n;
	return true;
}

bool take(struct parser *s, const char *token)
{
	size_t n = strlen(token);

	skip_space(s);
	if (strncmp(s->p, token, n) != 0)
		return false;
	s->p += n;
	return true;
}

static char closing(char open)
{
	const char *pairs = "(){}[]<>", *at = strchr(pairs, open);

	return at && (at - pairs) % 2 == 0 ? at[1] : open;
}

/* The text up to the delimiter that closes it, backslashes kept; s->p is behind that then. */
char *take_delimited(struct parser *s, char open)
{
	char close = closing(open);
	const char *start = s->p;
	unsigned depth = 1;

	for (; *s->p; s->p++) {
		if (*s->p == '\\' && s->p[1]) {
			s->p++;
			continue;
		}
		if (*s->p == close && --depth == 0)
			return xmemdup0(start, (size_t)(s->p++ - start));
		if (*s->p == open && open != close)
			depth++;
	}
	err_set(s->e, EINVAL, "the expression ends before a closing '%c': '%c%s'", close, open, start);
	return NULL;
}

/*
 * Between delimiters that are alike, a backslash before one is for the delimiter only: in
 * s|a\|b|c| the regular expression is a|b.
 */
void drop_backslashes(char *text, char open)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (p[0] == '\\' && p[1] == open && closing(open) == open)
			p++;
		else if (p[0] == '\\' && p[1])
			*to++ = *p++;
		*to++ = *p;
	}
	*to = '\0';
}

/* The delimiter that opens a pattern: no letter, no quote, nothing that may be an operator. */
int take_delimiter(struct parser *s, char *ret)
{
	char c = *s->p;

	if (!c || isalnum((unsigned char)c) || (unsigned char)c >= 0x80 || strchr(" \t\r\n'_\\$@-", c))
		return beyond(s, "this delimiter");
	s->p++;
	*ret = c;
	return 0;
}

/* The second half of s and tr: behind a bracket it has an opening delimiter of its own. */
char *take_second(struct parser *s, char open)
{
	if (closing(open) == open)
		return take_delimited(s, open);
	skip_space(s);
	if (*s->p == '#' || take_delimiter(s, &open) < 0) {
		beyond(s, "a comment or a delimiter here");
		return NULL;
	}
	return take_delimited(s, open);
}

/* Is it the operator, and not the beginning of another word? */
bool take_operator(struct parser *s, const char *name)
{
	size_t n = strlen(name);

	skip_space(s);
	if (strncmp(s->p, name, n) != 0 || isalnum((unsigned char)s->p[n]) || s->p[n] == '_' ||
	    (s->p[n] == '=' && s->p[n + 1] == '>'))
		return false;
	s->p += n;
	/* A bracket may stand apart; a blank before any other delimiter is left to take_delimiter. */
	if (strchr(" \t\n", *s->p)) {
		const char *p = s->p + strspn(s->p, " \t\n");

		if (*p && strchr("({[<", *p))
			s->p = p;
	}
	return true;
}

/* An '@' that begins no array. */
bool plain_at(char next)
{
	return !next || strchr(" \t\n.,)|\"", next);
}

/* Takes the two digits of \x41, or \x{41}. */
const char *check_hex(const char *p)
{
	bool brace = *p == '{';
	size_t n;

	p += brace;
	for (n = 0; isxdigit((unsigned char)p[n]); n++)
		if (n == 2)
			return NULL;
	if (!n || (!brace && n != 2) || (brace && p[n] != '}'))
		return NULL;
	return p + n + brace;
}

/* Would Perl take what comes for an element of an array or a hash? */
bool is_subscript(const char *p)
{
	return *p == '[' || *p == '{' || (p[0] == '-' && p[1] == '>');
}
