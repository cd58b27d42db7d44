/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See applications.h. */
#include "applications.h"

#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "util/cleanup.h"
#include "util/strvec.h"
#include "util/xalloc.h"

/* The strings of a record. */
static const size_t texts[] = {
	offsetof(wire_application, kind),	   offsetof(wire_application, name),
	offsetof(wire_application, display_name),  offsetof(wire_application, version),
	offsetof(wire_application, release),	   offsetof(wire_application, arch),
	offsetof(wire_application, install_path),  offsetof(wire_application, publisher),
	offsetof(wire_application, url),	   offsetof(wire_application, source_package),
	offsetof(wire_application, summary),	   offsetof(wire_application, description),
	offsetof(wire_application, class),
};

char *application_str(const char *s)
{
	return (char *)(uintptr_t)s;
}

/* The string of a record that is at that offset. */
static char **text_at(wire_application *a, size_t offset)
{
	return (char **)(void *)((char *)a + offset);
}

void application_init(wire_application *a, const char *kind)
{
	a->epoch = 0;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*text_at(a, texts[i]) = application_str("");
	a->kind = application_str(kind);
}

void application_version(wire_application *a, char *text)
{
	char *version = text, *colon = strchr(text, ':'), *end;
	unsigned long epoch = strtoul(text, &end, 10);

	if (colon && end == colon && *text >= '0' && *text <= '9') {
		a->epoch = epoch > UINT32_MAX ? UINT32_MAX : (uint32_t)epoch;
		version = colon + 1;
	}
	char *dash = strchr(version, '-');
	if (dash) {
		*dash = '\0';
		a->release = dash + 1;
	}
	a->version = version;
}

/* wire_xdr_application for frame_encode. */
static bool application_xdr(XDR *x, void *v)
{
	return wire_xdr_application(x, v);
}

/* The length that a string of more than WIRE_STR_MAX bytes is cut to: not within a character. */
static size_t cut_at(const char *s)
{
	size_t n = WIRE_STR_MAX;

	while (n > WIRE_STR_MAX - 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
		n--;
	return n;
}

int application_encode(struct buf *b, const wire_application *from, struct err *e)
{
	CLEANUP(strvec_release) struct strvec cut = STRVEC_INIT;
	wire_application a = *from;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		char **s = text_at(&a, texts[i]);

		if (strnlen(*s, WIRE_STR_MAX + 1) <= WIRE_STR_MAX)
			continue;
		*s = xmemdup0(*s, cut_at(*s));
		strvec_give(&cut, *s);
	}
	return frame_encode(b, application_xdr, &a, e);
}
