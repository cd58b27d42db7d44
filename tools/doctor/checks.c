/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See checks.h. */
#include "checks.h"

#include <stdlib.h>

#include "cli/interrupt.h"
#include "cli/json.h"
#include "util/cleanup.h"
#include "util/io.h"

/* One row a check. */
static const struct check {
	const char *id;    /* in the output, and in scripts */
	const char *title; /* what is being done, for -v and on a terminal */
	check_fn fn;
} checks[] = {
	{ "qemu", "looking for qemu", check_qemu },
	{ "appliance", "reading the appliance", check_appliance },
	{ "cache", "looking at the cache folder", check_cache },
	{ "space", "measuring disk space", check_space },
	{ "memory", "measuring memory", check_memory },
	{ "kvm", "trying KVM", check_kvm },
	{ "template", "looking at the template", check_template },
	{ "launch", "launching on a scratch disk", check_launch },
	{ "sandbox", "looking at the sandbox", check_sandbox },
};

#define N_CHECKS ARRAY_SIZE(checks)

bool can_launch(const struct doctor *d, struct finding *f)
{
	const char *first = !d->qemu ? "qemu" : !d->appliance ? "appliance" : "kvm";

	if (d->qemu && d->appliance && !d->no_accel)
		return true;
	finding_set(f, FINDING_WARN, "not tried: the appliance cannot be started");
	finding_cause(f, "the check '%s' failed", first);
	finding_help(f, "do what that check says, then run guest-doctor again");
	return false;
}

/* The last line: what all of it comes to. */
static void print_summary(struct buf *b, const unsigned n[FINDING_N_STATUS])
{
	unsigned fail = n[FINDING_FAIL], warn = n[FINDING_WARN];

	buf_addf(b, "Guest tools %s here: %u passed, %u warning%s, %u failed.\n",
		 fail ? "do not work" : "work", n[FINDING_PASS], warn, warn == 1 ? "" : "s", fail);
}

static void print_json(struct buf *b, const struct finding *all, bool ok)
{
	struct json j = json_init(b);

	json_open_object(&j, NULL);
	json_str(&j, "schema", "guestutils.doctor.v1");
	json_bool(&j, "ok", ok);
	json_open_array(&j, "checks");
	for (size_t i = 0; i < N_CHECKS; i++)
		finding_json(&all[i], checks[i].id, &j);
	json_close(&j);
	json_close(&j);
}

/* Runs a check; what it finds is shown at once, unless JSON waits for all of them. */
static int run_check(struct doctor *d, const struct check *check, struct finding *f, struct err *e)
{
	struct cli *c = d->cli;

	progress_start(&c->report.progress);
	report_step(&c->report, check->title);
	progress_text(&c->report.progress, check->title);
	check->fn(d, f);
	progress_hide(&c->report.progress);
	if (c->images.json || interrupt_caught())
		return 0;
	finding_print(f, check->id, &c->out.b);
	return out_flush(&c->out, e);
}

static int run_all(struct doctor *d, struct finding *all, struct err *e)
{
	unsigned n[FINDING_N_STATUS] = { 0 };
	struct cli *c = d->cli;

	for (size_t i = 0; i < N_CHECKS; i++) {
		if (run_check(d, &checks[i], &all[i], e) < 0)
			return -1;
		if (interrupt_caught())
			return 0;
		n[all[i].status]++;
	}
	if (c->images.json)
		print_json(&c->out.b, all, !n[FINDING_FAIL]);
	else
		print_summary(&c->out.b, n);
	if (n[FINDING_FAIL])
		c->report.failed = true;
	return out_flush(&c->out, e);
}

int checks_run(struct doctor *d, struct err *e)
{
	struct finding all[N_CHECKS] = { 0 };
	int r = run_all(d, all, e);

	for (size_t i = 0; i < N_CHECKS; i++)
		finding_release(&all[i]);
	free(d->qemu);
	free(d->qemu_version);
	free(d->cache_path);
	appliance_close(d->appliance);
	fd_close(d->cachefd);
	return r;
}
