/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking the appliance about one guest. */
#ifndef INSPECT_FACTS_H
#define INSPECT_FACTS_H

#include "apps.h"
#include "cli/tool.h"
#include "inspect.h"
#include "util/strvec.h"
#include "vm/calls.h"

/* What is known of one guest. What was not asked for, or could not be had, is not there. */
struct facts {
	wire_guest *guest; /* borrowed; facts_get() sorts its lists */
	bool has_apps;	   /* at least some of them */
	struct apps apps;
	bool has_icon;
	struct icon_ret icon;
	bool has_details;
	struct details_ret details;
	struct strvec warnings; /* they were reported, too */
};

/* Which of them an output wants. */
struct facts_wanted {
	bool apps;
	bool icon;
	bool details;
};

/* One run's questions. */
struct asking {
	struct cli *c;
	struct facts_wanted want;
	struct strvec told; /* warnings: each is reported once */
};

/* Reports what is new of a call's warnings. */
void asking_warn(struct asking *a, const wire_strs *warnings);

static inline void asking_release_p(struct asking *a)
{
	strvec_release(&a->told);
}

/*
 * Mounts the guest, asks, and unmounts. What fails is reported, and the rest is asked for
 * all the same. 0, or -1 with *e where it is of no use to go on.
 */
int facts_get(struct asking *a, wire_guest *guest, struct facts *ret, struct err *e)
	__attribute__((warn_unused_result));
/* Puts the guest's lists in the order in which they are shown. */
void facts_sort(wire_guest *guest);
void facts_release(struct facts *f);
/* That many blocks of a file system, in bytes; at most INT64_MAX. */
uint64_t usage_bytes(const wire_usage *u, uint64_t blocks);

static inline void facts_release_p(struct facts *f)
{
	facts_release(f);
}

#endif
