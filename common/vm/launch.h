/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a session gets its machine: see launch_qemu.c. */
#ifndef VM_LAUNCH_H
#define VM_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

#include "vm/session.h"
#include "vm/vm.h"

struct launch {
	const struct session_options *options;
	struct vm_host *host;
	struct image *const *images;
	size_t n_images;
	bool kvm;      /* result */
	bool restored; /* result */
};

/* A machine that has answered hello, or NULL with *e. */
struct vm *launch(struct launch *l, struct err *e);

/* Makes the template unless there is a good one. */
int launch_warm(struct launch *l, bool *ret_made, struct err *e);

#endif
