/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guest-resize is going to do, and has done: for people in the words of virt-resize, and as JSON. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/table.h"
#include "plan_disk.h"
#include "resize.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define STARS "**********\n"

void summary_subject(const struct plan_grow *g, char *ret, size_t n)
{
	if (!strcmp(g->type, "LVM2_member"))
		snprintf(ret, n, "The LVM PV on %s", g->device);
	else if (!strcmp(g->type, "LV"))
		snprintf(ret, n, "The logical volume %s", g->device);
	else if (!strcmp(g->type, "swap"))
		snprintf(ret, n, "The swap on %s", g->device);
	else if (!strcmp(g->type, "crypto_LUKS"))
		snprintf(ret, n, "The LUKS container on %s", g->device);
	else
		snprintf(ret, n, "The filesystem %s on %s", g->type, g->device);
}

/* Does a grow belong to a partition: to what is in it? */
static bool is_of(const struct plan_part *p, const struct plan_grow *g)
{
	for (size_t i = 0; i < p->n_layers; i++)
		if (!strcmp(p->layers[i].device, g->device) && !strcmp(p->layers[i].type, g->type))
			return true;
	return false;
}

/* Appends how one grows. */
static void add_method(struct buf *b, const struct plan_grow *g)
{
	char subject[256];

	if (!g->method)
		return; /* a warning tells */
	summary_subject(g, subject, sizeof(subject));
	buf_addf(b, "  %s will be %s using the ‘%s’ method.", subject, g->smaller ? "made anew" : "expanded",
		 g->method);
}

static void print_target(struct resize *r, const struct plan_target *t)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	const unsigned sector = r->was.disk.sector;
	char from[32], to[32];

	switch (t->action) {
	case PLAN_KEEP:
		buf_addstr(&b, "This partition will be left alone.");
		break;
	case PLAN_IGNORED:
		buf_addstr(&b, "This partition will be created, but the contents will be ignored (ie. not "
			       "copied to the target).");
		break;
	case PLAN_DELETED:
		buf_addstr(&b, "This partition will be deleted.");
		break;
	case PLAN_RESIZED:
		buf_addf(&b, "This partition will be resized from %s to %s.",
			 plan_shown(from, t->from->sectors * sector), plan_shown(to, t->sectors * sector));
		break;
	case PLAN_EXTRA:
		return;
	}
	for (size_t i = 0; i < r->plan.n_grows; i++)
		if (is_of(t->from, &r->plan.grows[i]))
			add_method(&b, &r->plan.grows[i]);
	say_info(&r->say, "%s: %s", t->from->name, b.data);
}

/* Volumes that are grown, with what is on them. */
static void print_volumes(struct resize *r)
{
	const struct plan *p = &r->plan;

	for (size_t i = 0; i < p->n_grows; i++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		if (strcmp(p->grows[i].type, "LV") != 0)
			continue;
		buf_addf(&b, "%s: This logical volume will be expanded to maximum size.", p->grows[i].device);
		for (size_t k = i + 1; k < p->n_grows && strcmp(p->grows[k].type, "LV") != 0; k++)
			add_method(&b, &p->grows[k]);
		say_info(&r->say, "%s", b.data);
	}
}

static void print_surplus(struct resize *r)
{
	static const char *const words[] = {
		[PLAN_SURPLUS_EXTRA] = "  An extra partition will be created for the surplus.",
		[PLAN_SURPLUS_SMALL] = "  The surplus space is not large enough for an extra partition to be "
				       "created and so it will just be ignored.",
		[PLAN_SURPLUS_IGNORED] = "  The surplus space will be ignored.  Run a partitioning program in "
					 "the guest to partition this extra space if you want.",
	};
	char shown[32];

	if (r->plan.surplus_use != PLAN_SURPLUS_NONE)
		say_info(&r->say, "There is a surplus of %s.%s", plan_shown(shown, r->plan.surplus),
			 words[r->plan.surplus_use]);
}

/* ---- the table of --dry-run */

struct row {
	const struct resize *r;
	const struct plan_target *t;
	char name[32];
};

static void cell_name(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct row *)row)->name };
}

static void cell_content(const void *row, struct cell *c)
{
	const struct plan_part *p = ((const struct row *)row)->t->from;

	if (p && p->n_layers)
		*c = (struct cell){ .kind = CELL_STR, .s = p->layers[p->n_layers - 1].type };
}

static void number(struct cell *c, enum cell_kind kind, bool there, uint64_t n)
{
	if (there)
		*c = (struct cell){ .kind = kind, .n = n };
}

static void cell_start(const void *row, struct cell *c)
{
	const struct row *x = row;

	number(c, CELL_NUMBER, x->t->from, x->t->from ? x->t->from->start : 0);
}

static void cell_size(const void *row, struct cell *c)
{
	const struct row *x = row;

	number(c, CELL_SIZE, x->t->from, x->t->from ? x->t->from->sectors * x->r->was.disk.sector : 0);
}

static void cell_new_start(const void *row, struct cell *c)
{
	const struct row *x = row;

	number(c, CELL_NUMBER, x->t->action != PLAN_DELETED, x->t->start);
}

static void cell_new_size(const void *row, struct cell *c)
{
	const struct row *x = row;

	number(c, CELL_SIZE, x->t->action != PLAN_DELETED, x->t->sectors * x->r->was.disk.sector);
}

