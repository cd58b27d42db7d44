/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the header readers of the formats share; for image_*.c only. */
#ifndef VM_IMAGE_PARSE_H
#define VM_IMAGE_PARSE_H

#include <string.h>

#include "util/bytes.h"
#include "vm/image_header.h"

#define SECTOR 512U

/* Is [off, off + len) inside the file? */
static inline bool source_has(const struct image_source *src, uint64_t off, uint64_t len)
{
	return off <= src->size && len <= src->size - off;
}

/* Reads n bytes at off; what, as in "its L1 table", is for the message. */
int source_read(const struct image_source *src, uint64_t off, void *p, size_t n, const char *what,
		struct err *e);
/* Do these n bytes stand at off? */
bool source_is(const struct image_source *src, uint64_t off, const void *bytes, size_t n);
/* A table whose entries point at places in the file. */
struct source_table {
	uint64_t off;				 /* where it is */
	uint64_t len;				 /* bytes; no more than 8 MiB are looked at */
	const char *what;			 /* what the entries point at, for the message */
	uint64_t (*place)(const uint8_t *entry); /* the byte that one points at, 0 for none */
	size_t width;				 /* of an entry, bytes: 4 or 8 */
};

/* Does all that the table points at begin inside the file? -1 with *e if not. */
int source_check_table(const struct image_source *src, const struct source_table *t, struct err *e);
/* "'x' is truncated: WHAT lies beyond the end of the file". Returns -1. */
int source_truncated(const struct image_source *src, const char *what, struct err *e);
/* "'x' is damaged: WHY". Returns -1. */
int source_damaged(const struct image_source *src, struct err *e, const char *why, ...)
	__attribute__((format(printf, 3, 4), cold));
/* "'x' WHY", where the file is sound but beyond us. Returns -1. */
int source_refused(const struct image_source *src, struct err *e, const char *why, ...)
	__attribute__((format(printf, 3, 4), cold));

static inline bool is_power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* One pair a format. parse runs only where detect said yes. */
bool qcow2_detect(const struct image_source *src);
int qcow2_parse(const struct image_source *src, struct image_header *h, struct err *e);
bool qed_detect(const struct image_source *src);
int qed_parse(const struct image_source *src, struct image_header *h, struct err *e);
bool vdi_detect(const struct image_source *src);
int vdi_parse(const struct image_source *src, struct image_header *h, struct err *e);
bool vhdx_detect(const struct image_source *src);
int vhdx_parse(const struct image_source *src, struct image_header *h, struct err *e);
bool vmdk_detect(const struct image_source *src);
int vmdk_parse(const struct image_source *src, struct image_header *h, struct err *e);
bool vpc_detect(const struct image_source *src);
int vpc_parse(const struct image_source *src, struct image_header *h, struct err *e);

#endif
