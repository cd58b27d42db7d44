/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats of Windows that are parsed here: pure functions over hostile bytes. */
#ifndef DAEMON_INSPECT_WIN_PARSE_H
#define DAEMON_INSPECT_WIN_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/proto.h"
#include "util/strvec.h"

/*
 * n bytes of UTF-16LE, up to the first NUL, as UTF-8 of not much more than max bytes; what is no
 * UTF-16 becomes U+FFFD.
 */
char *win_utf8(const void *data, size_t n, size_t max);

/* A partition as the registry's MountedDevices names it. */
struct win_partition {
	bool gpt;
	char guid[37];      /* gpt: of the partition, in small letters */
	uint32_t signature; /* else: of the disk, and where on it the partition starts, bytes */
	uint64_t offset;
};

/* Reads the n bytes of a drive letter's value; false: it is no partition, but a CD or so. */
bool win_partition_parse(const void *data, size_t n, struct win_partition *ret);
/* The same from a partition's UUID as libblkid has it, "20210304-01" or a GUID. */
bool win_partition_uuid(const char *uuid, uint64_t offset, struct win_partition *ret);
bool win_partition_same(const struct win_partition *a, const struct win_partition *b);

/* The start of a program: the processor that it is for ("x86_64"), or "". */
const char *win_pe_arch(const void *data, size_t n);

/* boot.ini's systems: their folders ("\WINDOWS"), as they are written there. */
void win_boot_ini(const char *text, size_t n, struct strvec *ret);

/* A value in a section of an .ini file, without quotes, or NULL. The caller frees. */
char *win_ini_value(const char *text, size_t n, const char *section, const char *key);

/* The first 208 bytes of a .wim file: where its description is, in UTF-16; false: it is none. */
bool win_wim_header(const uint8_t head[208], uint64_t *ret_offset, uint64_t *ret_size);
/* What the description, in UTF-8, says of the first image in it: into product_name and so on. */
void win_wim_describe(const char *xml, wire_guest *ret);

/* A text in place of another, which is freed; s becomes the field's. */
void win_set(char **field, char *s);
/* libosinfo's short id of a Windows by what is known of it, or "". */
const char *win_osinfo(const wire_guest *w);
/* Its name with the number that the build stands for: the registry of 11 says 10. */
char *win_title(const char *product_name, const char *variant, const char *build_id);

#endif
