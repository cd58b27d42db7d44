/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that opens what is encrypted. */
#include <errno.h>

#include "daemon/guestd.h"

int do_unlock(struct guestd *g, const struct unlock_args *a, struct unlock_ret *r, struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "unlock is not there yet");
}
