/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_header.h: the table of formats, and what all readers use. */
#include "vm/image_header.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/image_parse.h"

#define TABLE_LOOK_MAX (UINT64_C(8) << 20)

/* Anything may be raw. */
static bool raw_detect(const struct image_source *src)
{
	(void)src;
	return true;
}

/* A raw disk has no header; qemu pads its last sector, and so do we. */
static int raw_parse(const struct image_source *src, struct image_header *h, struct err *e)
{
	(void)e;
	h->virtual_size = (src->size + SECTOR - 1) / SECTOR * SECTOR;
	return 0;
}

/* Tried in this order; raw takes what is left. */
static const struct image_format {
	const char *name;
	bool (*detect)(const struct image_source *src);
	int (*parse)(const struct image_source *src, struct image_header *h, struct err *e);
} formats[] = {
	{ "qcow2", qcow2_detect, qcow2_parse }, /* qemu */
	{ "vmdk", vmdk_detect, vmdk_parse },	/* VMware */
	{ "vdi", vdi_detect, vdi_parse },	/* VirtualBox */
	{ "vhdx", vhdx_detect, vhdx_parse },	/* Hyper-V */
	{ "vpc", vpc_detect, vpc_parse },	/* Virtual PC, Hyper-V, Azure: .vhd */
	{ "qed", qed_detect, qed_parse },	/* qemu, long ago */
	{ "raw", raw_detect, raw_parse },	/* the disk's bytes */
};

/* The row of a name, or NULL. */
static const struct image_format *format_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* The row that the file's bytes ask for. */
static const struct image_format *format_detect(const struct image_source *src)
{
	const struct image_format *f = formats;

	while (!f->detect(src))
		f++;
	return f;
}

const char *image_format_name(const char *format)
{
	const struct image_format *f = format_find(format);

	return f ? f->name : NULL;
}

char *image_format_list(void)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		buf_addf(&b, "%s%s", i ? ", " : "", formats[i].name);
	return buf_take(&b);
}

int image_header_read(const struct image_source *src, const char *format,
		      struct image_header *ret_h, struct err *e)
{
	CLEANUP(image_header_release) struct image_header h = { 0 };
	const struct image_format *found, *f;
	uint8_t first;

	/* What cannot be read is not raw for that. */
	if (src->size && source_read(src, 0, &first, 1, "first byte", e) < 0)
		return -1;
	found = format_detect(src);
	f = format ? format_find(format) : found;

	if (!f)
		return err_set(e, EINVAL, "'%s' cannot be read as '%s': no such format", src->name,
			       format);
	if (!f->detect(src))
		return err_set(e, EINVAL, "'%s' is not a %s image (its format seems to be %s)",
			       src->name, f->name, found->name);
	h.format = f->name;
	if (f->parse(src, &h, e) < 0)
		return -1;
	if (h.virtual_size == 0)
		return err_set(e, EINVAL, "'%s' is empty: a disk of 0 bytes", src->name);
	if (h.virtual_size > INT64_MAX - SECTOR)
		return source_damaged(src, e, "a disk of %llu bytes cannot be",
				      (unsigned long long)h.virtual_size);
	*ret_h = h;
	h = (struct image_header){ 0 };
	return 0;
}

void image_header_release(struct image_header *h)
{
	free(h->backing);
	free(h->backing_format);
	free(h->data_file);
	free(h->extent);
	*h = (struct image_header){ 0 };
}

/* As pread_full(3)'s, of a file or of something else. */
static ssize_t read_some(const struct image_source *src, void *p, size_t n, uint64_t off)
{
	if (src->read)
		return src->read(src->ctx, p, n, off) < 0 ? -1 : (ssize_t)n;
	return pread_full(src->fd, p, n, (off_t)off);
}

int source_read(const struct image_source *src, uint64_t off, void *p, size_t n, const char *what,
		struct err *e)
{
	ssize_t r;

	if (!source_has(src, off, n))
		return source_truncated(src, what, e);
	r = read_some(src, p, n, off);
	if (r < 0)
		return err_sys(e, "cannot read '%s'", src->name);
	if ((size_t)r < n)
		return source_truncated(src, what, e);
	return 0;
}

bool source_is(const struct image_source *src, uint64_t off, const void *bytes, size_t n)
{
	char b[32];

	return n <= sizeof(b) && source_has(src, off, n) &&
	       read_some(src, b, n, off) == (ssize_t)n && memcmp(b, bytes, n) == 0;
}

