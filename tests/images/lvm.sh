#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Phony Linux guests (the tree: linux.sh) on LVM, volume group "vg", which
# has the logical volumes root (/, ext4), home (/home, ext4) and swap.
#   lvm.img                 GPT: sda1 /boot ext2, sda2 the physical volume;
#                           host lvm.example.org
#   lvm-2disks-{a,b}.img    the group spans two disks: a has /boot on sda1 and
#                           a physical volume on sda2, the whole of b is one;
#                           "root" lies on both; host lvm-2disks.example.org
#   lvm-whole.img           the whole disk is a physical volume, no /boot

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
need python3 sfdisk mkswap
lvm_py=$(cd "$(dirname "$0")" && pwd)/lvm.py

# make_volumes HOSTNAME MIB BOOT: the content of the logical volumes; "root"
# is of the given size, /boot is apart if BOOT is "boot".
make_volumes()
{
    local tree=$scratch/tree
    linux_tree "$tree" debian 12 "$1.example.org" <<EOS
/dev/mapper/vg-root / ext4 errors=remount-ro 0 1
${3:+UUID=$(uuid 1) /boot ext2 defaults 0 2}
/dev/vg/home /home ext4 defaults 0 2
/dev/mapper/vg-swap none swap sw 0 0
EOS
    [ -z "$3" ] || split_off "$tree" boot "$scratch/boot"
    split_off "$tree" home "$scratch/home"
    # Large enough to reach to the end of the volume.
    dd if=/dev/zero bs=1M count="$(($2 * 3 / 4))" status=none |
        tr '\0' '.' >"$tree/var/lib/filler"
    make_ext ext4 "$scratch/root.img" "$2" "$tree" -L root -U "$(uuid 2)"
    make_ext ext4 "$scratch/home.img" 16 "$scratch/home" -U "$(uuid 3)"
    make_swap "$scratch/swap.img" 4 4
}

# boot_and_volume FILE SIZE: a disk with /boot and, after it, a physical
# volume of SIZE MiB.
boot_and_volume()
{
    make_ext ext2 "$scratch/boot.img" 16 "$scratch/boot" -U "$(uuid 1)"
    new_disk "$1" $((18 + $2)) <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=16MiB, type=L, uuid=$(uuid 11)
start=17MiB, size=${2}MiB, type=V, uuid=$(uuid 12)
EOS
    put "$scratch/boot.img" "$1" 1
}

case $1 in
one)
    make_volumes lvm 48 boot
    boot_and_volume lvm.img 77
    python3 "$lvm_py" vg pv=lvm.img:17:77 lv=root:"$scratch/root.img":12 \
        lv=home:"$scratch/home.img":4 lv=swap:"$scratch/swap.img":1
    ;;
two)
    make_volumes lvm-2disks 48 boot
    boot_and_volume lvm-2disks-a.img 33
    new_file lvm-2disks-b.img 45
    python3 "$lvm_py" vg pv=lvm-2disks-a.img:17:33 pv=lvm-2disks-b.img:0:45 \
        lv=root:"$scratch/root.img":12 lv=home:"$scratch/home.img":4 \
        lv=swap:"$scratch/swap.img":1
    ;;
whole)
    make_volumes lvm-whole 32 ''
    new_file lvm-whole.img 61
    python3 "$lvm_py" vg pv=lvm-whole.img:0:61 \
        lv=root:"$scratch/root.img":8 lv=home:"$scratch/home.img":4 \
        lv=swap:"$scratch/swap.img":1
    ;;
esac
