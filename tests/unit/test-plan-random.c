/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan of guest-resize: thousands of random disks and wishes, by what must hold. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/resize/plan.h"
#include "util/cleanup.h"

#define MIB	   (1ULL << 20)
#define SEC(bytes) ((bytes) / 512)
#define RANDOM_N   20000 /* disks */
#define PARTS	   12

static uint64_t seed;

static uint64_t rnd(uint64_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return n ? (seed >> 24) % n : 0;
}

struct world {
	struct plan_disk d;
	struct plan_part parts[PARTS];
	struct plan_layer layers[PARTS];
	char names[PARTS][24];
	struct plan_wish wishes[4];
	struct plan_options o;
};

static void add_part(struct world *w, enum plan_kind kind, unsigned number, uint64_t start,
		     uint64_t sectors)
{
	static const char *const types[] = { "ext4", "xfs", "swap", "ntfs", "vfat", "exfat", "" };
	size_t i = w->d.n_parts++;

	snprintf(w->names[i], sizeof(w->names[i]), "/dev/sda%u", number);
	w->layers[i] = (struct plan_layer){ w->names[i], types[rnd(ARRAY_SIZE(types))],
					    .size = rnd(3) ? rnd(sectors * w->d.sector) + 1 : 0 };
	w->parts[i] = (struct plan_part){
		.name = w->names[i], .layers = &w->layers[i], .n_layers = kind != PLAN_EXTENDED && rnd(5),
		.start = start, .sectors = sectors, .ebr = start, .number = number, .kind = kind,
		.bootable = !rnd(4),
	};
}

/* Some space, or none. */
static uint64_t gap(void)
{
	return rnd(2) ? 0 : rnd(5000);
}

/* An extended partition with up to four in it; where it ends. */
static uint64_t add_extended(struct world *w, unsigned number, uint64_t start)
{
	uint64_t at = start, n = rnd(5);
	size_t x = w->d.n_parts;

	add_part(w, PLAN_EXTENDED, number, start, 1);
	for (unsigned i = 0; i < n; i++) {
		uint64_t ebr = at + gap(), size = 1 + rnd(1 << rnd(22));

		add_part(w, PLAN_LOGICAL, 5 + i, ebr + 1 + rnd(3000), size);
		w->parts[w->d.n_parts - 1].ebr = ebr;
		at = w->parts[w->d.n_parts - 1].start + size;
	}
	at += 1 + gap();
	w->parts[x].sectors = at - start;
	return at;
}

static void make_disk(struct world *w)
{
	uint64_t at;
	unsigned n, extended;

	memset(w, 0, sizeof(*w));
	w->d.table = rnd(2) ? PLAN_GPT : PLAN_MBR;
	w->d.sector = rnd(5) ? 512 : 4096;
	w->d.gpt_entries = 128;
	w->d.parts = w->parts;
	n = 1 + rnd(w->d.table == PLAN_GPT ? 8 : 4);
	extended = w->d.table == PLAN_MBR ? rnd(8) : 99;
	at = 34 + rnd(4096);
	for (unsigned i = 0; i < n; i++) {
		uint64_t size = 1 + rnd(1 << rnd(24));

		at += gap();
		if (i == extended) {
			at = add_extended(w, i + 1, at);
			continue;
		}
		add_part(w, PLAN_PRIMARY, i + 1, at, size);
		at += size;
	}
	w->d.sectors = at + 4096 + rnd(10000);
	if (w->d.table == PLAN_GPT && rnd(2)) /* numbers that are not in the order of places */
		for (unsigned i = 0; i < n; i++) {
			w->parts[i].number = n - i;
			snprintf(w->names[i], sizeof(w->names[i]), "/dev/sda%u", n - i);
		}
}