int source_check_table(const struct image_source *src, const struct source_table *t, struct err *e)
{
	uint64_t left = t->len < TABLE_LOOK_MAX ? t->len : TABLE_LOOK_MAX;
	uint8_t b[4096];

	for (uint64_t off = t->off; left >= t->width;) {
		size_t n = left < sizeof(b) ? (size_t)left / t->width * t->width : sizeof(b);

		if (source_read(src, off, b, n, "a table", e) < 0)
			return -1;
		for (size_t i = 0; i < n; i += t->width)
			if (t->place(b + i) >= src->size)
				return source_truncated(src, t->what, e);
		off += n;
		left -= n;
	}
	return 0;
}

int source_truncated(const struct image_source *src, const char *what, struct err *e)
{
	return err_set(e, EINVAL, "'%s' is truncated: %s lies beyond the end of the file",
		       src->name, what);
}

int source_damaged(const struct image_source *src, struct err *e, const char *why, ...)
{
	char words[400];
	va_list ap;

	va_start(ap, why);
	vsnprintf(words, sizeof(words), why, ap);
	va_end(ap);
	return err_set(e, EINVAL, "'%s' is damaged: %s", src->name, words);
}

int source_refused(const struct image_source *src, struct err *e, const char *why, ...)
{
	char words[700];
	va_list ap;

	va_start(ap, why);
	vsnprintf(words, sizeof(words), why, ap);
	va_end(ap);
	return err_set(e, ENOTSUP, "'%s' %s", src->name, words);
}

#define BLANK_LEN (68 * 1024)

/* Is the start, where every signature would be, nothing but zeros? */
static bool source_is_blank(const struct image_source *src)
{
	size_t n = src->size < BLANK_LEN ? (size_t)src->size : BLANK_LEN;
	CLEANUP(free) char *b = xmalloc(BLANK_LEN);

	if (read_some(src, b, n, 0) != (ssize_t)n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (b[i])
			return false;
	return true;
}

bool image_header_is_disk(const struct image_source *src)
{
	static const struct {
		uint32_t off, len;
		const char *bytes;
	} signs[] = {
		{ 510, 2, "\x55\xaa" },		  /* MBR, FAT, NTFS, BitLocker, hybrid ISO */
		{ 512, 8, "EFI PART" },		  /* GPT */
		{ 4096, 8, "EFI PART" },	  /* GPT, 4096-byte sectors */
		{ 512, 4, "PM\0\0" },		  /* Apple partition map */
		{ 512, 4, "WEV\x82" },		  /* BSD disklabel */
		{ 508, 2, "\xda\xbe" },		  /* Sun disklabel */
		{ 1080, 2, "\x53\xef" },	  /* ext2, ext3, ext4 */
		{ 0, 4, "XFSB" },		  /* xfs */
		{ 65600, 8, "_BHRfS_M" },	  /* btrfs */
		{ 0, 6, "LUKS\xba\xbe" },	  /* LUKS 1 and 2 */
		{ 512, 8, "LABELONE" },		  /* LVM */
		{ 0, 4, "\xfc\x4e\x2b\xa9" },	  /* md 1.1 */
		{ 4096, 4, "\xfc\x4e\x2b\xa9" },  /* md 1.2 */
		{ 4086, 10, "SWAPSPACE2" },	  /* swap */
		{ 32769, 5, "CD001" },		  /* iso9660 */
		{ 32769, 5, "BEA01" },		  /* udf */
		{ 0, 4, "hsqs" },		  /* squashfs */
		{ 1024, 4, "\xe2\xe1\xf5\xe0" },  /* erofs */
		{ 1024, 4, "\x10\x20\xf5\xf2" },  /* f2fs */
		{ 1024, 4, "H+\0\4" },		  /* hfs+ */
		{ 1024, 4, "HX\0\5" },		  /* hfsx */
		{ 32, 4, "NXSB" },		  /* apfs */
		{ 3, 8, "EXFAT   " },		  /* exfat */
		{ 32768, 4, "JFS1" },		  /* jfs */
		{ 65588, 6, "ReIsEr" },		  /* reiserfs */
		{ 1030, 2, "\x34\x34" },	  /* nilfs2 */
		{ 66908, 4, "\x19\x01\x54\x19" }, /* ufs2 */
	};

	if (format_detect(src)->detect != raw_detect)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(signs); i++)
		if (source_is(src, signs[i].off, signs[i].bytes, signs[i].len))
			return true;
	return source_is_blank(src);
}

const char *image_name_shown(const char *name, char shown[IMAGE_NAME_SHOWN_MAX])
{
	size_t len = strlen(name);
	const char *dots = len < IMAGE_NAME_SHOWN_MAX ? "" : "...";

	if (*dots)
		name += len - (IMAGE_NAME_SHOWN_MAX - 4);
	snprintf(shown, IMAGE_NAME_SHOWN_MAX, "%s%s", dots, name);
	for (unsigned char *p = (unsigned char *)shown; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) /* U+0080 to U+009F */
			p[0] = p[1] = '?';
	}
	return shown;
}
