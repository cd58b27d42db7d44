#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Phony Linux guests on partitions (the tree: linux.sh; ID debian, VERSION 12,
# hostname NAME.example.org), named by what is in the partition table and how
# /etc/fstab spells the devices.
#
# mbr ...  MBR   sda1 /boot ext2 "boot", sda2 extended, sda5 / ext4 "root",
#                sda6 /home ext3 "home", sda7 swap
# gpt ...  GPT   sda1 /boot ext2 "boot", sda2 / ext4 "root", sda3 swap
#
# /boot/not-mounted and /home/not-mounted are in the root file system, and
# covered by what fstab mounts there.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need sfdisk mkswap

# The three UUIDs of file systems, and of the GPT's partitions.
boot=$(uuid 1) root=$(uuid 2) home=$(uuid 3) swap=$(uuid 4)

# mbr_disk NAME BOOT ROOT HOME SWAP: a disk from the devices' names in fstab.
mbr_disk()
{
    local tree=$scratch/tree
    linux_tree "$tree" debian 12 "$1.example.org" <<EOS
# device, mount point, type, options, dump, pass
$3 / ext4 errors=remount-ro 0 1
$2 /boot ext2 defaults 0 2
$4	/home	ext3	nodev,nosuid	0	2
$5 none swap sw 0 0
tmpfs /tmp tmpfs defaults 0 0
EOS
    split_off "$tree" boot "$scratch/boot"
    split_off "$tree" home "$scratch/home"
    make_ext ext2 "$scratch/sda1" 16 "$scratch/boot" -L boot -U "$boot"
    make_ext ext4 "$scratch/sda5" 48 "$tree" -L root -U "$root"
    make_ext ext3 "$scratch/sda6" 16 "$scratch/home" -L home -U "$home"
    make_swap "$scratch/sda7" 8 4
    new_disk "$1.img" 96 <<'EOS'
label: dos
label-id: 0x20210304
start=1MiB, size=16MiB, type=83, bootable
start=17MiB, type=5
start=18MiB, size=48MiB, type=83
start=67MiB, size=16MiB, type=83
start=84MiB, size=8MiB, type=82
EOS
    put "$scratch/sda1" "$1.img" 1
    put "$scratch/sda5" "$1.img" 18
    put "$scratch/sda6" "$1.img" 67
    put "$scratch/sda7" "$1.img" 84
}

# gpt_disk NAME BOOT ROOT SWAP
gpt_disk()
{
    local tree=$scratch/tree
    linux_tree "$tree" debian 12 "$1.example.org" <<EOS
# device, mount point, type, options, dump, pass
$3 / ext4 errors=remount-ro 0 1
$2 /boot ext2 defaults 0 2
$4 none swap sw 0 0
EOS
    split_off "$tree" boot "$scratch/boot"
    make_ext ext2 "$scratch/sda1" 16 "$scratch/boot" -L boot -U "$boot"
    make_ext ext4 "$scratch/sda2" 40 "$tree" -L root -U "$root"
    make_swap "$scratch/sda3" 4 4
    new_disk "$1.img" 64 <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=16MiB, type=L, uuid=$(uuid 11), name=boot-part
start=17MiB, size=40MiB, type=L, uuid=$(uuid 12), name=root-part
start=57MiB, size=4MiB, type=S, uuid=$(uuid 13), name=swap-part
EOS
    put "$scratch/sda1" "$1.img" 1
    put "$scratch/sda2" "$1.img" 17
    put "$scratch/sda3" "$1.img" 57
}

# whole_disk NAME: no partitions at all.
whole_disk()
{
    linux_tree "$scratch/tree" debian 12 "$1.example.org" <<EOS
UUID=$root / ext4 defaults 0 1
EOS
    make_ext ext4 "$1.img" 32 "$scratch/tree" -L root -U "$root"
}

case $1 in
mbr-logical)
    mbr_disk "$1" "UUID=$boot" "UUID=$root" "UUID=$home" "UUID=$swap" ;;
mbr-logical-label)
    mbr_disk "$1" LABEL=boot LABEL=root 'LABEL="home"' /dev/sda7 ;;
mbr-logical-sda)
    mbr_disk "$1" /dev/sda1 /dev/sda5 /dev/sda6 /dev/sda7 ;;
mbr-logical-vda)
    mbr_disk "$1" /dev/vda1 /dev/vda5 /dev/vda6 /dev/vda7 ;;
mbr-logical-mixed)
    mbr_disk "$1" LABEL=boot "UUID=$root" /dev/disk/by-uuid/"$home" \
        /dev/hda7 ;;
mbr-partuuid)
    mbr_disk "$1" PARTUUID=20210304-01 PARTUUID=20210304-05 \
        PARTUUID=20210304-06 PARTUUID=20210304-07 ;;
phony-linux)
    gpt_disk "$1" "UUID=$boot" "UUID=$root" "UUID=$swap" ;;
gpt-partuuid)
    gpt_disk "$1" "PARTUUID=$(uuid 11)" "PARTUUID=$(uuid 12)" \
        "PARTUUID=$(uuid 13)" ;;
gpt-partlabel)
    gpt_disk "$1" PARTLABEL=boot-part PARTLABEL=root-part \
        PARTLABEL=swap-part ;;
gpt-nvme)
    gpt_disk "$1" /dev/nvme0n1p1 /dev/nvme0n1p2 /dev/nvme0n1p3 ;;
gpt-missing)
    # /boot is on a device that is not there
    gpt_disk "$1" "UUID=$(uuid 77)" "UUID=$root" "UUID=$swap" ;;
whole-disk)
    whole_disk "$1" ;;
*) die "no layout '$1'" ;;
esac
