/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See finding.h. */
#include "finding.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#include "cli/safe.h"
#include "util/xalloc.h"

/* What a verdict is called in text and in JSON. */
static const struct {
	const char *text, *json;
} names[FINDING_N_STATUS] = {
	[FINDING_PASS] = { "PASS", "pass" },
	[FINDING_WARN] = { "WARN", "warn" },
	[FINDING_FAIL] = { "FAIL", "fail" },
};

__attribute__((format(printf, 2, 0))) static void replace(char **text, const char *fmt, va_list ap)
{
	char *old = *text;

	*text = xvasprintf(fmt, ap);
	free(old);
}

void finding_set(struct finding *f, enum finding_status st, const char *fmt, ...)
{
	va_list ap;

	f->status = st;
	va_start(ap, fmt);
	replace(&f->message, fmt, ap);
	va_end(ap);
	free(f->cause);
	free(f->help);
	f->cause = f->help = NULL;
}

void finding_cause(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	replace(&f->cause, fmt, ap);
	va_end(ap);
}

void finding_help(struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	replace(&f->help, fmt, ap);
	va_end(ap);
}

static struct detail *add(struct finding *f, const char *key, enum detail_kind kind)
{
	struct detail *d = &f->details[f->n_details++];

	assert(f->n_details <= DETAILS_MAX);
	*d = (struct detail){ .key = key, .kind = kind };
	return d;
}

void finding_str(struct finding *f, const char *key, const char *value)
{
	add(f, key, DETAIL_STR)->text = xstrdup(value);
}

void finding_u64(struct finding *f, const char *key, uint64_t value)
{
	add(f, key, DETAIL_U64)->number = value;
}

void finding_bool(struct finding *f, const char *key, bool value)
{
	add(f, key, DETAIL_BOOL)->number = value;
}

static void print_line(struct buf *b, const char *head, const char *text)
{
	if (!text)
		return;
	buf_addstr(b, head);
	safe_add(b, text, SAFE_MESSAGE);
	buf_addch(b, '\n');
}

void finding_print(const struct finding *f, const char *id, struct buf *b)
{
	buf_addf(b, "%s  %s", names[f->status].text, id);
	print_line(b, ": ", f->message);
	print_line(b, "      cause: ", f->cause);
	print_line(b, "      try: ", f->help);
}

void finding_json(const struct finding *f, const char *id, struct json *j)
{
	json_open_object(j, NULL);
	json_str(j, "id", id);
	json_str(j, "status", names[f->status].json);
	json_str(j, "message", f->message);
	if (f->cause)
		json_str(j, "cause", f->cause);
	if (f->help)
		json_str(j, "help", f->help);
	for (size_t i = 0; i < f->n_details; i++) {
		const struct detail *d = &f->details[i];

		if (d->kind == DETAIL_STR)
			json_str(j, d->key, d->text);
		else if (d->kind == DETAIL_U64)
			json_u64(j, d->key, d->number);
		else
			json_bool(j, d->key, d->number);
	}
	json_close(j);
}

void finding_release(struct finding *f)
{
	free(f->message);
	free(f->cause);
	free(f->help);
	for (size_t i = 0; i < f->n_details; i++)
		free(f->details[i].text);
	*f = (struct finding){ .status = FINDING_PASS };
}
