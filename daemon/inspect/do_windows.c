/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call for paths of Windows. */
#include <errno.h>

#include "daemon/guestd.h"

int do_windows_path(struct guestd *g, const struct windows_path_args *a, struct windows_path_ret *r,
		    struct err *e)
{
	(void)g;
	(void)a;
	(void)r;
	return err_set(e, ENOSYS, "windows_path is not there yet");
}
