/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VirtualBox's vdi header. All numbers are little-endian. */
#include "vm/image_parse.h"

#define MAGIC	    "\x7f\x10\xda\xbe" /* at 64, after a line of text */
#define HEADER_LEN  512
#define VERSION_1_1 0x00010001U
#define BLOCK_SIZE  (1U << 20)
#define BLOCKS_MAX  0x3fffffffU

enum vdi_type { VDI_DYNAMIC = 1, VDI_STATIC = 2, VDI_DIFFERENCING = 4 };

bool vdi_detect(const struct image_source *src)
{
	return source_is(src, 64, MAGIC, 4);
}

/* Is a disk of these numbers all in the file? */
static int check_blocks(const struct image_source *src, const uint8_t *b, struct err *e)
{
	uint32_t map = get_le32(b + 340), data = get_le32(b + 344);
	uint32_t blocks = get_le32(b + 384), allocated = get_le32(b + 388);

	if (map % SECTOR || data % SECTOR || blocks > BLOCKS_MAX || allocated > blocks)
		return source_damaged(src, e, "its block map cannot be read");
	if (get_le64(b + 368) > (uint64_t)blocks * BLOCK_SIZE)
		return source_damaged(src, e, "its disk is larger than its %u blocks", blocks);
	if (!source_has(src, map, (uint64_t)blocks * 4))
		return source_truncated(src, "its block map", e);
	/* The last block may be short where the disk ends in it. */
	if (allocated && !source_has(src, data, (uint64_t)(allocated - 1) * BLOCK_SIZE + 1))
		return source_truncated(src, "a part of its data", e);
	return 0;
}

int vdi_parse(const struct image_source *src, struct image_header *h, struct err *e)
{
	static const uint8_t no_uuid[16];
	uint8_t b[HEADER_LEN];
	uint32_t type;

	if (source_read(src, 0, b, sizeof(b), "its header", e) < 0)
		return -1;
	type = get_le32(b + 76);
	if (get_le32(b + 68) != VERSION_1_1)
		return source_refused(src, e,
				      "is a vdi image of version %u.%u, which is not supported",
				      get_le16(b + 70), get_le16(b + 68));
	if (type == VDI_DIFFERENCING || memcmp(b + 424, no_uuid, 16) != 0 ||
	    memcmp(b + 440, no_uuid, 16) != 0)
		return source_refused(
			src, e,
			"is a differencing vdi (a snapshot on another disk), which is "
			"not supported; make one image of it with: "
			"VBoxManage clonemedium '%s' NEW.vdi",
			src->name);
	if (type != VDI_DYNAMIC && type != VDI_STATIC)
		return source_refused(src, e, "is a vdi image of type %u, which is not supported",
				      type);
	if (get_le32(b + 360) != SECTOR || get_le32(b + 376) != BLOCK_SIZE)
		return source_refused(
			src, e, "has sectors of %u bytes and blocks of %u, which is not supported",
			get_le32(b + 360), get_le32(b + 376));
	h->virtual_size = (get_le64(b + 368) + SECTOR - 1) / SECTOR * SECTOR;
	return check_blocks(src, b, e);
}
