/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See storage.h. */
#include "cli/storage.h"

/*
 * Opens what is locked: 1 to make the call again, 0 where that is all, -1 with *e. A key that
 * does not fit is reported, and hides nothing of the rest.
 */
static int unlock(struct cli *c, const wire_crypts *locked, struct err *e)
{
	const struct keys *k = &c->images.keys;
	int r;

	if (!locked->n || !(k->n || k->from_stdin || k->echo))
		return 0;
	r = keys_unlock(c, locked, e);
	if (r >= 0 || tool_must_stop(c))
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

int storage_list(struct cli *c, struct storage_ret *r, struct err *e)
{
	const struct storage_args a = { 0 };
	int again;

	do {
		storage_ret_release_p(r);
		if (call_storage(c->session, &a, r, e) < 0)
			return -1;
		again = unlock(c, &r->locked, e);
	} while (again > 0);
	if (again == 0)
		warn(c, &r->locked, &r->warnings);
	return again;
}

int storage_usage(struct cli *c, struct usage_ret *r, struct err *e)
{
	const struct usage_args a = { 0 };
	int again;

	do {
		usage_ret_release_p(r);
		if (call_usage(c->session, &a, r, e) < 0)
			return -1;
		again = unlock(c, &r->locked, e);
	} while (again > 0);
	if (again == 0)
		warn(c, &r->locked, &r->warnings);
	return again;
}
