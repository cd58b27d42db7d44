/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a GPT: the first one, or the backup at the end where that is damaged. */
#ifndef DAEMON_PTABLE_GPT_H
#define DAEMON_PTABLE_GPT_H

#include "ptable.h"

/* As ptable_read(), of a disk whose first sector says that it has one. */
int ptable_read_gpt(const struct ptable_disk *d, const uint8_t *mbr, struct table_ret *r, struct err *e);

/* A GUID's 16 bytes as text; to be freed. */
char *ptable_guid(const uint8_t *p);

#endif
