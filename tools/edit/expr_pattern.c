/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See expr_parse.h: which regular expressions PCRE2 may run in Perl's place. Both agree on most
 * (perlre, pcre2pattern); here is a list of what is taken, not of what is refused.
 */
#include "expr_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/xalloc.h"

#define GROUPS_MAX 50	/* one in the other */
#define REPEAT_MAX 1000 /* of {n}; the greatest that are taken differ */

/* p is at a backslash; behind what it means, or NULL where Perl and PCRE2 may differ. */
static const char *check_escape(const char *p, bool in_class)
{
	char c = p[1];

	if (c == 'x')
		return check_hex(p + 2);
	if (isdigit((unsigned char)c))
		return in_class || c == '0' || isdigit((unsigned char)p[2]) ? NULL : p + 2;
	if (isalpha((unsigned char)c)) {
		if (!strchr(in_class ? "wWsSdDtnrfeb" : "wWsSdDtnrfebBAZzhHvV", c) ||
		    ((c == 'b' || c == 'B') && p[2] == '{'))
			return NULL;
		return p + 2;
	}
	return c && (unsigned char)c < 0x80 && isprint((unsigned char)c) ? p + 2 : NULL;
}

/* p is behind "(?"; behind what comes before the group's own content, or behind (?i). */
static const char *check_group(const char *p, bool *ret_group, bool *ret_extended)
{
	static const char *const plain[] = { ":", "=", "!", ">", "<=", "<!", "|" };
	const char *flags = p;

	*ret_group = true;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (!strncmp(p, plain[i], strlen(plain[i])))
			return p + strlen(plain[i]);
	p += strspn(p, "imsx");
	if (*p == '-')
		p += 1 + strspn(p + 1, "imsx");
	*ret_extended = *ret_extended || memchr(flags, 'x', (size_t)(p - flags));
	*ret_group = *p == ':';
	return *p == ':' || *p == ')' ? p + 1 : NULL;
}

/* p is at a brace: behind the quantifier that it has to be. */
static const char *check_braces(const char *p)
{
	size_t n = strspn(++p, "0123456789");

	if (!n)
		return NULL;
	if (strtoul(p, NULL, 10) > REPEAT_MAX)
		return NULL;
	p += n;
	if (*p == ',') {
		if (strtoul(p + 1, NULL, 10) > REPEAT_MAX)
			return NULL;
		p += 1 + strspn(p + 1, "0123456789");
	}
	return *p == '}' ? p + 1 : NULL;
}

/* p is behind the '[' of a class; behind its ']'. */
static const char *check_class(const char *p)
{
	p += *p == '^';
	p += *p == ']';
	for (; p && *p != ']';) {
		if (!*p || *p == '$' || *p == '@')
			return NULL;
		if (*p == '\\')
			p = check_escape(p, true);
		else if (p[0] == '[' && strchr(".=", p[1]))
			return NULL;
		else if (p[0] == '[' && p[1] == ':') {
			const char *end = strstr(p, ":]");

			if (!end || strspn(p + 2, "^abcdefghijklmnopqrstuvwxyz") !=
					    (size_t)(end - p - 2))
				return NULL;
			p = end + 2;
		} else {
			p++;
		}
	}
	return p ? p + 1 : NULL;
}

