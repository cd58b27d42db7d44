/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which physical volumes belong together. By their identifiers, if it were not for copies: of
 * two disks with the same content, each makes a group of its own.
 */
#ifndef DAEMON_LVM_GROUP_H
#define DAEMON_LVM_GROUP_H

#include "guestd.h"
#include "lvm_meta.h"
#include "storage.h"

/*
 * No more groups, and no more bytes of metadata in all: in volumes on volumes they cost
 * nothing to make.
 */
#define LVM_GROUPS_MAX 256
#define LVM_TEXTS_MAX  (16u << 20)

/* A physical volume that is here. */
struct lvm_member {
	struct device *device;
	char id[LVM_ID_LEN + 1];
	struct lvm_group *group; /* NULL: none that is here */
	bool damaged;		 /* has metadata, which cannot be read */
};

/* A volume group, as the newest of its texts describes it. */
struct lvm_group {
	struct lvm_vg vg;
	uint32_t crc;		/* of that text: a group's copy has the same */
	struct device **pvs;	/* one for each of vg.pvs; NULL: it is missing */
	size_t n_missing;
	char *mark;		/* "", or "@sdb" where an earlier group has the name */
	bool copy;		/* an earlier group has the identifier */
	char *alias;		/* what LVM's program knows a copy as; NULL: by its name */
	bool active;		/* with all that is here */
};

struct lvm {
	struct lvm_member *members;
	size_t n_members;
	struct lvm_group **groups; /* in order of their first physical volume */
	size_t n_groups;
	uint64_t texts; /* bytes of metadata that were read */
	bool cut;	/* some physical volumes are more than that, and left out */
	bool told;
};

/* Reads the physical volumes that nobody has claimed and puts them to their groups. */
void lvm_collect(struct guestd *g, struct lvm *l);

/*
 * The same for one whose metadata is known: vg is taken over, NULL where it has none of its
 * own. False where it names no such physical volume. lvm_settle() comes when all are there.
 */
bool lvm_place(struct lvm *l, struct device *d, const char *id, struct lvm_vg *vg, uint32_t crc);
void lvm_settle(struct lvm *l);

/* "/dev/VG", "/dev/VG@sdb": a string of the caller's. */
char *lvm_group_user(const struct lvm_group *group);

void lvm_release(struct lvm *l);

#endif
