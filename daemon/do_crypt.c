/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that opens what is encrypted. */
#include "crypt.h"

int do_unlock(struct guestd *g, const struct unlock_args *a, struct unlock_ret *r, struct err *e)
{
	return crypt_unlock(g, a->device, a->key.data, a->key.len, &r->name, e);
}
