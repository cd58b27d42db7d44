/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of partitions, as a partition table has them: a GUID, or "0x83". */
#ifndef DAEMON_PTYPE_H
#define DAEMON_PTYPE_H

#include <stdbool.h>

/* One that the makers of operating systems keep for themselves: there is no file system. */
bool ptype_is_reserved(const char *type);

/* One of Windows' logical disk manager: a part of a dynamic disk. */
bool ptype_is_ldm(const char *type);

#endif
