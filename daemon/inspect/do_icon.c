/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that fetches the logo. */
#include <errno.h>

#include "daemon/guestd.h"

int do_icon(struct guestd *g, const struct icon_args *a, struct icon_ret *r, struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "icon is not there yet");
}