static void make_wishes(struct world *w)
{
	w->o = (struct plan_options){ .alignment = 128 };
	w->o.alignment = 1ULL << rnd(12);
	w->o.align_first = rnd(3);
	w->o.no_extra_partition = !rnd(3);
	w->o.target = w->d.sectors * w->d.sector / 2 + rnd(w->d.sectors * 2) * w->d.sector;
	w->o.wishes = w->wishes;
	w->o.n_wishes = rnd(4);
	for (size_t i = 0; i < w->o.n_wishes; i++)
		w->wishes[i] = (struct plan_wish){
			.kind = rnd(PLAN_WISH_LV_EXPAND),
			.name = w->names[rnd(w->d.n_parts)],
			.size = { "+-"[rnd(3)], rnd(2), 1 + rnd(2000) },
		};
}

static const struct plan_wish *wish_for(const struct world *w, const char *name)
{
	for (size_t i = 0; i < w->o.n_wishes; i++)
		if (!strcmp(w->wishes[i].name, name))
			return &w->wishes[i];
	return NULL;
}

#define must(c, i)                                                             \
	do {                                                                   \
		if (!(c))                                                      \
			fail_msg("disk %u: not so: %s", (unsigned)(i), #c);    \
	} while (0)

/* One against all others. */
static void check_apart(const struct plan *p, const struct plan_target *t, unsigned nr)
{
	for (const struct plan_target *x = p->targets; x < p->targets + p->n_targets; x++) {
		bool nested = (x->kind == PLAN_EXTENDED && t->kind == PLAN_LOGICAL) ||
			      (t->kind == PLAN_EXTENDED && x->kind == PLAN_LOGICAL);

		if (x == t || x->action == PLAN_DELETED)
			continue;
		must(x->number != t->number, nr);
		if (!nested)
			must(x->start >= t->start + t->sectors || t->start >= x->start + x->sectors, nr);
		if (x->kind == PLAN_EXTENDED && t->kind == PLAN_LOGICAL)
			must(t->start > x->start && t->start + t->sectors <= x->start + x->sectors, nr);
		/* Room for a boot record between two logical ones. */
		if (x->kind == PLAN_LOGICAL && t->kind == PLAN_LOGICAL && x->start > t->start)
			must(x->start > t->start + t->sectors, nr);
		/* The order of places stays. */
		if (x->from && t->from && !nested)
			must((x->start < t->start) == (x->from->start < t->from->start), nr);
	}
}

static void check_target(const struct world *w, const struct plan *p, const struct plan_target *t,
			 unsigned nr)
{
	const struct plan_wish *wish = t->from ? wish_for(w, t->from->name) : NULL;
	uint64_t end = t->start + t->sectors, bytes;
	struct err e;

	must(t->sectors > 0 && t->start >= 1, nr);
	must(w->d.table == PLAN_MBR || (t->start >= 34 || w->d.sector == 4096), nr);
	must(end * w->d.sector <= w->o.target, nr);
	must(w->d.table == PLAN_MBR || end + 5 <= w->o.target / w->d.sector, nr);
	must(w->d.table == PLAN_GPT || end <= 1ULL << 32, nr);
	check_apart(p, t, nr);
	if (!t->from)
		return;
	must(t->kind == PLAN_LOGICAL || t->number == t->from->number, nr);
	must(t->copied <= t->sectors && t->copied <= t->from->sectors, nr);
	if (t->action == PLAN_KEEP)
		must(t->sectors == t->from->sectors &&
			     (t->kind == PLAN_EXTENDED || t->copied == t->sectors), nr);
	/* The first is where the first one was, whichever it is now. */
	if (t->kind != PLAN_LOGICAL && t->start != w->parts[0].start)
		must(t->start % w->o.alignment == 0 ||
			     (t->kind == PLAN_EXTENDED &&
			      t->start % w->o.alignment == t->from->start % w->o.alignment),
		     nr);
	if (wish && t->kind != PLAN_EXTENDED && t->action == PLAN_RESIZED &&
	    (wish->kind == PLAN_WISH_RESIZE || wish->kind == PLAN_WISH_FORCE)) {
		must(plan_size_apply(&wish->size, t->from->sectors * w->d.sector, &bytes, &e) == 0, nr);
		must(t->sectors * w->d.sector >= bytes, nr);
		must(t->sectors * w->d.sector < bytes + (w->o.alignment + 1) * w->d.sector, nr);
	}
	/* Content fits, unless it was forced or is made anew. */
	if (t->from->n_layers && t->kind != PLAN_EXTENDED && strcmp(t->from->layers[0].type, "swap") &&
	    !(wish && wish->kind == PLAN_WISH_FORCE))
		must(t->sectors * w->d.sector >= t->from->layers[0].size, nr);
}

/* What a deficit is said to be is enough. */
static void check_deficit(const struct world *w, const struct err *e, unsigned nr)
{
	struct plan_options o = w->o;
	struct plan p;
	struct err again = ERR_INIT;
	unsigned long long missing;

	if (sscanf(e->msg, "There is a deficit of %llu bytes", &missing) != 1)
		return;
	o.target += (missing + w->d.sector - 1) / w->d.sector * w->d.sector;
	if (plan_copy(&w->d, &o, &p, &again) == 0)
		plan_release(&p);
	else
must(!strstr(again.msg, "deficit"), nr);
}

/* --expand leaves no more than what is allowed for tables and rounding. */
static void check_expanded(const struct world *w, const struct plan *p, unsigned nr)
{
	uint64_t end = 0, slack;
	bool expanded = false;

	for (const struct plan_target *t = p->targets; t < p->targets + p->n_targets; t++) {
		const struct plan_wish *wish = t->from ? wish_for(w, t->from->name) : NULL;

		if (t->action == PLAN_DELETED)
			continue;
		end = t->start + t->sectors > end ? t->start + t->sectors : end;
		expanded |= wish && wish->kind == PLAN_WISH_EXPAND;
	}
	slack = 4096 + w->parts[0].start + 64 + w->o.alignment * (3 * w->d.n_parts + 2);
	if (expanded)
		must((end + slack) * w->d.sector >= w->o.target, nr);
}

static void test_random_disks_copied(void **state)
{
	static struct world w;
	unsigned planned = 0;

	(void)state;
	for (unsigned nr = 0; nr < RANDOM_N; nr++) {
		struct plan p;
		struct err e = ERR_INIT;

		seed = nr;
		make_disk(&w);
		make_wishes(&w);
		if (plan_copy(&w.d, &w.o, &p, &e) < 0) {
			must(*e.msg && e.no, nr);
			check_deficit(&w, &e, nr);
			continue;
		}
		planned++;
		must(p.n_targets == w.d.n_parts + (p.surplus_use == PLAN_SURPLUS_EXTRA), nr);
		for (size_t i = 0; i < p.n_targets; i++)
			if (p.targets[i].action != PLAN_DELETED)
				check_target(&w, &p, &p.targets[i], nr);
		check_expanded(&w, &p, nr);
		plan_release(&p);
	}
	/* Else the refusals hide what is to be tested. */
	if (planned < RANDOM_N / 5)
		fail_msg("only %u of %d disks were planned", planned, RANDOM_N);
}

static void test_random_disks_grown_in_place(void **state)
{
	static struct world w;
	unsigned grown = 0;

	(void)state;
	for (unsigned nr = 0; nr < RANDOM_N; nr++) {
		struct plan p;
		struct err e = ERR_INIT;

		seed = nr;
		make_disk(&w);
		make_wishes(&w);
		w.o.target += w.d.sectors * w.d.sector / 2;
		if (plan_in_place(&w.d, &w.o, &p, &e) < 0) {
			must(*e.msg && e.no, nr);
			continue;
		}
		must(p.n_targets == w.d.n_parts, nr);
		for (size_t i = 0; i < p.n_targets; i++) {
			const struct plan_target *t = &p.targets[i];

			must(t->start == t->from->start && t->number == t->from->number, nr);
			must(t->sectors >= t->from->sectors, nr);
			must((t->action == PLAN_RESIZED) == (t->sectors > t->from->sectors), nr);
			grown += t->action == PLAN_RESIZED;
			must((t->start + t->sectors) * w.d.sector <= w.o.target, nr);
			check_apart(&p, t, nr);
		}
		plan_release(&p);
	}
	if (grown < RANDOM_N / 5)
		fail_msg("only %u partitions were grown", grown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_disks_copied),
		cmocka_unit_test(test_random_disks_grown_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
