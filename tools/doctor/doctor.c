/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-doctor: say whether guest tools can work here, and what to do where not. */
#include <errno.h>
#include <stdbool.h>

#include "checks.h"
#include "cli/tool.h"
#include "vm/session.h"

enum doctor_option { OPT_WARM = OPT_ID_TOOL, OPT_RETRY_KVM };

struct doctor_options {
	bool warm;
	bool retry_kvm;
};

static const struct opt opts[] = {
	{ 0, "retry-kvm", NULL, "try KVM again, whatever is remembered of it", OPT_RETRY_KVM, 0 },
	{ 0, "warm", NULL, "only make the template, if there is none", OPT_WARM, 0 },
	OPTS_APPLIANCE,
	OPTS_STD,
	OPT_END,
};

static int option(void *ctx, int id, const char *arg, struct err *e)
{
	struct doctor_options *o = ctx;

	(void)arg;
	(void)e;
	if (id == OPT_WARM)
		o->warm = true;
	else if (id == OPT_RETRY_KVM)
		o->retry_kvm = true;
	return 0;
}

static int check(struct cli *c, struct err *e)
{
	const struct doctor_options *o = c->own;
	const struct session_options *s = &c->images.session;

	if (c->n_operands)
		return err_set(e, EINVAL, "extra operand '%s'", c->operands[0]);
	if (o->warm && s->no_template)
		return err_set(e, EINVAL, "--warm and --no-template exclude each other");
	if (o->retry_kvm && s->accel == SESSION_ACCEL_TCG)
		return err_set(e, EINVAL, "--retry-kvm and --accel=tcg exclude each other");
	if (o->retry_kvm && o->warm)
		return err_set(e, EINVAL, "--retry-kvm and --warm exclude each other");
	return 0;
}

static int run(struct cli *c, struct err *e)
{
	const struct doctor_options *o = c->own;
	struct doctor d = { .cli = c, .retry_kvm = o->retry_kvm, .cachefd = -1 };
	bool made;

	if (o->warm)
		return session_warm(&c->images.session, report_event, &c->report, &made, e);
	return checks_run(&d, e);
}

static const struct tool tool = {
	.name = "guest-doctor",
	.usage = "[OPTION]...",
	.summary = "Say whether guest tools can work here, and what to do where not.",
	.rows = opts,
	.option = option,
	.check = check,
	.run = run,
};

int main(int argc, char **argv)
{
	struct doctor_options own = { false, false };

	return tool_main(&tool, argc, argv, &own);
}
