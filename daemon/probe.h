/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a block device, by libblkid. */
#ifndef DAEMON_PROBE_H
#define DAEMON_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/err.h"

struct probe {
	char *type;  /* "ext4", "swap", "LVM2_member"; "unknown" where nothing is known of it */
	char *label; /* "" for none, as the next */
	char *uuid;
	uint64_t size; /* of the device, bytes */
};

/* Reads the signatures of a device or image file. */
int probe_read(const char *node, struct probe *ret, struct err *e);
void probe_release(struct probe *p);

/* One row of a partition table. */
struct table_row {
	unsigned part;
	char *uuid; /* PARTUUID */
	char *name; /* PARTLABEL, "" for none */
	char *type; /* a GUID, or "0x83" */
};

struct table {
	struct table_row *v;
	size_t n;
};

/* Reads the partition table of a whole disk; none is an empty list. */
int table_read(const char *node, struct table *ret, struct err *e);
void table_release(struct table *t);

static inline void table_release_p(struct table *t)
{
	table_release(t);
}

#endif
