/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zeroes on a block device, which take no room in its image where that can be. */
#ifndef DAEMON_ZEROES_H
#define DAEMON_ZEROES_H

#include <stdint.h>

/* n bytes at at, multiples of the sector's size, then read as zeroes. 0, or -1 with errno. */
int zeroes_put(int fd, uint64_t at, uint64_t n);

#endif
