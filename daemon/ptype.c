/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ptype.h. */
#include "ptype.h"

#include <stddef.h>
#include <strings.h>

enum { RESERVED = 1, LDM = 2 };

static const struct {
	const char *type;
	int what;
} types[] = {
	{ "5808c8aa-7e8f-42e0-85d2-e1e90434cfb3", LDM | RESERVED }, /* its list of volumes */
	{ "af9b60a0-1431-4f62-bc68-3311714a69ad", LDM },	    /* its data */
	{ "0x42", LDM },
	{ "e3c9e316-0b5c-4db8-817d-f92df00215ae", RESERVED }, /* Microsoft reserved */
	{ "caddebf1-4400-4de8-b103-12117dcf3ccf", RESERVED }, /* Microsoft shadow copy */
};

static int look_up(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcasecmp(types[i].type, type))
			return types[i].what;
	return 0;
}

bool ptype_is_reserved(const char *type)
{
	return look_up(type) & RESERVED;
}

bool ptype_is_ldm(const char *type)
{
	return look_up(type) & LDM;
}
