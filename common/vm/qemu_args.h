/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine that we ask qemu for, as an argument vector. Pure: nothing is
 * opened or started here, and no name of a user's file is in it, only numbers of
 * descriptors that the child will have.
 */
#ifndef VM_QEMU_ARGS_H
#define VM_QEMU_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "util/strvec.h"
#include "vm/image.h"

/* Disks that are part of the machine; more are plugged in while it runs. */
#define DISK_SLOTS 8
/* What an empty slot shows the guest, bytes. A template is saved with all slots empty. */
#define SLOT_EMPTY_SIZE (1u << 20)

enum machine_how {
	MACHINE_BOOT,	  /* boot the kernel, memory of its own */
	MACHINE_TEMPLATE, /* boot, memory shared with the template's file, slots that can be resized
			   */
	MACHINE_RESTORE,  /* memory copy-on-write over the template's file, wait for its state */
};

struct machine {
	enum machine_how how;
	bool kvm;
	unsigned long tsc_khz; /* of the host; TCG cannot calibrate it in the guest. 0: unknown */
	bool verbose_boot;     /* the kernel says all on its console: progress to watch */
	const char *append;    /* more kernel command line, or NULL */
	int rpc, console, monitor;   /* descriptors in the child: sockets */
	int ram;		     /* the template's memory, unless MACHINE_BOOT */
	int state;		     /* its device state, with MACHINE_RESTORE */
	int vmlinux, initrd;	     /* unless MACHINE_RESTORE */
	int root, ring;		     /* the appliance's disk and the bulk ring */
	int placeholder[DISK_SLOTS]; /* MACHINE_TEMPLATE: memfds of SLOT_EMPTY_SIZE */
	struct image *const
		*images; /* attached to the slots in order; layer fds as they are here */
	size_t n_images; /* those beyond DISK_SLOTS are for machine_hotplug */
	const int *overlays;		/* of each image: a memfd (overlay.h), or -1; NULL: none */
	bool discard;	 /* of session.h */
	bool writable;	 /* attach as the images were opened; else read-only */
};

/*
 * Size of the appliance's memory, MiB: room for the gigabyte that trying a key of LUKS2 takes
 * by default. What is not used costs a template 16 bytes of each KiB, and a run nothing.
 */
#define MACHINE_MEMORY 1280

/* Appends qemu's arguments, without argv[0]. */
void machine_args(struct strvec *v, const struct machine *m);

/* The QMP commands, as JSON texts, that plug in image i (DISK_SLOTS and on). */
void machine_hotplug(struct strvec *v, const struct machine *m, size_t i);

/* The node name of slot i, for block_resize. */
void machine_slot_node(char ret[32], unsigned i);

#endif
