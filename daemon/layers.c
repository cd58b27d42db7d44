/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies on what: signatures are read, each layer that knows one makes mappings of its
 * devices, and these have signatures again. It ends when a turn brings nothing new; each turn
 * that brings something adds to a bounded list, and a layer is one deeper than what it lies
 * on, so however the disks are made, it does end.
 */
#include "devices.h"

#include <string.h>

#include "lvm.h"

/* A signature, and what takes the devices that have it and are not claimed. */
static const struct layer {
	const char *type;
	int (*add)(struct guestd *g, struct err *e);
} layers[] = {
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

/* One turn, up to the first layer that has something: what is on it may belong to that layer, too. */
static int take_turn(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	size_t n = st->n_devices;

	for (size_t i = 0; i < n; i++)
		if (!st->devices[i]->split)
			device_probe(st->devices[i]);
	for (size_t i = 0; i < ARRAY_SIZE(layers) && st->n_devices == n; i++)
		if (is_wanted(st, &layers[i]) && layers[i].add(g, e) < 0)
			return -1;
	return 0;
}

int devices_probe(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);
	size_t n;

	if (devices_scan(g, e) < 0)
		return -1;
	while (!st->settled) {
		n = st->n_devices;
		if (take_turn(g, e) < 0)
			return -1;
		st->settled = st->n_devices == n;
	}
	return 0;
}
