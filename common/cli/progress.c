/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See progress.h. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/safe.h"
#include "util/buf.h"
#include "util/io.h"

#define SECOND INT64_C(1000000000)
#define INTERVAL (SECOND / 10)
#define BAR_WIDTH 40

void progress_init(struct progress *p, const char *tool, enum progress_mode mode)
{
	bool out_tty = isatty(STDOUT_FILENO);

	*p = (struct progress){ .tool = tool, .mode = mode, .tty = isatty(STDERR_FILENO) };
	p->bar = mode == PROGRESS_BAR || (mode == PROGRESS_AUTO && p->tty && !out_tty);
	progress_start(p);
}

void progress_start(struct progress *p)
{
	p->start = now_ns();
	p->last = 0;
}

/* Writes to the terminal in one go; what fails there is nobody's concern. */
static void put(const struct buf *b)
{
	(void)!write(STDERR_FILENO, b->data, b->len);
}

/* Is it time to draw? */
static bool due(struct progress *p)
{
	int64_t now = now_ns();

	if (now - p->last < INTERVAL || (p->mode == PROGRESS_AUTO && now - p->start < SECOND))
		return false;
	p->last = now;
	return true;
}

static void draw(struct progress *p, struct buf *b)
{
	put(b);
	p->drawn = true;
}

static void update_json(const struct progress *p, uint64_t position, uint64_t total)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct json j = json_init(&b);

	json_open_object(&j, NULL);
	json_str(&j, "schema", "guestutils.progress.v1");
	json_str(&j, "tool", p->tool);
	json_u64(&j, "position", position);
	if (total)
		json_u64(&j, "total", total);
	json_close(&j);
	put(&b);
}

/* Appends the bar: [####----]  50% 0:07, and for bytes how many megabytes a second. */
static void add_bar(struct buf *b, const struct progress *p, uint64_t position, uint64_t total)
{
	double part = position < total ? (double)position / (double)total : 1;
	double seconds = (double)(p->last - p->start) / (double)SECOND;
	int filled = (int)(part * BAR_WIDTH);
	int64_t left = part > 0 ? (int64_t)(seconds * (1 - part) / part + 0.5) : 0;

	buf_addch(b, '[');
	for (int i = 0; i < BAR_WIDTH; i++)
		buf_addch(b, i < filled ? '#' : '-');
	buf_addf(b, "] %3d%%", (int)(part * 100));
	if (part > 0)
		buf_addf(b, " %" PRId64 ":%02d", left / 60, (int)(left % 60));
	if (p->bytes && seconds > 0)
		buf_addf(b, " %.0f MB/s", (double)position / seconds / 1e6);
}

void progress_update(struct progress *p, uint64_t position, uint64_t total)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if ((p->mode != PROGRESS_JSON && !p->bar) || !due(p))
		return;
	if (p->mode == PROGRESS_JSON) {
		update_json(p, position, total);
		return;
	}
	buf_addf(&b, "\r%s: ", p->tool);
	if (total)
		add_bar(&b, p, position, total);
	else
		buf_addf(&b, "%" PRIu64, position);
	buf_addstr(&b, "\x1b[K");
	draw(p, &b);
}

void progress_text(struct progress *p, const char *text)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (!p->tty || p->mode == PROGRESS_JSON || p->mode == PROGRESS_NONE || !due(p))
		return;
	buf_addf(&b, "\r%s: ", p->tool);
	safe_add(&b, text, SAFE_MESSAGE);
	buf_addstr(&b, "\x1b[K");
	draw(p, &b);
}

void progress_hide(struct progress *p)
{
	static char erase[] = "\r\x1b[K";
	const struct buf b = { .data = erase, .len = sizeof(erase) - 1 };

	if (p->drawn)
		put(&b);
	p->drawn = false;
}
