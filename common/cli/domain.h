/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Domains of libvirt, as guestutils-domains tells of them: which disks they have. */
#ifndef CLI_DOMAIN_H
#define CLI_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "util/cleanup.h"
#include "util/err.h"
#include "vm/image.h"

struct domain_disk {
	char *target; /* "vda", or NULL */
	char *format; /* qemu's name, or NULL where libvirt does not say */
	char *path;   /* of a file or block device; NULL: it is at place, or refused */
	struct remote_spec place;
	char *refused;	/* why it cannot be had, or NULL */
	bool read_only; /* to the guest */
};

struct domain {
	char *name;
	char *uuid;
	bool running; /* or paused, or being saved: somebody has its disks open */
	bool saved;   /* its memory is in a file, and goes on from there */
	struct domain_disk *disks;
	size_t n_disks;
};

struct domains {
	struct domain *v;
	size_t n;
};

/*
 * Asks libvirt, at the URI connect or where it is NULL at libvirt's own choice, for the domain of
 * that UUID or name, or where that is NULL for all of them, in order of names. -1 with *e; ret is
 * released by domains_release().
 */
int domains_get(const char *connect, const char *name, struct domains *ret, struct err *e)
	__attribute__((warn_unused_result));
/* All of them, for a tool that was given no disk. */
int domains_all(const char *connect, struct domains *ret, struct err *e)
	__attribute__((warn_unused_result));
void domains_release(struct domains *d);

static inline void domains_release_p(struct domains *d)
{
	domains_release(d);
}

/* May it be written to now? -1 with *e. */
int domain_check_write(const struct domain *d, struct err *e);
/* Opens a disk of it. flags as for image_open(); what is read-only to the guest is not written. */
struct image *domain_open_disk(const struct domain *d, const struct domain_disk *disk,
			       unsigned flags, struct err *e);

#endif
