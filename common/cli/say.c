/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See say.h. */
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/json.h"
#include "cli/safe.h"
#include "util/io.h"
#include "util/xalloc.h"

void say_init(struct say *s, const char *tool, struct out *out, struct report *report)
{
	*s = (struct say){ .tool = tool, .out = out, .report = report, .fd = -1, .start = now_ns() };
}

void say_release(struct say *s)
{
	if (s->own_fd)
		fd_close(s->fd);
	s->fd = -1;
}

int say_machine_check(const char *arg, struct err *e)
{
	if (!arg || !strcmp(arg, "stream:stdout") || !strcmp(arg, "stream:stderr") ||
	    (!strncmp(arg, "fd:", 3) && arg[3] && !arg[3 + strspn(arg + 3, "0123456789")]) ||
	    (!strncmp(arg, "file:", 5) && arg[5]))
		return 0;
	return err_set(e, EINVAL,
		       "--machine-readable does not take '%s': fd:N, file:NAME, stream:stdout or stream:stderr",
		       arg);
}

int say_machine(struct say *s, const char *arg, struct err *e)
{
	s->machine = true;
	if (!arg || !strcmp(arg, "stream:stdout"))
		return 0;
	if (!strcmp(arg, "stream:stderr")) {
		s->fd = STDERR_FILENO;
		return 0;
	}
	if (!strncmp(arg, "fd:", 3)) {
		long n = strtol(arg + 3, NULL, 10);

		if (n > 65535 || fcntl((int)n, F_GETFD) < 0)
			return err_set(e, EBADF, "--machine-readable: '%s' is no open descriptor", arg);
		s->fd = (int)n;
		return 0;
	}
	s->fd = open(arg + 5, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (s->fd < 0)
		return err_sys(e, "cannot open '%s'", arg + 5);
	s->own_fd = true;
	return 0;
}

static void flush(struct say *s)
{
	const bool told = s->out->no;
	const char *image = s->report->image;
	struct err e = ERR_INIT;

	/* The work goes on: only what is said of it is lost, which the exit status tells. */
	if (out_flush(s->out, &e) == 0 || told || interrupt_caught())
		return;
	s->report->image = NULL;
	report_fail(s->report, NULL, &e);
	s->report->image = image;
}

/* To where programs look. */
static void to_machine(struct say *s, struct buf *b)
{
	if (s->fd < 0)
		buf_add(&s->out->b, b->data, b->len);
	else
		(void)!write_full(s->fd, b->data, b->len);
}

static void tell(struct say *s, const char *type, const char *text)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct json j = json_init(&b);
	struct timespec now;

	if (!s->machine)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	json_open_object(&j, NULL);
	json_str(&j, "message", text);
	json_time(&j, "timestamp", now.tv_sec, (uint32_t)now.tv_nsec);
	json_str(&j, "type", type);
	json_close(&j);
	to_machine(s, &b);
}

/* For people: front, and the text without what a guest may have hidden in it. */
static void show(struct say *s, const char *front, const char *text, const char *end)
{
	progress_hide(&s->report->progress);
	buf_addstr(&s->out->b, front);
	safe_add(&s->out->b, text, SAFE_MESSAGE);
	buf_addstr(&s->out->b, end);
	flush(s);
}

#define TEXT(text, fmt)                                     \
	CLEANUP(free) char *text = NULL;                    \
	va_list ap;                                         \
	va_start(ap, fmt);                                  \
	text = xvasprintf(fmt, ap);                         \
	va_end(ap)

void say_message(struct say *s, const char *fmt, ...)
{
	char front[32];

	TEXT(text, fmt);
	if (s->quiet)
		return;
	tell(s, "message", text);
	snprintf(front, sizeof(front), "[%6.1f] ", (now_ns() - s->start) / 1e9);
	show(s, front, text, "\n");
}

void say_info(struct say *s, const char *fmt, ...)
{
	TEXT(text, fmt);
	if (s->quiet)
		return;
	CLEANUP(free) char *front = xasprintf("%s: ", s->tool);
	CLEANUP(free) char *line = xasprintf("%s\n", text);

	tell(s, "info", line);
	show(s, front, text, "\n\n");
}

void say_plain(struct say *s, const char *text)
{
	if (!s->quiet)
		show(s, "", "", text);
}

void say_warning(struct say *s, const char *fmt, ...)
{
	TEXT(text, fmt);
	tell(s, "warning", text);
	flush(s);
	report_warn(s->report, text);
}

void say_error(struct say *s, const struct err *e)
{
	tell(s, "error", e->msg);
	flush(s);
}

void say_progress(struct say *s, uint64_t position, uint64_t total)
{
	const uint64_t hundredth = total ? position * 100 / total : 0;

	if (!s->machine) {
		progress_update(&s->report->progress, position, total);
		return;
	}
	if (s->quiet || hundredth == s->told || !total)
		return;
	s->told = hundredth;
	buf_addf(&s->out->b, "%llu/%llu\n", (unsigned long long)position, (unsigned long long)total);
	flush(s);
}
