/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that says which systems are on the disks. */
#include <errno.h>

#include "daemon/guestd.h"

int do_inspect(struct guestd *g, const struct inspect_args *a, struct inspect_ret *r, struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "inspect is not there yet");
}
