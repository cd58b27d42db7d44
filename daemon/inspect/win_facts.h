/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the registry says of a Windows itself. */
#ifndef DAEMON_INSPECT_WIN_FACTS_H
#define DAEMON_INSPECT_WIN_FACTS_H

#include "proto/proto.h"
#include "util/err.h"

/* Of the hive SOFTWARE, then of SYSTEM. Numbers are in decimal, what is or is not is "1" or "". */
enum win_fact {
	FACT_PRODUCT,
	FACT_VARIANT,
	FACT_BUILD,
	FACT_OLD_BUILD, /* as NT had it */
	FACT_VERSION,	/* "6.1"; since 10 "6.3" for ever */
	FACT_MAJOR,
	FACT_MINOR,
	FACT_SYSTEMROOT, /* "C:\Windows" */
	FACT_POLICY,	 /* group policies have come from a domain */
	FACT_PE,	 /* it is a Windows that setups run in */
	FACTS_SOFTWARE,

	FACT_CONTROL_SET = 0,
	FACT_HOSTNAME,
	FACTS_SYSTEM,
};

/* Reads them all into a list of FACTS_x strings, "" for what is missing; -1: it stays empty. */
int win_facts_software(int root, const char *systemroot, wire_strs *ret, struct err *e);
int win_facts_system(int root, const char *systemroot, wire_strs *ret, struct err *e);
void win_facts_release(wire_strs *v);

static inline void win_facts_release_p(wire_strs *v)
{
	win_facts_release(v);
}

#endif
