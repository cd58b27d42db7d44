/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The template: the memory and the device state of an appliance that has booted
 * and waits for its first call, so that a run restores it instead of booting.
 *
 * It lives in the cache folder as template-KEY/{ram,state,meta.json}. KEY is a hash
 * of all that shaped it. It is made in a folder of another name and renamed, under
 * a lock; it is checked against its hashes in every run, while qemu starts.
 */
#ifndef VM_TEMPLATE_H
#define VM_TEMPLATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/err.h"
#include "vm/appliance.h"
#include "vm/vm.h"

/* Free space that making one needs, MiB: measured 140 for memory and state, and some to spare. */
#define TEMPLATE_SPACE_MIB 250

/* What a template is made from. */
struct template_source {
	const char *qemu;
	const struct appliance *appliance;
	bool kvm;
};

struct template
{
	char key[33];
	int ram;	    /* O_RDWR, for qemu 7.2 maps memory files so, even privately */
	int state;	    /* O_RDONLY */
	int64_t made;	    /* seconds since 1970 */
	uint64_t ram_bytes; /* bytes of memory that are in it, of MACHINE_MEMORY */
	uint64_t state_bytes;
	/* The check that runs beside qemu's start. */
	struct template_meta *meta;
	pthread_t checker;
	bool checking;
	bool damaged;
};

void template_key(char ret[33], const struct template_source *src);

/* Opens the template of that key, or returns NULL with *e: ENOENT where there is none. */
struct template *template_open(int cachefd, const char *key, struct err *e);

/* Starts to compare memory and state with their hashes, in a thread of its own. */
int template_check_start(struct template *t, struct err *e);
/* Waits for the outcome. */
int template_check_end(struct template *t, struct err *e);

/*
 * Makes the template of src. To be called under the cache's lock. *ret_vm_failed
 * (may be NULL) tells a failure of the machine from one of the cache folder.
 */
int template_make(struct vm_host *h, int cachefd, const struct template_source *src,
		  const struct patience *p, bool *ret_vm_failed, struct err *e);

/* Removes the template of that key, if it is there. Under the cache's lock. */
void template_remove(int cachefd, const char *key);

void template_close(struct template *t);
DEFINE_CLEANUP(struct template *, template_close);

#endif
