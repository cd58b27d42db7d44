/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What guest-resize is going to do, worked out before the first byte is written: a function of
 * a disk, as it was found, and of the user's wishes, to a list of partitions on the target and of
 * contents to be grown there. No input or output, no clock, no appliance: plan.c says how.
 *
 * Strings and arrays that go in are borrowed, and have to outlive the plan.
 */
#ifndef RESIZE_PLAN_H
#define RESIZE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan_size.h"
#include "util/err.h"

#define PLAN_PARTS_MAX 1024 /* a GPT may have more than 128 entries; no more than these are taken */

enum plan_table { PLAN_MBR, PLAN_GPT };
enum plan_kind { PLAN_PRIMARY, PLAN_EXTENDED, PLAN_LOGICAL }; /* on GPT all are primary */

/*
 * One layer of what is in a partition or volume, the outermost first: LUKS, the PV in it.
 * type is libblkid's word, "" for nothing that is known; size the bytes that it takes of what
 * it lies on, 0 where that is not known.
 */
struct plan_layer {
	const char *device; /* "/dev/sda2" */
	const char *type;
	uint64_t size;
	uint64_t room; /* bytes of what it lies on */
	uint64_t max;  /* bytes to which it can grow, 0: no limit is known */
	bool locked; /* encrypted, and not open: what is in it is not known, and cannot grow */
};

/* A partition of the disk as it is. */
struct plan_part {
	const char *name;	/* "/dev/sda2" */
	const char *mountpoint; /* where the guest has it, or NULL */
	const char *vg;		/* the volume group that lies on it, maybe with more below, or NULL */
	const struct plan_layer *layers;
	size_t n_layers; /* 0: nothing in it that is known */
	uint64_t start, sectors;
	uint64_t ebr; /* of a logical one: the sector of its extended boot record */
	unsigned number;
	enum plan_kind kind;
	bool bootable; /* MBR's flag */
	bool unseen;   /* Linux does not see it there, so that nothing is known of what is in it */
};

/* A logical volume. */
struct plan_volume {
	const char *name; /* "/dev/VG/LV" */
	const char *vg;
	const char *broken;	/* why its group cannot be changed, or NULL */
	const char *mountpoint; /* or NULL */
	uint64_t spare;		/* bytes of its group that no volume has */
	uint64_t size, taken;	/* its bytes, and of its group those that it takes: more, if it is a mirror */
	const struct plan_layer *layers;
	size_t n_layers;
};

/* The disk as it is. */
struct plan_disk {
	enum plan_table table;
	unsigned sector;      /* bytes in one: 512 or 4096 */
	unsigned gpt_entries; /* that its table has room for */
	uint64_t sectors;
	const struct plan_part *parts; /* in any order */
	size_t n_parts;
	const struct plan_volume *volumes;
	size_t n_volumes;
};

enum plan_wish_kind {
	PLAN_WISH_EXPAND, /* give it all that is left over */
	PLAN_WISH_SHRINK, /* take from it what is missing */
	PLAN_WISH_RESIZE,
	PLAN_WISH_FORCE,  /* resize whatever it does to the content */
	PLAN_WISH_DELETE,
	PLAN_WISH_IGNORE, /* make it, without the content */
	PLAN_WISH_LV_EXPAND,
};

/* One wish. name: of a partition or volume, "sda2", "/dev/vda2", or a mount point, "/". */
struct plan_wish {
	enum plan_wish_kind kind;
	const char *name;
	struct plan_size size; /* of RESIZE and FORCE */
};

enum plan_align { PLAN_ALIGN_AUTO, PLAN_ALIGN_NEVER, PLAN_ALIGN_ALWAYS };
enum plan_unknown { PLAN_UNKNOWN_WARN, PLAN_UNKNOWN_IGNORE, PLAN_UNKNOWN_ERROR };

struct plan_options {
	uint64_t target; /* the new disk's size, bytes */
	const struct plan_wish *wishes;
	size_t n_wishes;
	uint64_t alignment; /* sectors, at least 1 */
	enum plan_align align_first;
	enum plan_unknown unknown; /* content that is to grow, and nobody knows how */
	bool no_expand_content;
	bool no_extra_partition;
};

enum plan_action { PLAN_KEEP, PLAN_RESIZED, PLAN_IGNORED, PLAN_DELETED, PLAN_EXTRA };

/* A partition on the target; of a deleted one only from and action are filled. */
struct plan_target {
	const struct plan_part *from; /* NULL: the extra one */
	enum plan_action action;
	enum plan_kind kind;
	unsigned number;
	uint64_t start, sectors;
	uint64_t copied; /* sectors of the old one that go over */
};

/* Content to be grown on the target, in this order. method: NULL where nobody knows one. */
struct plan_grow {
	const char *device;
	const char *type; /* libblkid's word, or "LV" for a volume itself */
	const char *method;
	bool smaller; /* it is made anew, for it has less room than before */
};

/* What becomes of the space that is left over. */
enum plan_surplus {
	PLAN_SURPLUS_NONE,
	PLAN_SURPLUS_EXTRA,   /* an extra partition has it */
	PLAN_SURPLUS_SMALL,   /* too little for one */
	PLAN_SURPLUS_IGNORED, /* as the user wants, or because the table is full */
};

struct plan {
	struct plan_target *targets; /* by their place on the old disk; the extra one last */
	size_t n_targets;
	struct plan_grow *grows;
	size_t n_grows;
	uint64_t surplus; /* bytes */
	enum plan_surplus surplus_use;
	bool first_moved; /* the first partition got another start: its boot code has to know */
};

/*
 * Plans the copy of a disk to another one. -1 with *e where a wish cannot be granted: names what
 * and, where space is short, by how much; ENOENT for a name that is not there.
 */
int plan_copy(const struct plan_disk *d, const struct plan_options *o, struct plan *ret,
	      struct err *e);

/*
 * Plans growth where the disk is: no partition gets another start or number, or gets smaller.
 * Without wishes the last partition grows. As plan_copy.
 */
int plan_in_place(const struct plan_disk *d, const struct plan_options *o, struct plan *ret,
		  struct err *e);

void plan_release(struct plan *p);

/*
 * Is content of before bytes, which has after now, what was to be had of room bytes? Formats leave some at
 * their ends: a block group of ext, less than an allocation group of XFS. But all that was left is not that.
 */
bool plan_has_grown(uint64_t before, uint64_t after, uint64_t room);

/* How content of a type is grown, or NULL: "ext4" by "resize2fs". */
const char *plan_method(const char *type);

#endif
