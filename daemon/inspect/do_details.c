/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call for what else is of interest. */
#include <errno.h>

#include "daemon/guestd.h"

int do_details(struct guestd *g, const struct details_args *a, struct details_ret *r, struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "details is not there yet");
}
