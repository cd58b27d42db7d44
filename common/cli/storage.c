/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See storage.h. */
#include "cli/storage.h"

/*
 * Opens what is locked: 1 to make the call again, 0 where that is all, -1 with *e. A key that
 * does not fit is reported, and hides nothing of the rest; with strict it is an error.
 */
static int unlock(struct cli *c, const wire_crypts *locked, bool strict, struct err *e)
{
	const struct keys *k = &c->images.keys;
	int r;

	if (!locked->n || !(k->n || k->from_stdin || k->echo))
		return 0;
	r = keys_unlock(c, locked, e);
	if (r >= 0 || strict || tool_must_stop(c))
		return r;
	report_fail(&c->report, NULL, e);
	return 0;
}

/* The warnings of the last call. */
static void warn(struct cli *c, const wire_crypts *locked, const wire_strs *warnings)
{
	keys_tell_locked(c, locked, NULL);
	for (uint32_t i = 0; i < warnings->n; i++)
		report_warn(&c->report, warnings->v[i]);
}

static int ask_storage(struct cli *c, void *ret, struct err *e)
{
	const struct storage_args a = { 0 };

	storage_ret_release_p(ret);
	return call_storage(c->session, &a, ret, e);
}

static int ask_usage(struct cli *c, void *ret, struct err *e)
{
	const struct usage_args a = { 0 };

	usage_ret_release_p(ret);
	return call_usage(c->session, &a, ret, e);
}

/* What to ask, and where in its answer what is. */
struct question {
	int (*one)(struct cli *c, void *ret, struct err *e);
	void *ret;
	const wire_crypts *locked;
	const wire_strs *warnings;
	bool strict;
};

/* Asks until nothing more can be opened. */
static int ask(struct cli *c, const struct question *q, struct err *e)
{
	int again;

	do {
		if (q->one(c, q->ret, e) < 0)
			return -1;
		again = unlock(c, q->locked, q->strict, e);
	} while (again > 0);
	if (again == 0)
		warn(c, q->locked, q->warnings);
	return again;
}

int storage_list(struct cli *c, struct storage_ret *r, struct err *e)
{
	return ask(c, &(struct question){ ask_storage, r, &r->locked, &r->warnings, false }, e);
}

int storage_list_strict(struct cli *c, struct storage_ret *r, struct err *e)
{
	return ask(c, &(struct question){ ask_storage, r, &r->locked, &r->warnings, true }, e);
}

int storage_usage(struct cli *c, struct usage_ret *r, struct err *e)
{
	return ask(c, &(struct question){ ask_usage, r, &r->locked, &r->warnings, false }, e);
}
