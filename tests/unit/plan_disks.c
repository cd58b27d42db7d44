/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See plan_disks.h. */
#include "plan_disks.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

static const struct plan_layer ext4_small[] = { { "/dev/sda1", "ext4", .size = 100 * MIB } };
static const struct plan_layer pv[] = { { "/dev/sda2", "LVM2_member", .size = 64 * MIB } };
static const struct plan_layer root_lv[] = { { "/dev/VG/LV", "ext4", .size = 32 * MIB } };
static const struct plan_layer exfat[] = { { "/dev/sda3", "exfat", .size = 20 * MIB } };
static const struct plan_volume volumes[] = {
	{ .name = "/dev/VG/LV", .vg = "VG", .mountpoint = "/", .layers = root_lv, .n_layers = 1 },
};

/* MBR: sda1 100 MiB at 2048, sda2 a PV of 64 MiB, sda3 exfat of 20 MiB. */
const struct plan_part three[3] = {
	{ .name = "/dev/sda1", .mountpoint = "/boot", .layers = ext4_small, .n_layers = 1,
	  .start = 2048, .sectors = SEC(100 * MIB), .number = 1 },
	{ .name = "/dev/sda2", .vg = "VG", .layers = pv, .n_layers = 1,
	  .start = 2048 + SEC(100 * MIB), .sectors = SEC(64 * MIB), .number = 2 },
	{ .name = "/dev/sda3", .layers = exfat, .n_layers = 1, .start = 2048 + SEC(164 * MIB),
	  .sectors = SEC(20 * MIB), .number = 3 },
};

const struct plan_disk three_disk = {
	.table = PLAN_MBR, .sector = 512, .sectors = SEC(200 * MIB), .parts = three,
	.n_parts = 3, .volumes = volumes, .n_volumes = 1,
};

/* sda1, sda2 extended with sda5 and sda6 in it, sda3. */
const struct plan_part logical[5] = {
	{ .name = "/dev/sda1", .start = 2048, .sectors = 20480, .number = 1 },
	{ .name = "/dev/sda2", .kind = PLAN_EXTENDED, .start = 22528, .sectors = 61440, .number = 2 },
	{ .name = "/dev/sda5", .kind = PLAN_LOGICAL, .start = 24576, .ebr = 22528, .sectors = 20480,
	  .number = 5 },
	{ .name = "/dev/sda6", .kind = PLAN_LOGICAL, .start = 47104, .ebr = 45056, .sectors = 30720,
	  .number = 6 },
	{ .name = "/dev/sda3", .start = 83968, .sectors = 20480, .number = 3 },
};
const struct plan_disk logical_disk = {
	.table = PLAN_MBR, .sector = 512, .sectors = SEC(100 * MIB), .parts = logical, .n_parts = 5,
};

const struct plan_target *target_of(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->n_targets; i++)
		if (p->targets[i].from && !strcmp(p->targets[i].from->name, name))
			return &p->targets[i];
	fail_msg("%s is not in the plan", name);
	return NULL;
}

static const struct plan_options plain = { .alignment = 128 };

void set_options(struct plan_options *o, uint64_t target, const struct plan_wish *w, size_t n)
{
	*o = plain;
	o->target = target;
	o->wishes = w;
	o->n_wishes = n;
}
