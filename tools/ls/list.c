/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See list.h. */
#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/entries.h"
#include "cli/tool.h"
#include "util/cleanup.h"
#include "util/strvec.h"
#include "util/xalloc.h"
#include "vm/calls.h"

#define LIST_MAX (1u << 30) /* bytes of names that are held for sorting */

/* A walk below l->dir. */
struct walk {
	struct list *l;
	char *top;           /* l->dir without slashes at its end; NULL before it came */
	uint32_t top_mode;
	struct strvec names; /* for list_tree */
	struct ls_rows rows; /* for list_long */
	size_t held;         /* bytes in both, about */
};

static void walk_release_p(struct walk *w)
{
	free(w->top);
	strvec_release(&w->names);
	ls_rows_release(&w->rows);
}

#define WALK(l) __attribute__((cleanup(walk_release_p))) struct walk w = { .l = (l) }

/* Words for a failure, unless it was the output's. */
static int fail(const struct list *l, struct err *e)
{
	return l->out->no ? -1 : guest_path_err("list", l->dir, e);
}

/* What an entry is called below the first one; "" for the first one itself. */
static const char *below_top(struct walk *w, const wire_entry *entry)
{
	const char *path = entry->path;
	size_t n;

	if (!w->top) {
		n = strlen(path);
		while (n && path[n - 1] == '/')
			n--;
		w->top = xmemdup0(path, n);
		w->top_mode = entry->mode;
		return "";
	}
	n = strlen(w->top);
	if (!strncmp(path, w->top, n))
		path += n;
	return path + strspn(path, "/");
}

/* The path of an entry for people: l->dir without a final slash, then the name below it. */
static char *shown_path(const struct list *l, const char *name)
{
	size_t n = strlen(l->dir);

	if (l->dir[n - 1] == '/')
		n--;
	if (!*name)
		return n ? xmemdup0(l->dir, n) : xstrdup("/");
	return xasprintf("%.*s/%s", (int)n, l->dir, name);
}

/* Appends a name and what ends it. */
static int put_name(struct list *l, const char *prefix, const char *name, struct err *e)
{
	buf_addstr(&l->out->b, prefix);
	safe_add(&l->out->b, name, l->o->how);
	buf_addch(&l->out->b, ls_end(l->o));
	return out_spill(l->out, e);
}

/* list_names: the stream is names with a NUL after each. */
static int take_names(void *ctx, const void *p, size_t n, struct err *e)
{
	struct buf *b = ctx;

	if (n > LIST_MAX - b->len)
		return err_set(e, EFBIG, "too many names");
	buf_add(b, p, n);
	return 0;
}