static const struct column columns[] = {
	{ "Partition", "name", TABLE_TEXT, 0, 0, cell_name },
	{ "Content", "content", TABLE_TEXT, 0, 0, cell_content },
	{ "Start", "start", TABLE_TEXT, 0, 0, cell_start },
	{ "Size", "size", TABLE_TEXT, 0, 0, cell_size },
	{ "New start", "new_start", TABLE_TEXT, 0, 0, cell_new_start },
	{ "New size", "new_size", TABLE_TEXT, 0, 0, cell_new_size },
};

static void target_name(const struct plan_target *t, char *ret, size_t n)
{
	CLEANUP(free) char *name = description_part_name(t->number);

	snprintf(ret, n, "%s", t->from && t->action == PLAN_DELETED ? t->from->name : name);
}

static void print_table(struct resize *r)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct table t = {
		.columns = columns,
		.n_columns = ARRAY_SIZE(columns),
		.form = TABLE_TEXT,
		.title = true,
		.human = true,
		.how = safe_for(STDOUT_FILENO),
		.out = &b,
	};

	table_begin(&t);
	for (size_t i = 0; i < r->plan.n_targets; i++) {
		struct row row = { .r = r, .t = &r->plan.targets[i] };

		target_name(row.t, row.name, sizeof(row.name));
		table_row(&t, &row);
	}
	table_end(&t);
	say_plain(&r->say, b.data);
}

void summary_print(struct resize *r)
{
	say_plain(&r->say, "\n" STARS "\nSummary of changes:\n\n");
	for (size_t i = 0; i < r->plan.n_targets; i++)
		print_target(r, &r->plan.targets[i]);
	print_volumes(r);
	print_surplus(r);
	if (r->o->dry_run && !r->say.machine) {
		print_table(r);
		say_plain(&r->say, "\n");
	}
	say_plain(&r->say, STARS);
	for (size_t i = 0; i < r->plan.n_grows; i++)
		if (!r->plan.grows[i].method)
			say_warning(&r->say,
				    "unknown/unavailable method for expanding the %s filesystem on %s",
				    r->plan.grows[i].type, r->plan.grows[i].device);
}

void summary_done(struct resize *r)
{
	for (size_t i = 0; i < r->n_grown; i++) {
		const struct grown *g = &r->grown[i];
		char subject[256], before[32], after[32];

		if (!g->before)
			continue;
		summary_subject(g->what, subject, sizeof(subject));
		say_info(&r->say, "%s: %s had %s, and has %s now.", g->what->device, subject,
			 plan_shown(before, g->before), plan_shown(after, g->after));
	}
}

/* ---- JSON */

static void json_place(struct json *j, const char *key, uint64_t start, uint64_t sectors, unsigned sector)
{
	json_open_object(j, key);
	json_u64(j, "start", start * sector);
	json_u64(j, "size", sectors * sector);
	json_close(j);
}

static void json_target(const struct resize *r, struct json *j, const struct plan_target *t)
{
	static const char *const actions[] = { [PLAN_KEEP] = "keep", [PLAN_RESIZED] = "resize",
					       [PLAN_IGNORED] = "ignore", [PLAN_DELETED] = "delete",
					       [PLAN_EXTRA] = "extra" };
	const unsigned sector = r->was.disk.sector;
	char name[32];

	target_name(t, name, sizeof(name));
	json_open_object(j, NULL);
	json_str(j, "device", name);
	json_str(j, "action", actions[t->action]);
	if (t->from) {
		json_str(j, "content", t->from->n_layers ? t->from->layers[t->from->n_layers - 1].type : NULL);
		json_str(j, "mountpoint", t->from->mountpoint);
		json_place(j, "before", t->from->start, t->from->sectors, sector);
	}
	if (t->action != PLAN_DELETED)
		json_place(j, "after", t->start, t->sectors, sector);
	json_close(j);
}

static void json_grow(const struct resize *r, struct json *j, const struct plan_grow *g)
{
	json_open_object(j, NULL);
	json_str(j, "device", g->device);
	json_str(j, "type", g->type);
	json_str(j, "method", g->method);
	for (size_t i = 0; i < r->n_grown; i++)
		if (r->grown[i].what == g && r->grown[i].before) {
			json_u64(j, "before", r->grown[i].before);
			json_u64(j, "after", r->grown[i].after);
		}
	json_close(j);
}

static struct json json_begin(struct resize *r)
{
	struct json j = json_init(&r->c->out.b);

	json_open_object(&j, NULL);
	json_str(&j, "schema", "guestutils.resize.v1");
	json_str(&j, "in", r->in);
	return j;
}

void summary_json_journal(struct resize *r)
{
	struct json j = json_begin(r);

	json_bool(&j, "in_place", true);
	json_bool(&j, "done", true);
	json_str(&j, "journal", r->o->undo ? "undone" : "continued");
	json_close(&j);
}

void summary_json(struct resize *r, bool done)
{
	struct json j = json_begin(r);

	json_str(&j, "out", r->out);
	json_bool(&j, "in_place", r->o->in_place);
	json_bool(&j, "done", done);
	json_str(&j, "table", r->was.table.label);
	json_u64(&j, "size_before", r->before);
	json_u64(&j, "size_after", r->target);
	json_u64(&j, "surplus", r->plan.surplus);
	json_open_array(&j, "partitions");
	for (size_t i = 0; i < r->plan.n_targets; i++)
		json_target(r, &j, &r->plan.targets[i]);
	json_close(&j);
	json_open_array(&j, "grow");
	for (size_t i = 0; i < r->plan.n_grows; i++)
		json_grow(r, &j, &r->plan.grows[i]);
	json_close(&j);
	json_close(&j);
}
