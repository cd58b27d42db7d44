/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks, in an order in which each can use what those before it found out.
 * One that cannot be tried without them says so, and does not fail.
 */
#ifndef DOCTOR_CHECKS_H
#define DOCTOR_CHECKS_H

#include <stdbool.h>

#include "cli/tool.h"
#include "finding.h"
#include "vm/accel.h"
#include "vm/appliance.h"

/* One examination, and what is known so far. */
struct doctor {
	struct cli *cli;
	bool retry_kvm;
	char *qemu;                  /* its path; NULL: there is none that can be used */
	char *qemu_version;
	struct appliance *appliance; /* NULL: there is none that can be used */
	int cachefd;                 /* of the cache folder; -1: it cannot be used */
	bool cache_writable;
	char *cache_path;            /* NULL: there is no name for it */
	bool kvm;                    /* tools use KVM here */
	bool no_accel;               /* --accel=kvm, and it cannot be had */
	/* What doctor_launch.c saw of qemu while it ran: */
	bool launched;
	bool landlocked;
	bool seccomp;
};

typedef void (*check_fn)(struct doctor *d, struct finding *f);

/* Runs all checks and prints what they find; 0, or -1 with *e where stdout fails. */
int checks_run(struct doctor *d, struct err *e);

void check_qemu(struct doctor *d, struct finding *f);
void check_appliance(struct doctor *d, struct finding *f);
void check_cache(struct doctor *d, struct finding *f);
void check_space(struct doctor *d, struct finding *f);
void check_memory(struct doctor *d, struct finding *f);
void check_kvm(struct doctor *d, struct finding *f);
void check_template(struct doctor *d, struct finding *f);
void check_launch(struct doctor *d, struct finding *f);
void check_sandbox(struct doctor *d, struct finding *f);

/*
 * Can the appliance be started, as far as was found out? Else the finding is made:
 * "not tried", with what is in the way.
 */
bool can_launch(const struct doctor *d, struct finding *f);

/* Is a template of the accelerator in use there? Its files are not compared with their hashes. */
bool template_is_there(const struct doctor *d);

#endif
