/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Swap that is made anew: nothing is in it while the guest does not run. */
#ifndef DAEMON_SWAP_H
#define DAEMON_SWAP_H

#include "devices.h"

/*
 * Can it be: does it have a UUID to be kept, and a header that mkswap writes here? *ret_page is the
 * guest's page size, by which its kernel finds the header.
 */
int swap_look(const struct device *d, unsigned *ret_page, struct err *e);
/* Makes it, as large as the device, with its UUID and label. */
int swap_make(const struct device *d, unsigned page, struct err *e);

#endif
