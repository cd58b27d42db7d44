/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os.h. */
#include "daemon/inspect/os.h"

const struct os_kind *os_recognise(int top)
{
	(void)top;
	return NULL;
}

void os_describe(int root, const struct os_kind *k, wire_guest *ret)
{
	(void)root;
	(void)k;
	(void)ret;
}

char *os_title(int root, const struct os_kind *k)
{
	(void)root;
	(void)k;
	return NULL;
}

char *os_deployment(int top)
{
	(void)top;
	return NULL;
}
