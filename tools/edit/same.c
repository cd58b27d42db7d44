/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See edit.h: one file under two names. The second change would begin with what the first has
 * left, or undo it, and its backup would take the place of the original's.
 */
#include <errno.h>
#include <string.h>

#include "cli/guest.h"
#include "edit.h"
#include "util/cleanup.h"
#include "vm/calls.h"

/* Fills f->place. A file that is not there has none: if that is wrong, reading it tells. */
static int find_place(struct edit *x, struct edit_file *f, struct err *e)
{
	CLEANUP(free) char *path = NULL;

	if (guest_path(x->c, "edit", f->name, &path, e) < 0)
		return e->no == ENOENT ? 0 : -1;
	const struct stat_args a = { .path = path, .follow = true };
	if (call_stat(x->c->session, &a, &f->place, e) == 0 || e->no == ENOENT)
		return 0;
	return guest_path_err("edit", f->name, e);
}

/*
 * Names that are hard links are files of their own where a file is replaced, but not where it is
 * written to.
 */
static bool is_same(const struct edit *x, const struct edit_file *a, const struct edit_file *b)
{
	const wire_entry *p = a->place.entry.v, *q = b->place.entry.v;

	if (!p || !q)
		return !strcmp(a->name, b->name);
	if (p->dev_major != q->dev_major || p->dev_minor != q->dev_minor)
		return false;
	return (*a->place.real && !strcmp(a->place.real, b->place.real)) ||
	       (p->ino == q->ino && (x->o->in_place || p->nlink == 1));
}

int same_check(struct edit *x, struct edit_file *v, size_t n, size_t *ret_at, struct err *e)
{
	for (size_t i = 0; i < n && n > 1; i++) {
		*ret_at = i;
		if (find_place(x, &v[i], e) < 0)
			return -1;
		for (size_t k = 0; k < i; k++)
			if (is_same(x, &v[k], &v[i]))
				return err_set(e, EINVAL,
					       "'%s' is the same file as '%s', which is given too",
					       v[i].name, v[k].name);
	}
	return 0;
}
