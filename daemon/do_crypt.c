/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls that open what is encrypted. */
#include "crypt.h"

int do_unlock(struct guestd *g, const struct unlock_args *a, struct unlock_ret *r, struct err *e)
{
	return crypt_unlock(g, a->device, a->key.data, a->key.len, &r->name, e);
}

int do_key_slots(struct guestd *g, const struct key_slots_args *a, struct key_slots_ret *r,
		 struct err *e)
{
	return crypt_slots(g, a->device, &r->slots, e);
}

int do_unlock_slot(struct guestd *g, const struct unlock_slot_args *a, struct unlock_slot_ret *r,
		   struct err *e)
{
	return crypt_unlock_slot(g, a->device, a->slot, a->key.data, a->key.len, &r->name, e);
}
