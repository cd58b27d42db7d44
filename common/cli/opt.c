/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See opt.h. getopt_long does the parsing, the messages are ours: they travel in *e. */
#include "cli/opt.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <string.h>

#include "util/buf.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define HELP_COLUMN 30 /* where --help's texts start */

static bool is_end(const struct opt *o)
{
	return !o->letter && !o->name;
}

static int row_id(const struct opt *o)
{
	return o->id ? o->id : o->letter;
}

/* The tables that getopt_long wants. */
struct getopt_tables {
	struct buf letters;
	struct option *names;
};

static void tables_release_p(struct getopt_tables *t)
{
	buf_release(&t->letters);
	free(t->names);
}

static void tables_init(struct getopt_tables *t, const struct opt *rows)
{
	size_t n = 0, rows_n = 0;

	while (!is_end(&rows[rows_n]))
		rows_n++;
	t->names = xcalloc(rows_n + 1, sizeof(*t->names));
	buf_addch(&t->letters, ':');
	for (const struct opt *o = rows; !is_end(o); o++) {
		bool optional = o->flags & OPT_OPTIONAL;

		if (o->letter) {
			buf_addch(&t->letters, o->letter);
			buf_addstr(&t->letters, !o->metavar ? "" : optional ? "::" : ":");
		}
		if (o->name)
			t->names[n++] = (struct option){
				.name = o->name,
				.has_arg = !o->metavar ? no_argument :
					   optional    ? optional_argument :
							 required_argument,
				.val = row_id(o),
			};
	}
}

/* Why getopt_long did not take a long option. */
static int bad_name(const struct opt *rows, const char *word, struct err *e)
{
	size_t len = strcspn(word, "=");
	CLEANUP(buf_release) struct buf like = BUF_INIT;

	for (const struct opt *o = rows; !is_end(o); o++)
		if (o->name && !(o->flags & OPT_SECRET) && !strncmp(o->name, word, len))
			buf_addf(&like, " '--%s'", o->name);
	if (like.len)
		return err_set(e, EINVAL, "option '--%.*s' is ambiguous; possibilities:%s",
			       (int)len, word, like.data);
	return err_set(e, EINVAL, "unrecognized option '--%s'", word);
}

/*
 * The words for what getopt_long refused; word is where it stood, unless that
 * was in the middle of a word of several letters.
 */
static int bad_option(const struct opt *rows, int c, const char *word, bool long_only, struct err *e)
{
	bool is_long = word[0] == '-' && word[1] == '-';

	is_long |= long_only && word[0] == '-' && word[1] && word[2];
	if (c == ':' && is_long)
		return err_set(e, EINVAL, "option '%s' requires an argument", word);
	if (c == ':')
		return err_set(e, EINVAL, "option requires an argument -- '%c'", optopt);
	if (!optopt)
		return bad_name(rows, word + strspn(word, "-"), e);
	for (const struct opt *o = rows; !is_end(o); o++)
		if (row_id(o) == optopt)
			return err_set(e, EINVAL, "option '%.*s' doesn't allow an argument",
				       (int)strcspn(word, "="), word);
	return err_set(e, EINVAL, "invalid option -- '%c'", optopt);
}

int opt_parse(struct opt_parser *p, int argc, char **argv, struct err *e)
{
	__attribute__((cleanup(tables_release_p))) struct getopt_tables t = { BUF_INIT, NULL };
	int c, r;

	tables_init(&t, p->rows);
	opterr = 0;
	optind = 0; /* GNU: start anew */
	while ((c = (p->long_only ? getopt_long_only : getopt_long)(argc, argv, t.letters.data, t.names,
								    NULL)) != -1) {
		if (c == '?' || c == ':')
			return bad_option(p->rows, c, argv[optind - 1], p->long_only, e);
		r = p->fn(p->ctx, c, optarg, e);
		if (r)
			return r;
	}
	p->first = optind;
	return 0;
}

/* Appends "  -x, --name=ARG". */
static void add_form(struct buf *b, const struct opt *o)
{
	bool optional = o->flags & OPT_OPTIONAL;

	if (o->letter)
		buf_addf(b, "  -%c%s", o->letter, o->name ? ", " : "");
	else
		buf_addstr(b, "      ");
	if (o->name)
		buf_addf(b, "--%s", o->name);
	if (o->metavar)
		buf_addf(b, "%s%s%s%s", optional ? "[" : "", o->name ? "=" : " ", o->metavar,
			 optional ? "]" : "");
}

void opt_help(const struct opt *rows, struct buf *b)
{
	for (const struct opt *o = rows; !is_end(o); o++) {
		size_t start = b->len;

		if (o->flags & (OPT_HIDDEN | OPT_SECRET))
			continue;
		add_form(b, o);
		if (b->len - start > HELP_COLUMN - 2) {
			buf_addch(b, '\n');
			start = b->len;
		}
		buf_addf(b, "%*s%s\n", HELP_COLUMN - (int)(b->len - start), "", o->help);
	}
}

void opt_list_short(const struct opt *rows, struct buf *b)
{
	for (const struct opt *o = rows; !is_end(o); o++)
		if (o->letter && !(o->flags & OPT_SECRET))
			buf_addf(b, "-%c\n", o->letter);
}

void opt_list_long(const struct opt *rows, struct buf *b)
{
	for (const struct opt *o = rows; !is_end(o); o++)
		if (o->name && !(o->flags & OPT_SECRET))
			buf_addf(b, "--%s\n", o->name);
}

void opt_dump(const struct opt *rows, struct buf *b)
{
	for (const struct opt *o = rows; !is_end(o); o++) {
		const char *arg = "none";

		if (o->flags & OPT_SECRET)
			continue;
		if (o->metavar)
			arg = o->flags & OPT_OPTIONAL ? "optional" : "required";
		if (o->letter)
			buf_addf(b, "-%c", o->letter);
		buf_addf(b, "\t%s%s\t%s\t%s\t%s\n", o->name ? "--" : "", o->name ? o->name : "",
			 arg, o->metavar ? o->metavar : "", o->flags & OPT_HIDDEN ? "" : o->help);
	}
}
