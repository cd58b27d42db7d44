#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Copies of the system in btrfs-subvol.img beside it, as updates and backups leave them.
#   btrfs-snapshots.img   @ is the root; @snapshots/1 and @snapshots/2 are snapshots of it, the
#                         second for reading only; @old is one with another os-release

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=in-appliance.sh
. "$(dirname "$0")/in-appliance.sh"

original=$("$(dirname "$0")/make.sh" btrfs-subvol.img "$(dirname "$PWD")")
cp --sparse=always "$original" btrfs-snapshots.img
chmod u+w btrfs-snapshots.img
in_appliance btrfs-snapshots.img <<EOS
mount -o X-mount.mkdir,subvolid=5 /dev/sda2 /run/top
btrfs subvolume create /run/top/@snapshots
btrfs subvolume snapshot /run/top/@ /run/top/@snapshots/1
btrfs subvolume snapshot -r /run/top/@ /run/top/@snapshots/2
btrfs subvolume snapshot /run/top/@ /run/top/@old
umount /run/top
EOS