/* p is at a '#': behind the comment, of which nothing can mean anything. */
static const char *check_comment(const char *p)
{
	p += 1 + strspn(p + 1, " \t.,:-_0123456789abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	return !*p || *p == '\n' ? p : NULL;
}

/* What is seen of a pattern on the way through it. */
struct scan {
	struct group {
		bool holds;    /* there is a capture in it */
		bool around;   /* it looks ahead or behind */
		bool negative; /* for what is not there */
	} groups[GROUPS_MAX];
	unsigned depth;
	bool extended; /* # may begin a comment */
	bool repeats;  /* a group is repeated */
};

/* p is at the '(' of a group; behind what comes before its content, NULL where that is not known. */
static const char *open_group(struct scan *sc, const char *p)
{
	struct group g = { false };
	bool is_group;

	if (p[1] == '*' || sc->depth == GROUPS_MAX)
		return NULL;
	if (p[1] != '?') {
		for (unsigned i = 0; i < sc->depth; i++)
			sc->groups[i].holds = true;
		sc->groups[sc->depth++] = g;
		return p + 1;
	}
	g.negative = p[2] == '!' || (p[2] == '<' && p[3] == '!');
	g.around = g.negative || p[2] == '=' || p[2] == '<';
	p = check_group(p + 2, &is_group, &sc->extended);
	if (p && is_group)
		sc->groups[sc->depth++] = g;
	return p;
}

/*
 * p is at the ')' of a group. What is left in a capture when the group around it was repeated
 * without it, or looked for what is not there, is one thing in Perl and another in PCRE2.
 */
static const char *close_group(struct scan *sc, const char *p)
{
	if (!sc->depth)
		return p + 1; /* PCRE2 has words for it */
	const struct group g = sc->groups[--sc->depth];
	const bool repeated = p[1] == '*' || p[1] == '+' || p[1] == '{';

	if ((repeated && (g.holds || g.around)) || (g.negative && g.holds) ||
	    (g.around && p[1] == '?'))
		return NULL;
	sc->repeats = sc->repeats || repeated;
	return p + 1;
}

/* Is it one that means the same to both? Perl's variables and its own extensions do not. */
static bool is_common(const char *p, bool extended, bool *ret_repeats)
{
	struct scan sc = { .extended = extended };

	while (p && *p) {
		if (*p == '\\')
			p = check_escape(p, false);
		else if (*p == '[')
			p = check_class(p + 1);
		else if (*p == '{')
			p = check_braces(p);
		else if (*p == '(')
			p = open_group(&sc, p);
		else if (*p == ')')
			p = close_group(&sc, p);
		else if (*p == '$')
			p = !p[1] || strchr(")|", p[1]) ? p + 1 : NULL;
		else if (*p == '@')
			p = plain_at(p[1]) ? p + 1 : NULL;
		else if (*p == '#' && sc.extended)
			p = check_comment(p);
		else
			p++;
	}
	*ret_repeats = *ret_repeats || sc.repeats;
	return p != NULL;
}

/*
 * Refusals that are certainly Perl's, too: of parentheses, and of repeating nothing. Else Perl is
 * asked: it takes [\w-.] and repeats \b.
 */
static bool is_perls_too(const char *pattern, int code)
{
	return code == PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS ||
	       code == PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS ||
	       (code == PCRE2_ERROR_QUANTIFIER_INVALID && strchr("*+?", *pattern));
}

pcre2_code *compile(struct parser *s, const char *pattern, uint32_t options)
{
	pcre2_compile_context *c;
	PCRE2_UCHAR words[200];
	PCRE2_SIZE at;
	pcre2_code *re;
	uint32_t n = 0;
	int code;

	if (!*pattern || (options & PCRE2_EXTENDED && !pattern[strspn(pattern, " \t\n\r\f")])) {
		beyond(s, "an empty pattern");
		return NULL;
	}
	if (!is_common(pattern, options & PCRE2_EXTENDED, &s->x->repeats)) {
		beyond(s, "this regular expression");
		return NULL;
	}
	c = pcre2_compile_context_create(NULL);
	pcre2_set_newline(c, PCRE2_NEWLINE_LF);
	re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options | PCRE2_NEVER_UTF, &code,
			   &at, c);
	pcre2_compile_context_free(c);
	if (!re) {
		pcre2_get_error_message(code, words, sizeof(words));
		err_set(s->e, is_perls_too(pattern, code) ? EINVAL : ENOTSUP,
			"in '%s', after '%.*s': %s", pattern, (int)at, pattern, words);
		return NULL;
	}
	/* Without a compiler for this processor it is interpreted, with the same result. */
	(void)pcre2_jit_compile(re, PCRE2_JIT_COMPLETE);
	pcre2_pattern_info(re, PCRE2_INFO_CAPTURECOUNT, &n);
	s->x->captures_max = n > s->x->captures_max ? n : s->x->captures_max;
	return re;
}

/* The letters behind a pattern; global is NULL where g is none of them. */
int take_flags(struct parser *s, uint32_t *options, bool *global)
{
	for (*options = 0; isalpha((unsigned char)*s->p); s->p++) {
		switch (*s->p) {
		case 'i':
			*options |= PCRE2_CASELESS;
			break;
		case 'm':
			*options |= PCRE2_MULTILINE;
			break;
		case 's':
			*options |= PCRE2_DOTALL;
			break;
		case 'x':
			/* xx means more. */
			if (*options & PCRE2_EXTENDED)
				return beyond(s, "the flag xx");
			*options |= PCRE2_EXTENDED;
			break;
		case 'g':
			if (!global)
				return beyond(s, "the flag g here");
			*global = true;
			break;
		default:
			return beyond(s, "one of the flags");
		}
	}
	return isdigit((unsigned char)*s->p) || *s->p == '_' ? beyond(s, "one of the flags") : 0;
}
