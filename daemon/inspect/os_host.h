/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a system calls its machine, and what it starts first. */
#ifndef DAEMON_INSPECT_OS_HOST_H
#define DAEMON_INSPECT_OS_HOST_H

#include "daemon/inspect/os_file.h"

/* The first line of a text that is neither empty nor a comment, or NULL. The caller frees. */
char *host_of_text(struct span text);
/* The value of a shell variable in a text, or NULL where it is not set. The caller frees. */
char *host_of_shell(struct span text, const char *key);

/* The host's name by the rules of each type of system, or NULL. The caller frees. */
char *host_name(int root, const char *type);

/* "systemd", "openrc", "sysvinit" and so on; "" where it is not known. */
const char *init_name(int root);

#endif
