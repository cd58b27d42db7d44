/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LVM's metadata: the label and the header on a physical volume, and the text that describes
 * a group, in full as far as plain volumes need it. Bytes in, structs out.
 */
#ifndef DAEMON_LVM_META_H
#define DAEMON_LVM_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"

#define LVM_ID_LEN 32            /* an identifier, without its dashes */
#define LVM_HEAD_SIZE 2048       /* bytes at the start of a device that hold the label */
#define LVM_MDA_HEAD_SIZE 512
#define LVM_MDAS 2               /* a metadata area at its start, another at its end */
#define LVM_TEXT_MAX (4u << 20)

/* A place where a physical volume keeps metadata. */
struct lvm_mda {
	uint64_t start, size;
};

struct lvm_label {
	char id[LVM_ID_LEN + 1];
	struct lvm_mda mdas[LVM_MDAS];
	size_t n_mdas;
};

/* Where in the metadata area the text is: it may go on at the area's beginning. */
struct lvm_text {
	uint64_t offset, size; /* from the area's start; size 0: there is none */
	uint32_t crc;
};

struct lvm_stripe {
	size_t pv;
	uint64_t sector; /* on the physical volume */
};

struct lvm_segment {
	uint64_t start, length; /* sectors of the logical volume */
	uint64_t stripe_size;
	struct lvm_stripe *stripes; /* one: linear */
	size_t n_stripes;
};

struct lvm_lv {
	char *name;
	char id[LVM_ID_LEN + 1];
	bool hidden; /* not for users: a part of another, a pool, or not to be activated */
	bool writable;
	struct lvm_segment *segments; /* of a plain one only */
	size_t n_segments;
	uint64_t taken;	      /* sectors of physical volumes that are its own: not of its parts */
	unsigned parts, data; /* it lies on so many parts, of which so many have data: 2 and 1 of a mirror */
};

struct lvm_pv {
	char *name; /* within the text: "pv0" */
	char id[LVM_ID_LEN + 1];
	uint64_t start;	  /* sector of the first extent */
	uint64_t extents;
};

struct lvm_vg {
	char *name;
	char id[LVM_ID_LEN + 1];
	char *system_id; /* "" for none */
	uint64_t seqno, extent; /* an extent's length in sectors */
	bool plain; /* each volume of it is linear or striped, and nothing is under way */
	struct lvm_pv *pvs;
	size_t n_pvs;
	struct lvm_lv *lvs; /* sorted by name */
	size_t n_lvs;
};

/* All return false where something is damaged, or not as this knows it. */
bool lvm_label_parse(const uint8_t head[LVM_HEAD_SIZE], struct lvm_label *ret);
/* An area that LVM does not use at present has a text of size 0. */
bool lvm_mda_parse(const uint8_t head[LVM_MDA_HEAD_SIZE], const struct lvm_mda *mda,
		   struct lvm_text *ret);
/* n bytes of text, with a NUL after them. What is not plain is named, and left to LVM. */
bool lvm_vg_parse(const char *text, size_t n, struct lvm_vg *ret);
void lvm_vg_release(struct lvm_vg *vg);
/* Sectors of physical volumes that the volumes take: any number, by the guest's word. */
uint64_t lvm_vg_used(const struct lvm_vg *vg);

static inline void lvm_vg_release_p(struct lvm_vg *vg)
{
	lvm_vg_release(vg);
}

/* "6-4-4-4-4-4-6" characters, as LVM writes identifiers for people. */
void lvm_id_dashed(const char id[LVM_ID_LEN + 1], char ret[LVM_ID_LEN + 7]);

/* LVM's own variety of CRC-32. */
uint32_t lvm_crc(const void *p, size_t n);

#endif
