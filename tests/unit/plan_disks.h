/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks that guest-resize's plan is tested on. */
#ifndef TESTS_PLAN_DISKS_H
#define TESTS_PLAN_DISKS_H

#include "tools/resize/plan.h"
#include "util/cleanup.h"

#define MIB	   (1ULL << 20)
#define GIB	   (1ULL << 30)
#define SEC(bytes) ((bytes) / 512)

/* MBR: sda1 ext4 of 100 MiB at 2048, sda2 a PV of 64 MiB with /dev/VG/LV, sda3 exfat of 20 MiB. */
extern const struct plan_part three[3];
extern const struct plan_disk three_disk;
/* MBR: sda1, sda2 extended with sda5 and sda6 in it, sda3. */
extern const struct plan_part logical[5];
extern const struct plan_disk logical_disk;

/* Options with these, which are borrowed, and an alignment of 128. */
void set_options(struct plan_options *o, uint64_t target, const struct plan_wish *w, size_t n);

/* What becomes of a partition; a test fails where nothing does. */
const struct plan_target *target_of(const struct plan *p, const char *name);

#endif
