/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A log of Windows: a file of chunks of 64 KiB, each with some events ([MS-EVEN6]; libevtx's
 * "Windows XML Event Log (EVTX) format"). It is a ring: the chunks are taken in the order of the
 * number of their first event. What a header says of the last event is not true while Windows
 * writes, so events are taken as long as they look like one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/below.h"
#include "daemon/inspect/binxml.h"
#include "daemon/inspect/log.h"
#include "daemon/inspect/log_places.h"
#include "daemon/inspect/win_child.h"
#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define CHUNK	      BINXML_CHUNK
#define CHUNKS_MAX    (1u << 20)
#define HEADER	      4096u /* of the file */
#define FIRST_EVENT   512u  /* in a chunk */
#define EVENT_HEADER  24u
#define EVENT_MIN     (EVENT_HEADER + 4u)
#define DAMAGED_SAID  5		  /* warnings of one file */
#define UNIX_EPOCH    11644473600ll
#define WINDOWS_TICKS 10000000ull /* a second */

struct chunk_at {
	uint64_t first; /* number of its first event */
	uint64_t at;
};

struct events {
	int fd;
	const struct log_args *a;
	const struct log_to *to;
	struct chunk_at *chunks;
	size_t n_chunks;
	uint8_t *chunk; /* the one at hand, from loaded */
	uint64_t loaded;
	struct log_places places; /* of the events that are wanted */
	unsigned damaged;
};

static void events_release_p(struct events *ev)
{
	fd_close(ev->fd);
	free(ev->chunks);
	free(ev->chunk);
	log_places_release(&ev->places);
}

