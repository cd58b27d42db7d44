/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See kernel_image.h. */
#include "kernel_image.h"

#include <string.h>

#include "util/bytes.h"
#include "util/cleanup.h"
#include "util/io.h"

#define HEAD_SIZE     4096
#define SECTION_SIZE  40
#define SECTIONS_MAX  96 /* Windows takes no more */
#define SETUP_MAGIC   0x202
#define SETUP_VERSION 0x20e /* where the version is, from 0x200 */

/* The first word of n bytes, of printable characters; "" where there is none. */
static void first_word(const uint8_t *p, size_t n, char ret[KERNEL_VERSION_MAX])
{
	size_t len = 0;

	while (len < n && p[len] > ' ' && p[len] < 0x7f)
		len++;
	if (len >= KERNEL_VERSION_MAX || (len < n && p[len] > ' '))
		len = 0;
	memcpy(ret, p, len);
	ret[len] = '\0';
}

/* The version at a place in the file. */
static void read_version(int fd, uint64_t at, struct kernel_image *ret)
{
	uint8_t text[KERNEL_VERSION_MAX];
	const ssize_t n = pread_full(fd, text, sizeof(text), (off_t)at);

	if (n > 0)
		first_word(text, (size_t)n, ret->version);
}

/* A kernel of the x86 boot protocol: its set-up header has a pointer to the version. */
static void read_setup(int fd, const uint8_t *head, size_t n, uint64_t base, struct kernel_image *ret)
{
	if (n < SETUP_VERSION + 2 || memcmp(head + SETUP_MAGIC, "HdrS", 4))
		return;
	const uint16_t at = get_le16(head + SETUP_VERSION);
	if (at)
		read_version(fd, base + 0x200 + at, ret);
}

/* A section of a unified image. */
static void read_section(int fd, const uint8_t *row, struct kernel_image *ret)
{
	const uint32_t used = get_le32(row + 8), size = get_le32(row + 16), at = get_le32(row + 20);
	uint8_t head[SETUP_VERSION + 2];

	if (!strncmp((const char *)row, ".linux", 8)) {
		ret->unified = true;
		const ssize_t n = pread_full(fd, head, sizeof(head), at);
		if (n > 0 && !*ret->version)
			read_setup(fd, head, (size_t)n, at, ret);
	} else if (!strncmp((const char *)row, ".uname", 8)) {
		read_version(fd, at, ret);
	} else if (!strncmp((const char *)row, ".initrd", 8)) {
		ret->initrd = at;
		ret->initrd_size = used && used < size ? used : size;
	}
}

/* The sections of a PE program. */
static void read_pe(int fd, const uint8_t *head, size_t n, struct kernel_image *ret)
{
	const uint32_t pe = n >= 0x40 && !memcmp(head, "MZ", 2) ? get_le32(head + 0x3c) : 0;

	if (!pe || pe > n - 24 || memcmp(head + pe, "PE\0\0", 4))
		return;
	const unsigned sections = get_le16(head + pe + 6);
	const size_t first = pe + 24 + get_le16(head + pe + 20);
	for (unsigned i = 0; i < sections && i < SECTIONS_MAX; i++) {
		if (first + (i + 1) * SECTION_SIZE > n)
			break;
		read_section(fd, head + first + i * SECTION_SIZE, ret);
	}
}

void kernel_image_read(int fd, struct kernel_image *ret)
{
	uint8_t head[HEAD_SIZE];
	const ssize_t n = pread_full(fd, head, sizeof(head), 0);

	*ret = (struct kernel_image){ 0 };
	if (n <= 0)
		return;
	read_pe(fd, head, (size_t)n, ret);
	if (!ret->unified) {
		*ret = (struct kernel_image){ 0 };
		read_setup(fd, head, (size_t)n, 0, ret);
	}
}
