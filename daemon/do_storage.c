/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls that list the storage stack, and how full it is. */
#include <errno.h>

#include "daemon/guestd.h"

int do_storage(struct guestd *g, const struct storage_args *a, struct storage_ret *r, struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "storage is not there yet");
}

int do_usage(struct guestd *g, const struct usage_args *a, struct usage_ret *r, struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "usage is not there yet");
}
