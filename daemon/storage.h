/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the storage side of guestd keeps between calls: slots, devices, mounts. */
#ifndef DAEMON_STORAGE_H
#define DAEMON_STORAGE_H

#include "guestd.h"
#include "lvm.h"
#include "probe.h"
#include "util/strvec.h"

#define SYSROOT_DIR "/sysroot"      /* the guest's root is mounted here */
#define LOOK_DIR "/run/guestd-look" /* a candidate for it, while there is a root already */

/* A virtio-blk disk as it was at boot; a guest disk comes to lie behind it later. */
struct slot {
	char serial[24];
	char node[32]; /* "vdc" */
	uint64_t size; /* bytes at boot, when the kernel looked for partitions */
	uint32_t blocksize; /* as the driver has learned it */
};

/* Something that holds, or could hold, a file system. */
struct device {
	char *user;   /* the user's name: "/dev/sda1", "/dev/VG/LV" */
	char *node;   /* the kernel's: "/dev/vdc1", "/dev/mapper/VG-LV" */
	int disk;     /* place in g->disks; -1 for a logical volume */
	unsigned part; /* 0: a whole disk */
	bool split;   /* a whole disk with partitions on it */
	bool probed;
	struct probe probe;
	bool tabled;     /* the next two are read */
	char *part_uuid; /* by the partition table; NULL where it says nothing of it */
	char *part_name;
	bool accounted; /* while looking for the guest: its fstab names this one */
};

/* A mount of ours; the array is in the order of mounting. */
struct mounted {
	char *user;    /* device */
	char *node;
	char *path;    /* in the appliance, without symlinks */
	char *where;   /* as asked for */
	char *type;
	char *options;
	bool writable;
};

struct storage {
	struct slot *slots;
	size_t n_slots;
	bool warmed;            /* a template was made: slots hold other disks than at boot */
	struct device **devices; /* in order of disk, partition, then volumes by name */
	size_t n_devices;
	bool scanned;
	bool lvm_active;
	struct volumes volumes; /* while lvm_active */
	bool volumes_listed;    /* they are among the devices */
	struct strvec warnings; /* of the volume manager */
	struct mounted *mounts;
	size_t n_mounts;
	unsigned fs_ready;      /* rows of fstype.c whose modules are loaded, a bit each */
	struct kmod_ctx *kmod;
};

/* The storage state, made at the first call. */
struct storage *storage_of(struct guestd *g);

#endif
