#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A phony debian 12 (the tree: linux.sh) on a btrfs file system of two whole disks, data on both
# (RAID0), metadata twice; host btrfs-disks.example.org.
#   btrfs-disks-{a,b}.img

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
# shellcheck source-path=SCRIPTDIR source=in-appliance.sh
. "$(dirname "$0")/in-appliance.sh"
need mkfs.btrfs fakeroot

linux_tree "$scratch/tree" debian 12 btrfs-disks.example.org <<<"UUID=$(uuid 2) / btrfs defaults 0 0"
new_file btrfs-disks-a.img 128
new_file btrfs-disks-b.img 128
fakeroot mkfs.btrfs -q -U "$(uuid 2)" -L disks -r "$scratch/tree" btrfs-disks-a.img
in_appliance btrfs-disks-a.img btrfs-disks-b.img <<EOS
mount -o X-mount.mkdir /dev/sda /run/a
btrfs device add -f /dev/sdb /run/a
btrfs balance start -f -dconvert=raid0 -mconvert=raid1 /run/a
umount /run/a
EOS
