/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the storage side of guestd keeps between calls: slots, devices, mounts. */
#ifndef DAEMON_STORAGE_H
#define DAEMON_STORAGE_H

#include "guestd.h"
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

enum device_kind {
	DEVICE_DISK,
	DEVICE_PARTITION, /* of a disk, or of an array */
	DEVICE_MD,
	DEVICE_LV,
	DEVICE_CRYPT, /* what is in something encrypted */
};

/* Something that holds, or could hold, a file system. */
struct device {
	enum device_kind kind;
	char *user;    /* the user's name: "/dev/sda1", "/dev/VG/LV" */
	char *node;    /* the kernel's: "/dev/vdc1", "/dev/dm-0" */
	int disk;      /* place in g->disks of a disk or its partition; -1 for all others */
	unsigned part; /* 0: not a partition */
	struct device **parents; /* what it lies on, one layer down; borrowed */
	size_t n_parents;
	unsigned depth; /* of layers below: 0 for disks and their partitions */
	uint64_t disks[GUEST_DISKS_MAX / 64]; /* a bit for each disk that it lies on */
	bool present; /* while scanning: it is still there */
	bool split;   /* a disk or an array with partitions on it */
	bool claimed; /* a layer has taken it: it is a part of an array, a group, a mapping */
	bool covered; /* there is a mapping on it */
	bool probed;
	struct probe probe;
	bool tabled;     /* the next three are read */
	char *part_uuid; /* by the partition table; NULL where it says nothing of it */
	char *part_name;
	char *part_type; /* a GUID, or "0x83" */
	unsigned copy;   /* of btrfs: it has the identity of another one; counted from 1 */
	struct device *first; /* of btrfs on several devices: the first; NULL on that itself */
	const struct lvm_group *group; /* of a logical volume; borrowed */
	const struct lvm_lv *volume;
	bool accounted;  /* while looking for the guest: its fstab names this one */
	char *mapper;    /* device mapper's name of one that we made ourselves */
	/* Takes a mapping down, at the end of a writing session; NULL: there is nothing to do. */
	int (*stop)(struct guestd *g, struct device *d, struct err *e);
};

/* A mount of ours; the array is in the order of mounting. */
struct mounted {
	char *user;    /* device */
	char *node;
	char *path;    /* in the appliance, without symlinks */
	char *where;   /* as asked for */
	char *type;
	char *options;
	char *data;    /* what mount(2) got */
	unsigned long flags;
	char *from;    /* of a bind: the folder that it shows, in the appliance; else NULL */
	bool writable; /* it is mounted for writing */
	bool may_write; /* it will be, at the first call that writes */
	const char *why; /* why it will not */
};

struct storage {
	struct slot *slots;
	size_t n_slots;
	bool warmed;            /* a template was made: slots hold other disks than at boot */
	struct device **devices; /* in order of disk, partition, then mappings as they came */
	size_t n_devices;
	bool scanned;
	size_t n_mapped;        /* mappings among them */
	bool settled;           /* all layers have taken what is theirs */
	bool cut;               /* some mappings were left out, and a warning says so */
	struct lvm *lvm;        /* lvm_group.h; NULL: there are no physical volumes */
	struct md *md;          /* md.c's own; NULL: there are no arrays */
	struct strvec warnings; /* of the layers */
	char *root;             /* what is mounted as the guest\'s root, by root_name(); or NULL */
	struct mounted *mounts;
	size_t n_mounts;
	uint64_t fs_ready;      /* rows of fstype.c whose modules are loaded, a bit each */
	struct kmod_ctx *kmod;
	struct cryptsetup *cryptsetup; /* the library, once a key came */
	struct win_map *win_map; /* inspect/do_windows.c: drive letters; NULL until asked for */
};

/* The storage state, made at the first call. */
struct storage *storage_of(struct guestd *g);

#endif
