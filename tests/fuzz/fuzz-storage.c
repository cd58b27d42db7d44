/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies on a disk below file systems: labels and texts of LVM, superblocks of arrays and
 * of btrfs. The first byte says which.
 */
#include <stdint.h>
#include <string.h>

#include "daemon/btrfs_super.h"
#include "daemon/lvm_meta.h"
#include "daemon/md_meta.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What holds for every group, whatever the text was. */
static void check_vg(const struct lvm_vg *vg)
{
	for (size_t i = 0; i < vg->n_lvs; i++) {
		const struct lvm_lv *lv = &vg->lvs[i];

		if (!*lv->name || strchr(lv->name, '/') || (vg->plain && !lv->n_segments))
			__builtin_trap();
		for (size_t k = 0; k < lv->n_segments; k++)
			for (size_t m = 0; m < lv->segments[k].n_stripes; m++)
				if (lv->segments[k].stripes[m].pv >= vg->n_pvs)
					__builtin_trap();
	}
}

static void fuzz_lvm(const uint8_t *data, size_t n)
{
	CLEANUP(free) char *text = xmemdup0((const char *)data, n);
	uint8_t head[LVM_HEAD_SIZE] = { 0 };
	struct lvm_label label;
	struct lvm_text where;
	struct lvm_vg vg;

	if (lvm_vg_parse(text, n, &vg)) {
		check_vg(&vg);
		lvm_vg_release(&vg);
	}
	memcpy(head, data, n < sizeof(head) ? n : sizeof(head));
	if (lvm_label_parse(head, &label) && label.n_mdas)
		(void)!lvm_mda_parse(head, &label.mdas[0], &where);
}

static void fuzz_supers(const uint8_t *data, size_t n)
{
	const uint64_t size = (uint64_t)1 << 20;
	uint8_t p[MD_SUPER_SIZE] = { 0 };
	uint64_t at[MD_PLACES];
	struct btrfs_super b;
	struct md_super s;

	memcpy(p, data, n < sizeof(p) ? n : sizeof(p));
	for (size_t i = 0; i < md_places(size, at); i++)
		if (md_super_parse(p, size, at[i], &s) &&
		    (strlen(s.uuid) != MD_UUID_LEN || !md_uuid_equal(s.uuid, s.uuid)))
			__builtin_trap();
	if (btrfs_super_parse(p, &b)) {
		btrfs_super_rename(p, b.fsid);
		if (!btrfs_super_parse(p, &b))
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n)
		return 0;
	if (*data % 2)
		fuzz_supers(data + 1, n - 1);
	else
		fuzz_lvm(data + 1, n - 1);
	return 0;
}