static int by_string(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int list_names(struct list *l, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(free) const char **names = NULL;
	const struct stream io = { .data = take_names, .ctx = &b };
	const struct list_dir_args a = { .path = l->dir };
	size_t n = 0;

	if (call_list_dir(l->session, &a, NULL, &io, e) < 0)
		return fail(l, e);
	for (size_t i = 0; i < b.len; i++)
		n += !b.data[i];
	names = xreallocarray(NULL, n + 1, sizeof(*names));
	n = 0;
	for (size_t i = 0; i < b.len; i += strlen(b.data + i) + 1)
		names[n++] = b.data + i;
	qsort(names, n, sizeof(*names), by_string);
	for (size_t i = 0; i < n; i++)
		if (put_name(l, "", names[i], e) < 0)
			return -1;
	return 0;
}

/* Counts what is kept: a guest must not eat the host's memory. */
static int hold(struct walk *w, size_t n, struct err *e)
{
	w->held += n;
	return w->held > LIST_MAX ? err_set(e, EFBIG, "too many names") : 0;
}

static int take_tree(void *ctx, wire_entry *entry, struct err *e)
{
	struct walk *w = ctx;
	const char *name = below_top(w, entry);

	if (!*name)
		return 0;
	if (hold(w, strlen(name), e) < 0)
		return -1;
	strvec_add(&w->names, name);
	return 0;
}

int list_tree(struct list *l, struct err *e)
{
	WALK(l);
	const struct walk_args a = { .path = l->dir, .recursive = true, .names_only = true };
	const char *slash = l->dir[strlen(l->dir) - 1] == '/' ? "" : "/";
	struct err bad = ERR_INIT;
	int r = entries_walk(l->session, &a, take_tree, &w, &bad);

	/* A link is not followed, unless a slash after it asks for that: so it is with find. */
	strvec_sort(&w.names);
	for (size_t i = 0; i < w.names.n && !S_ISLNK(w.top_mode); i++)
		if (put_name(l, slash, w.names.v[i], e) < 0)
			return -1;
	if (r == 0)
		return 0;
	*e = bad;
	return fail(l, e);
}

static int take_row(void *ctx, wire_entry *entry, struct err *e)
{
	struct walk *w = ctx;
	const char *name = below_top(w, entry);

	if (!*name)
		return 0;
	if (hold(w, sizeof(*entry) + strlen(name) + strlen(entry->link), e) < 0)
		return -1;
	ls_rows_take(&w->rows, entry, name);
	return 0;
}

/* What is known of l->dir where it is no folder; links are followed. */
static int stat_file(struct list *l, struct stat_ret *r, struct err *e)
{
	const struct stat_args a = { .path = l->dir, .follow = true };

	if (call_stat(l->session, &a, r, e) < 0)
		return -1;
	return r->entry.n == 1 ? 0 : err_set(e, EPROTO, "malformed answer");
}

/* -l of what is no folder: its line, with the path as it was given. */
static int list_file(struct list *l, struct err *e)
{
	WALK(l);
	CLEANUP(stat_ret_release) struct stat_ret r = { 0 };

	if (stat_file(l, &r, e) < 0)
		return -1;
	ls_rows_take(&w.rows, &r.entry.v[0], l->dir);
	ls_rows_print(&l->out->b, l->o, &w.rows, false);
	return out_spill(l->out, e);
}

int list_long(struct list *l, struct err *e)
{
	WALK(l);
	const struct walk_args a = { .path = l->dir, .parents = true };
	struct err bad = ERR_INIT;
	int r = entries_walk(l->session, &a, take_row, &w, &bad);

	if (r < 0 && bad.no == ENOTDIR && w.top)
		return list_file(l, e) < 0 ? fail(l, e) : 0;
	if (w.rows.n) {
		ls_rows_print(&l->out->b, l->o, &w.rows, true);
		if (out_spill(l->out, e) < 0)
			return -1;
	}
	if (r == 0)
		return 0;
	*e = bad;
	return fail(l, e);
}

static int take_record(void *ctx, wire_entry *entry, struct err *e)
{
	struct walk *w = ctx;
	CLEANUP(free) char *path = shown_path(w->l, below_top(w, entry));

	ls_record_print(&w->l->out->b, w->l->o, entry, path);
	return out_spill(w->l->out, e);
}

/* A walk whose entries are printed as they come. */
static int walk_all(struct walk *w, bool recursive, entry_fn fn, struct err *e)
{
	const struct ls_options *o = w->l->o;
	CLEANUP(free) char *checksum = xstrdup(o->checksum ? o->checksum : "");
	const struct walk_args a = {
		.path = w->l->dir,
		.recursive = recursive,
		.checksum = checksum,
	};

	return entries_walk(w->l->session, &a, fn, w, e);
}

int list_records(struct list *l, struct err *e)
{
	WALK(l);

	return walk_all(&w, true, take_record, e) < 0 ? fail(l, e) : 0;
}

static int put_json(struct list *l, const wire_entry *entry, const char *path, struct err *e)
{
	ls_json_print(l->json, l->o, entry, path);
	return out_spill(l->out, e);
}

static int take_json(void *ctx, wire_entry *entry, struct err *e)
{
	struct walk *w = ctx;
	const struct ls_options *o = w->l->o;
	const char *name = below_top(w, entry);
	CLEANUP(free) char *path = NULL;

	/* The folder itself is a part of -lR only; a plain -R does not follow a link. */
	if (!*name && !(o->by_lines && o->recursive))
		return 0;
	if (S_ISLNK(w->top_mode) && o->recursive && !o->by_lines)
		return 0;
	path = shown_path(w->l, name);
	return put_json(w->l, entry, path, e);
}

int list_json(struct list *l, struct err *e)
{
	WALK(l);
	CLEANUP(stat_ret_release) struct stat_ret r = { 0 };
	bool file_is_fine = l->o->by_lines && !l->o->recursive;

	if (walk_all(&w, l->o->recursive, take_json, e) == 0)
		return 0;
	if (e->no != ENOTDIR || !w.top || !file_is_fine || stat_file(l, &r, e) < 0)
		return fail(l, e);
	return put_json(l, &r.entry.v[0], l->dir, e);
}
