/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A disk as guestd sees it, put in the plan's terms. */
#ifndef RESIZE_DESCRIBE_H
#define RESIZE_DESCRIBE_H

#include "cli/tool.h"
#include "plan.h"
#include "vm/calls.h"

/* What the appliance said; all strings of the plan's disk are of these. All zero to begin with. */
struct description {
	struct table_ret table;
	struct storage_ret storage;
	struct mount_guest_ret guest; /* where the guest has its file systems, if that was asked for */
	struct plan_disk disk;
	struct strvec names;	      /* of the partitions */
	struct plan_layer *layers;
};

/*
 * Asks for all of the first disk of c's session, opening what is encrypted as far as there are keys.
 * mountpoints: also where the guest has what; then nothing is mounted any more.
 */
int describe(struct cli *c, bool mountpoints, struct description *ret, struct err *e);
void description_release(struct description *d);

/* The row of what is on a device, or NULL. */
const wire_block *description_content(const struct description *d, const char *device);

/* Is a device one that was opened with a key, or does it lie on one? */
bool description_in_crypt(const struct storage_ret *s, const char *name);
/* The bytes of what was opened on a device, or 0. */
uint64_t description_opened_size(const struct storage_ret *s, const char *device);

/* "/dev/sda2", of the session's first disk. */
char *description_part_name(unsigned number);

#endif
