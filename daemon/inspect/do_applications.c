/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that lists what is installed. */
#include <errno.h>

#include "daemon/guestd.h"

int do_applications(struct guestd *g, const struct applications_args *a, struct applications_ret *r,
		    struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "applications is not there yet");
}
