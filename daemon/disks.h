/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's disks: found by serial, waited for, named for the user.
 *
 * The machine has virtio-blk disks with the serials "root", "ring" and "disk0"
 * to "disk7"; more come by SCSI. It is booted once, with a small placeholder in
 * each slot, and saved; in a later run the user's image lies behind the slot,
 * and the kernel learns the new capacity a moment after it goes on.
 */
#ifndef DAEMON_DISKS_H
#define DAEMON_DISKS_H

#include "guestd.h"

/*
 * At boot: which node has which serial, and the ring. Asking for a serial is a request to
 * the disk.
 */
void disks_learn(struct guestd *g);

/*
 * In hello: writes down in g->disks what the tool attached. Touches no disk: a session is
 * ready sooner so.
 */
int disks_take(struct guestd *g, const wire_disks *disks, struct err *e);

/*
 * Before the first look at the disks: waits until each is there with its size, seals
 * those that a writing session only reads, has the kernel read their partition tables.
 */
int disks_settle(struct guestd *g, struct err *e);

/* Makes the kernel read a disk's partition table again; index of g->disks. */
int disks_rescan(struct guestd *g, size_t disk, struct err *e);

/* Writes out what the kernel holds back, of each writable disk. */
int disks_flush(struct guestd *g, struct err *e);

/*
 * Just before the template is saved: runs once what a run will need; programs too where
 * programs.
 */
int storage_warm(struct guestd *g, bool programs, struct err *e);

#endif
