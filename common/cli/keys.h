/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a run: those of --key, and those that are asked for. What the options are is
 * in disk-image-options(7).
 */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/key.h"
#include "util/strvec.h"

struct cli;

/* What was told; all zero to begin with. */
struct keys {
	struct key *v; /* in the order of the command line */
	size_t n;
	struct key *answered; /* what the user told, and it fits: a run of two sessions asks once */
	size_t n_answered;
	bool from_stdin;    /* --keys-from-stdin */
	bool echo;	    /* --echo-keys */
	struct strvec left; /* devices that stay locked, for there is no key for them */
	struct strvec damaged; /* those of them that no key can open, which was said */
};

/* One --key. arg is one of argv, and a secret in it is overwritten there. */
int keys_add(struct keys *k, char *arg, struct err *e);
/* Wipes and frees all. */
void keys_release(struct keys *k);

/*
 * Opens what is locked, as far as there are keys: those of the command line that are for it,
 * else what the user answers. 1: something was opened, so that more may have come to light;
 * 0: nothing was, and all of these stay locked; -1: a key was given, and does not fit.
 */
int keys_unlock(struct cli *c, const wire_crypts *locked, struct err *e);

/*
 * Warns of what stays locked. With e, which has the words of a search that found nothing, it
 * is appended to these instead.
 */
void keys_tell_locked(struct cli *c, const wire_crypts *locked, struct err *e);

#endif
