/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry of a log, as text or as JSON. */
#include "log.h"

#include <string.h>
#include <time.h>


static const char *const levels[] = { "emerg",	 "alert",  "crit", "err",
				      "warning", "notice", "info", "debug" };

/* The name of a priority; what is unknown counts as info, as the peer has it. */
static const char *level(int64_t priority)
{
	return priority >= 0 && priority < 8 ? levels[priority] : levels[6];
}

/* Makes p->date of the entry's second. */
static void set_date(struct log_printer *p, int64_t second)
{
	time_t t = second;
	struct tm tm;

	if (p->date[0] && p->second == second)
		return;
	p->second = second;
	if (!localtime_r(&t, &tm) ||
	    !strftime(p->date, sizeof(p->date),
		      p->form == LOG_SHORT_ISO ? "%Y-%m-%dT%H:%M:%S%z" : "%b %d %H:%M:%S", &tm))
		memcpy(p->date, "?", sizeof("?"));
}

/* Adds a text from the guest; on a terminal its lines and tabs stay, all else is escaped. */
static void add_text(struct log_printer *p, const char *s)
{
	struct buf *b = &p->out->b;

	if (p->how == SAFE_RAW) {
		buf_addstr(b, s);
		return;
	}
	while (*s) {
		size_t n = strcspn(s, "\n\t");
		CLEANUP(buf_release) struct buf part = BUF_INIT;

		buf_add(&part, s, n);
		safe_add(b, part.data ? part.data : "", SAFE_MESSAGE);
		s += n;
		if (*s)
			buf_addch(b, *s++);
	}
}

static void print_text(struct log_printer *p, const wire_log_entry *x)
{
	struct buf *b = &p->out->b;

	if (p->form == LOG_XML) {
		add_text(p, x->xml);
		buf_addch(b, '\n');
		return;
	}
	if (p->form != LOG_CAT && !p->whole_lines) {
		set_date(p, x->time);
		buf_addstr(b, p->date);
		if (p->form == LOG_SHORT_ISO && *x->host) {
			buf_addch(b, ' ');
			add_text(p, x->host);
		}
		if (*x->ident) {
			buf_addch(b, ' ');
			add_text(p, x->ident);
		}
		if (x->pid >= 0)
			buf_addf(b, "[%lld]", (long long)x->pid);
		buf_addf(b, " %s: ", *x->level ? x->level : level(x->priority));
	}
	add_text(p, x->message);
	buf_addch(b, '\n');
}

/* A string, or null where there is none. */
static void add_str(struct json *j, const char *key, const char *s)
{
	json_str(j, key, *s ? s : NULL);
}

static void print_json(struct json *j, const wire_log_entry *x)
{
	json_open_object(j, NULL);
	json_str(j, "origin", x->origin);
	if (x->time)
		json_time(j, "time", x->time, x->time_ns);
	else
		json_str(j, "time", NULL);
	add_str(j, "host", x->host);
	add_str(j, "identifier", x->ident);
	if (x->pid >= 0)
		json_i64(j, "pid", x->pid);
	else
		json_str(j, "pid", NULL);
	add_str(j, "priority", x->priority >= 0 && x->priority < 8 ? levels[x->priority] : "");
	json_str(j, "message", x->message);
	if (*x->xml) {
		json_u64(j, "event", x->event);
		add_str(j, "level", x->level);
		add_str(j, "user", x->user);
		json_str(j, "xml", x->xml);
	}
	json_close(j);
}

int log_print(struct log_printer *p, const wire_log_entry *x, struct err *e)
{
	if (p->json)
		print_json(p->json, x);
	else
		print_text(p, x);
	return out_spill(p->out, e);
}
