/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies on what: signatures are read, each layer that knows one makes mappings of its
 * devices, and these have signatures again. It ends when a turn brings nothing new; each turn
 * that brings something adds to a bounded list, and a layer is one deeper than what it lies
 * on, so however the disks are made, it does end.
 */
#include "devices.h"

#include <string.h>

#include "btrfs.h"
#include "lvm.h"
#include "md.h"

/* A signature, and what takes the devices that have it and are not claimed. */
static const struct layer {
	const char *type;
	/*
	 * Adds what is complete; where last, for nothing else has anything more to add, what
	 * there is of the rest, too, and claims all that it knows.
	 */
	int (*add)(struct guestd *g, bool last, struct err *e);
} layers[] = {
	{ "linux_raid_member", md_layer },
	{ "LVM2_member", lvm_layer },
};

/* Has any device that nobody has claimed this signature? */
static bool is_wanted(const struct storage *st, const struct layer *l)
{
	for (size_t i = 0; i < st->n_devices; i++)
		if (!st->devices[i]->claimed && device_is(st->devices[i], l->type))
			return true;
	return false;
}

/* One turn, up to the first layer that adds something. */
static int take_turn(struct guestd *g, bool last, struct err *e)
{
	struct storage *st = storage_of(g);
	size_t n = st->n_devices;

	for (size_t i = 0; i < ARRAY_SIZE(layers) && st->n_devices == n; i++)
		if (is_wanted(st, &layers[i]) && layers[i].add(g, last, e) < 0)
			return -1;
	return 0;
}

static void read_signatures(struct storage *st)
{
	for (size_t i = 0; i < st->n_devices; i++)
		if (!st->devices[i]->split)
			device_probe(st->devices[i]);
}

int devices_probe(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);

	if (devices_scan(g, e) < 0)
		return -1;
	while (!st->settled) {
		size_t n = st->n_devices;

		read_signatures(st);
		if (take_turn(g, false, e) < 0)
			return -1;
		if (st->n_devices == n && take_turn(g, true, e) < 0)
			return -1;
		st->settled = st->n_devices == n;
		if (st->settled)
			btrfs_tell_apart(g);
	}
	return 0;
}
