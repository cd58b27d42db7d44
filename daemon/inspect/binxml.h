/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Binary XML, in which Windows keeps the events of its logs ([MS-EVEN6] 2.2.12 to 2.2.19, and
 * libevtx's "Windows XML Event Log (EVTX) format"). All of it is hostile: every offset is checked, and
 * depth, work and output have bounds.
 */
#ifndef DAEMON_INSPECT_BINXML_H
#define DAEMON_INSPECT_BINXML_H

#include <stddef.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/err.h"

#define BINXML_CHUNK   65536u /* bytes: names and templates of an event are anywhere in its chunk */
#define BINXML_XML_MAX 65000u /* bytes of an event's text */

/* An event: its XML, and what is looked for in that. Texts are UTF-8; NULL or empty: not there. */
struct event {
	struct buf xml;
	struct buf provider; /* Event/System/Provider, Name */
	struct buf channel, computer;
	struct buf user;    /* Event/System/Security, UserID */
	struct buf message; /* what EventData or UserData has: "name=value; value" */
	uint64_t id;
	int level;   /* -1: none */
	int64_t pid; /* -1: none */
};

void event_release(struct event *ev);

static inline void event_release_p(struct event *ev)
{
	event_release(ev);
}

/* Reads the event whose binary XML is n bytes at off of its chunk. -1 with *e where it is damaged. */
int binxml_event(const uint8_t chunk[BINXML_CHUNK], size_t off, size_t n, struct event *ret,
		 struct err *e);

/* ---- between binxml.c and binxml_value.c */

/* Appends the n bytes of a value of that type, as Windows shows it; an unknown type is hexadecimal. */
void binxml_value(struct buf *b, unsigned type, const uint8_t *p, size_t n);

enum binxml_type {
	BINXML_NULL = 0,
	BINXML_STRING = 1,
	BINXML_BINXML = 0x21,
	BINXML_ARRAY = 0x80,
};

#endif
