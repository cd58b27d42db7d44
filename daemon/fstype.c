/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See fstype.h: one row a type. */
#include "fstype.h"

#include <string.h>

/* What libblkid knows and the appliance cannot use. */
#define RAID(maker) .not_fs = "is a member of a RAID array (" maker "), which is not assembled here"
#define FOREIGN(name) .not_fs = "is a file system (" name ") that the appliance has no driver for"

/* The kernel that wrote the log is the one to replay it. */
#define XFS_UNCLEAN                                                                            \
	"it was not unmounted cleanly, and its log is not replayed here: start the guest and " \
	"shut it down, or, if that cannot be, mount and unmount it on a machine with its kernel"

static const struct fstype types[] = {
	/* ext2 has no journal, and its driver refuses the option. */
	{ .name = "ext4", .sealed_data = "noload", .modules = { "ext4", "crc32c" },
	  .mkfs = { "mkfs.ext4", "-q", "-F" }, .mkfs_label = "-L", .label_max = 16, .mkfs_inodes = "-N",
	  .fsck = "e2fsck -f", .root = ROOT_OFTEN, .warm = true },
	{ .name = "ext3", .sealed_data = "noload", .modules = { "ext4", "crc32c" },
	  .mkfs = { "mkfs.ext3", "-q", "-F" }, .mkfs_label = "-L", .label_max = 16, .mkfs_inodes = "-N",
	  .fsck = "e2fsck -f", .root = ROOT_OFTEN },
	{ .name = "ext2", .modules = { "ext4", "crc32c" },
	  .mkfs = { "mkfs.ext2", "-q", "-F" }, .mkfs_label = "-L", .label_max = 16, .mkfs_inodes = "-N",
	  .fsck = "e2fsck -f", .root = ROOT_OFTEN },
	/* nouuid: two copies of one disk may be attached. */
	{ .name = "xfs", .sealed_data = "norecovery,nouuid", .data = "nouuid", .modules = { "xfs" },
	  .mkfs = { "mkfs.xfs", "-q", "-f" }, .mkfs_label = "-L", .label_max = 12, .fsck = "xfs_repair", .seal_first = true, .unclean = XFS_UNCLEAN, .root = ROOT_OFTEN,
	  .warm = true },
	{ .name = "btrfs", .sealed_data = "rescue=nologreplay", .modules = { "btrfs" },
	  .mkfs = { "mkfs.btrfs", "-q", "-f" }, .mkfs_label = "-L", .label_max = 255, .fsck = "btrfs check", .root = ROOT_OFTEN, .warm = true },
	{ .name = "f2fs", .sealed_data = "norecovery", .modules = { "f2fs" },
	  .mkfs = { "mkfs.f2fs", "-q", "-f" }, .mkfs_label = "-l", .label_max = 511, .label_utf16 = true, .fsck = "fsck.f2fs", .seal_first = true, .root = ROOT_OFTEN },
	{ .name = "nilfs2", .sealed_data = "norecovery", .modules = { "nilfs2" }, .root = ROOT_OFTEN },
	{ .name = "reiserfs", .modules = { "reiserfs" }, .root = ROOT_OFTEN },
	{ .name = "jfs", .modules = { "jfs" }, .root = ROOT_OFTEN },
	{ .name = "vfat", .modules = { "vfat", "nls_cp437", "nls_ascii" },
	  /* Else it writes a table with itself as a partition onto a whole disk. */
	  .mkfs = { "mkfs.vfat", "--mbr=n" }, .mkfs_label = "-n", .label_max = 11, .label_utf16 = true, .label_ascii = true, .no_owners = true, .fsck = "fsck.vfat", .root = ROOT_RARE, .warm = true },
	{ .name = "ntfs", .data = "norecover", .modules = { "fuse" }, .program = "ntfs-3g",
	  .mkfs = { "mkfs.ntfs", "-Q", "-q", "-F" }, .mkfs_label = "-L", .label_max = 128, .label_utf16 = true, .no_owners = true, .fsck = "chkdsk /f", .root = ROOT_OFTEN },
	{ .name = "ufs", .sealed_data = "ufstype=ufs2", .data = "ufstype=ufs2",
	  .data2 = "ufstype=44bsd", .modules = { "ufs" }, .read_only = true, .root = ROOT_OFTEN },
	{ .name = "minix", .modules = { "minix" }, .root = ROOT_OFTEN },
	{ .name = "exfat", .modules = { "exfat" }, .mkfs = { "mkfs.exfat" }, .mkfs_label = "-L", .label_max = 11, .label_utf16 = true,
	  .no_owners = true },
	{ .name = "iso9660", .modules = { "isofs", "nls_utf8" }, .read_only = true, .root = ROOT_RARE },
	{ .name = "udf", .modules = { "udf", "nls_utf8" }, .root = ROOT_RARE },
	{ .name = "hfs", .modules = { "hfs", "nls_utf8" } },
	{ .name = "hfsplus", .modules = { "hfsplus", "nls_utf8" } },
	{ .name = "squashfs", .modules = { "squashfs" }, .read_only = true, .root = ROOT_RARE },
	{ .name = "erofs", .modules = { "erofs" }, .read_only = true, .root = ROOT_RARE },

	{ .name = "swap", .mkfs = { "mkswap" }, .mkfs_label = "-L", .label_max = 15, .not_fs = "is swap space: it holds no files" },
	{ .name = "swsuspend", .not_fs = "holds a suspended system's memory, not files" },
	{ .name = "LVM2_member",
	  .not_fs = "is an LVM physical volume: mount one of its logical volumes" },
	{ .name = "crypto_LUKS", .not_fs = "is encrypted (LUKS): open it with --key, and mount what is in it" },
	{ .name = "BitLocker", .not_fs = "is encrypted (BitLocker): open it with --key, and mount what is in it" },
	{ .name = "linux_raid_member", .not_fs = "is a member of a Linux RAID array" },
	{ .name = "isw_raid_member", RAID("Intel") },
	{ .name = "ddf_raid_member", RAID("DDF") },
	{ .name = "adaptec_raid_member", RAID("Adaptec") },
	{ .name = "hpt37x_raid_member", RAID("HighPoint") },
	{ .name = "hpt45x_raid_member", RAID("HighPoint") },
	{ .name = "jmicron_raid_member", RAID("JMicron") },
	{ .name = "lsi_mega_raid_member", RAID("LSI") },
	{ .name = "nvidia_raid_member", RAID("NVIDIA") },
	{ .name = "promise_fasttrack_raid_member", RAID("Promise") },
	{ .name = "silicon_medley_raid_member", RAID("Silicon Image") },
	{ .name = "via_raid_member", RAID("VIA") },
	{ .name = "zfs_member", .not_fs = "is part of a ZFS pool, which Linux cannot mount" },
	{ .name = "vdo", .not_fs = "is a VDO volume, for which the appliance has no driver" },
	{ .name = "stratis", .not_fs = "is part of a Stratis pool, which its own daemon opens" },
	{ .name = "bcache", .not_fs = "is a bcache device, which is not assembled here" },
	{ .name = "drbd", .not_fs = "is a DRBD device, for which the appliance has no driver" },
	{ .name = "ceph_bluestore", .not_fs = "is part of a Ceph cluster" },
	{ .name = "LVM1_member", .not_fs = "is an LVM1 physical volume, which nothing knows any more" },
	{ .name = "LDM_member", .not_fs = "is part of a dynamic disk of Windows" },
	{ .name = "VMFS_volume_member", .not_fs = "is part of a VMFS volume of VMware" },
	{ .name = "VMFS", FOREIGN("VMFS") },
	{ .name = "apfs", FOREIGN("APFS") },
	{ .name = "ReFS", FOREIGN("ReFS") },
	{ .name = "bcachefs", FOREIGN("bcachefs") },
	{ .name = "reiser4", FOREIGN("Reiser4") },
	{ .name = "exfs", FOREIGN("EXFS") },
	{ .name = "ocfs2", FOREIGN("OCFS2") },
	{ .name = "gfs2", FOREIGN("GFS2") },
	{ .name = "DM_integrity", .not_fs = "is a dm-integrity device, which is not opened here" },
	{ .name = "DM_verity_hash", .not_fs = "holds the hashes of a dm-verity device" },
	{ .name = "DM_snapshot_cow", .not_fs = "is the store of an LVM snapshot, not a file system" },
	{ .name = "jbd", .not_fs = "is the journal of another file system" },
	{ .name = "xfs_external_log", .not_fs = "is the log of another file system" },
};

/* A bit each, in storage.h. */
_Static_assert(sizeof(types) / sizeof(*types) <= 64, "too many types");

const struct fstype *fstype_find(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}

const struct fstype *fstype_at(size_t i)
{
	return i < sizeof(types) / sizeof(*types) ? &types[i] : NULL;
}

size_t fstype_index(const struct fstype *t)
{
	return (size_t)(t - types);
}
