/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binary XML of an event of Windows, from hostile bytes: what its chunk has where the first one is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/inspect/binxml.h"
#include "util/cleanup.h"

#define AT 536 /* behind the chunk's header and the event's own */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Can it be a part of XML? */
static void check(const struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < ' ' && !strchr("\t\n\r", b->data[i]))
			__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t chunk[BINXML_CHUNK];
	CLEANUP(event_release) struct event ev = { .level = -1 };
	struct err e = { 0, "" };

	if (n > sizeof(chunk) - AT)
		return 0;
	memset(chunk, 0, sizeof(chunk));
	if (n)
		memcpy(chunk + AT, data, n);
	if (binxml_event(chunk, AT, n, &ev, &e) == 0 && ev.xml.len > BINXML_XML_MAX)
		__builtin_trap();
	check(&ev.xml);
	check(&ev.message);
	check(&ev.provider);
	return 0;
}