static int by_first(const void *a, const void *b)
{
	const struct chunk_at *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int say_damaged(struct events *ev, const char *what, uint64_t at, struct err *e)
{
	char words[200];

	if (ev->damaged++ >= DAMAGED_SAID)
		return 0;
	snprintf(words, sizeof(words), "the log is damaged at byte %llu: %s; what can be read of it is shown",
		 (unsigned long long)at, what);
	return log_warn(ev->to, words, e);
}

/* All chunks that there are. */
static int find_chunks(struct events *ev, struct err *e)
{
	uint8_t head[128];

	for (uint64_t at = HEADER; ev->n_chunks < CHUNKS_MAX; at += CHUNK) {
		ssize_t n = pread_full(ev->fd, head, sizeof(head), (off_t)at);

		if (n < 0)
			return err_sys(e, "read '%s'", ev->a->path);
		if ((size_t)n < sizeof(head))
			break;
		/* Those that were never used are empty. */
		if (memcmp(head, "ElfChnk", 8) != 0)
			continue;
		if ((ev->n_chunks & (ev->n_chunks - 1)) == 0)
			ev->chunks = xreallocarray(ev->chunks, ev->n_chunks ? 2 * ev->n_chunks : 1,
						   sizeof(*ev->chunks));
		ev->chunks[ev->n_chunks++] = (struct chunk_at){ get_le64(head + 24), at };
	}
	if (ev->n_chunks > 1)
		qsort(ev->chunks, ev->n_chunks, sizeof(*ev->chunks), by_first);
	return 0;
}

static int load(struct events *ev, uint64_t at, struct err *e)
{
	ssize_t n;

	if (ev->loaded == at)
		return 0;
	memset(ev->chunk, 0, CHUNK);
	n = pread_full(ev->fd, ev->chunk, CHUNK, (off_t)at);
	if (n < 0)
		return err_sys(e, "read '%s'", ev->a->path);
	ev->loaded = at;
	return 0;
}

/* Levels of Windows by number, and the priority that each is like; what is always logged is 0. */
static const struct level {
	const char *name;
	int priority;
} levels[] = { { "Information", 6 }, { "Critical", 2 },	   { "Error", 3 },
	       { "Warning", 4 },     { "Information", 6 }, { "Verbose", 7 } };

/* One that is not known is information. */
static const struct level *level_of(int level)
{
	return level >= 0 && level < (int)ARRAY_SIZE(levels) ? &levels[level] : &levels[0];
}

static char *text_of(const struct buf *b)
{
	static char none[] = "";

	return b->len ? b->data : none;
}

/* An event as an entry, whose strings are in x and in *message. */
static void entry_of(const uint8_t *event, const struct event *x, struct buf *message,
		     wire_log_entry *ret)
{
	static char system[] = "events";
	const struct level *level = level_of(x->level);
	const uint64_t t = get_le64(event + 16);

	buf_addf(message, "Event %llu", (unsigned long long)x->id);
	if (x->message.len)
		buf_addf(message, ": %s", x->message.data);
	*ret = (wire_log_entry){
		.origin = x->channel.len ? x->channel.data : system,
		.time = (int64_t)(t / WINDOWS_TICKS) - UNIX_EPOCH,
		.time_ns = (uint32_t)(t % WINDOWS_TICKS * 100),
		.host = text_of(&x->computer),
		.ident = text_of(&x->provider),
		.pid = x->pid,
		.priority = level->priority,
		.message = message->data,
		.event = x->id,
		.level = (char *)(uintptr_t)level->name,
		.user = text_of(&x->user),
		.xml = text_of(&x->xml),
	};
}

/* The event at that place of the chunk at hand, n bytes, if it is wanted; else *ret_wanted is false. */
static int tell(struct events *ev, uint64_t at, bool quietly, bool *ret_wanted, struct err *e)
{
	const size_t off = (size_t)(at - ev->loaded);
	const uint8_t *event = ev->chunk + off;
	const uint32_t n = get_le32(event + 4);
	CLEANUP(event_release) struct event x = { .level = -1 };
	CLEANUP(buf_release) struct buf message = BUF_INIT;
	struct err why = ERR_INIT;
	wire_log_entry entry;

	*ret_wanted = false;
	if (binxml_event(ev->chunk, off + EVENT_HEADER, n - EVENT_MIN, &x, &why) < 0)
		return say_damaged(ev, why.msg, at, e);
	entry_of(event, &x, &message, &entry);
	*ret_wanted = log_wanted(ev->a, &entry);
	return *ret_wanted && !quietly ? ev->to->fn(ev->to->ctx, &entry, e) : 0;
}

/* Keeps the event's place. */
static int keep(struct events *ev, uint64_t at, struct err *e)
{
	bool wanted;

	if (tell(ev, at, true, &wanted, e) < 0)
		return -1;
	return wanted ? log_places_add(&ev->places, at, e) : 0;
}

/* All events of a chunk, one after the other. */
static int each_event(struct events *ev, uint64_t chunk, bool keeping, uint64_t *count, struct err *e)
{
	bool wanted;

	if (load(ev, chunk, e) < 0)
		return -1;
	for (size_t off = FIRST_EVENT; off + EVENT_MIN <= CHUNK;) {
		const uint32_t n = get_le32(ev->chunk + off + 4);

		if (memcmp(ev->chunk + off, "**\0\0", 4) != 0)
			return 0;
		if (n < EVENT_MIN || n > CHUNK - off)
			return say_damaged(ev, "an event has no sensible length", chunk + off, e);
		if ((keeping ? keep(ev, chunk + off, e) : tell(ev, chunk + off, false, &wanted, e)) < 0)
			return -1;
		child_more_time((*count)++);
		off += n;
	}
	return 0;
}

/* The events whose places were kept. */
static int tell_kept(struct events *ev, struct err *e)
{
	for (size_t i = 0; i < ev->places.n; i++) {
		const uint64_t at = log_places_at(&ev->places, i);
		bool wanted;

		if (load(ev, HEADER + (at - HEADER) / CHUNK * CHUNK, e) < 0 ||
		    tell(ev, at, false, &wanted, e) < 0)
			return -1;
		child_more_time(i);
	}
	return 0;
}

int log_events(int root, const struct log_args *a, const struct log_to *to, struct err *e)
{
	struct events ev __attribute__((cleanup(events_release_p))) = { .fd = -1, .a = a, .to = to, .places = { .a = a } };
	const bool keeping = a->lines || a->reverse;
	uint64_t count = 0;
	uint8_t head[8];

	ev.fd = below_open_file(root, a->path, O_RDONLY, NULL, e);
	if (ev.fd < 0)
		return -1;
	if (a->units.n || a->one_boot)
		return err_set(e, ENOTSUP, "a log of Windows does not tell units and boots");
	if (pread_full(ev.fd, head, sizeof(head), 0) != sizeof(head) || memcmp(head, "ElfFile", 8) != 0)
		return err_set(e, EUCLEAN, "'%s' is no log of Windows", a->path);
	ev.chunk = xmalloc(CHUNK);
	if (find_chunks(&ev, e) < 0)
		return -1;
	for (size_t i = 0; i < ev.n_chunks; i++)
		if (each_event(&ev, ev.chunks[i].at, keeping, &count, e) < 0)
			return -1;
	return keeping ? tell_kept(&ev, e) : 0;
}
