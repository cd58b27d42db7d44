/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting qemu, or one of its kin, as a child that is confined and does not outlive us. */
#ifndef VM_BIRTH_H
#define VM_BIRTH_H

#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "util/err.h"

/* Descriptors that the child keeps under their numbers; all zero to begin with. */
struct birth_fds {
	int *v;
	size_t n;
};

void birth_keep(struct birth_fds *f, int fd);
void birth_fds_release(struct birth_fds *f);

static inline void birth_fds_release_p(struct birth_fds *f)
{
	birth_fds_release(f);
}

/* The absolute path of a program in PATH, to be freed, or NULL. */
char *program_find(const char *name);

struct birth {
	const char *program; /* a path */
	char *const *argv;   /* NULL at its end */
	const struct birth_fds *fds;
	int out;	 /* its standard output and error */
	int words;	 /* its standard error instead, unless 0 */
	int null;	 /* its standard input */
	int ruleset;	 /* of sandbox.h, or -1 */
	rlim_t file_max; /* bytes that a file may grow to, or 0 */
};

/*
 * Starts it, and waits until it is that program. It makes no core file, is in a process group of its
 * own, and dies with the calling thread. Its process id, or 0 with *e.
 */
pid_t birth(const struct birth *b, struct err *e);

#endif
