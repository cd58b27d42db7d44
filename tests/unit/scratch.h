/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder for the files of a test program, which is the current one while its tests run. */
#ifndef UNIT_SCRATCH_H
#define UNIT_SCRATCH_H

/* Setup and teardown of a group of tests. */
int scratch_enter(void **state);
int scratch_leave(void **state);
/* Its absolute name. */
const char *scratch_folder(void);

#endif
