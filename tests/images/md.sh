#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Linux software RAID.
#   md-levels.img           GPT with partitions of 3 MiB: arrays of each level and metadata,
#                           named by these: each an ext2 file system with their name in
#                           "level", and as its label
#   md-raid1-{a,b}.img      a phony debian 12 (the tree: linux.sh) on /dev/md0 (root) and
#                           /dev/md1 (/home), which are RAID1 of sda1 and sdb1, sda2 and sdb2;
#                           /etc/mdadm/mdadm.conf has their names; host md-raid1.example.org
#   md-raid5-{a,b,c}.img    the same on LVM (vg/root) on RAID5 of three whole disks
#   md-parted-{a,b}.img     the same on the second of two partitions of a RAID1 of whole disks

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
# shellcheck source-path=SCRIPTDIR source=in-appliance.sh
. "$(dirname "$0")/in-appliance.sh"
need sfdisk

# create NUMBER LEVEL METADATA DEVICE...: the command that makes a clean array.
create()
{
    local number=$1 level=$2 metadata=$3 name='' sync=''
    shift 3
    [ "$level" = raid0 ] || [ "$level" = linear ] || sync="--assume-clean --bitmap=none"
    [ "$metadata" = 0.90 ] || name="--homehost=phony --name=$number"
    echo "mdadm --create /dev/md$number --run --level=$level --metadata=$metadata $name" \
        "$sync --uuid=$(printf '%08x:00000001:00000002:00000003' "$number") -n $# $*"
}

# tree NAME FSTAB...: a guest's tree in $scratch/tree.
tree()
{
    linux_tree "$scratch/tree" debian 12 "$1.example.org"
    mkdir "$scratch/tree/etc/mdadm"
}

levels()
{
    local number=0 first=1 level metadata count name n devices disk=md-levels.img
    local list="raid0:1.2:2 raid1:1.0:2 raid1:1.1:2 raid1:0.90:2 raid4:1.2:3 raid5:1.2:3
        raid6:1.2:4 raid10:1.2:4 linear:1.2:2 raid5:0.90:3"
    {
        echo "label: gpt"
        for ((n = 0; n < 27; n++)); do
            echo "start=$((1 + n * 3))MiB, size=3MiB, type=R"
        done
    } | new_disk "$disk" 84
    for name in $list; do
        IFS=: read -r level metadata count <<<"$name"
        devices=
        for ((n = first; n < first + count; n++)); do
            devices+=" /dev/sda$n"
        done
        first=$((first + count))
        rm -rf "$scratch/tree"
        mkdir "$scratch/tree"
        echo "$level-$metadata" >"$scratch/tree/level"
        make_ext ext2 "$number.img" 1 "$scratch/tree" -L "$level-$metadata"
        # shellcheck disable=SC2086 # a list
        create "$number" "$level" "$metadata" $devices
        echo "copy /dev/sd$(printf '%b' "\\x$(printf %x $((98 + number)))") /dev/md$number"
        echo "mdadm --stop /dev/md$number"
        number=$((number + 1))
    done >"$scratch/commands"
    in_appliance "$disk" {0..9}.img <"$scratch/commands"
    rm {0..9}.img
}

raid1()
{
    local disk
    tree md-raid1 <<EOS
/dev/md0 / ext4 defaults 0 1
/dev/md1 /home ext4 defaults 0 2
EOS
    cat >"$scratch/tree/etc/mdadm/mdadm.conf" <<EOS
ARRAY /dev/md0 metadata=1.2 name=phony:0 UUID=00000000:00000001:00000002:00000003
ARRAY /dev/md1 UUID=00000001:00000001:00000002:00000003
EOS
    split_off "$scratch/tree" home "$scratch/home"
    make_ext ext4 root.img 20 "$scratch/tree" -U "$(uuid 2)"
    make_ext ext4 home.img 6 "$scratch/home" -U "$(uuid 3)"
    for disk in a b; do
        new_disk "md-raid1-$disk.img" 40 <<EOS
label: gpt
start=1MiB, size=24MiB, type=R
start=25MiB, size=10MiB, type=R
EOS
    done
    {
        create 0 1 1.2 /dev/sda1 /dev/sdb1
        create 1 1 0.90 /dev/sda2 /dev/sdb2
        echo "copy /dev/sdc /dev/md0"
        echo "copy /dev/sdd /dev/md1"
        echo "mdadm --stop /dev/md0 /dev/md1"
    } | in_appliance md-raid1-{a,b}.img root.img home.img
}

raid5()
{
    local disk
    tree md-raid5 <<<"/dev/vg/root / ext4 defaults 0 1"
    make_ext ext4 root.img 20 "$scratch/tree" -U "$(uuid 2)"
    for disk in a b c; do
        new_file "md-raid5-$disk.img" 20
    done
    {
        create 0 5 1.2 /dev/sda /dev/sdb /dev/sdc
        echo "pvcreate -q /dev/md0"
        echo "vgcreate -q vg /dev/md0"
        echo "lvcreate -q -an -Zn -n root -L 24M vg"
        echo "vgchange -q -ay --sysinit vg"
        echo "copy /dev/sdd /dev/mapper/vg-root"
        echo "vgchange -q -an vg"
        echo "mdadm --stop /dev/md0"
    } | in_appliance md-raid5-{a,b,c}.img root.img
}

parted()
{
    tree md-parted <<<"UUID=$(uuid 2) / ext4 defaults 0 1"
    make_ext ext4 "$scratch/root.img" 20 "$scratch/tree" -U "$(uuid 2)"
    new_disk array.img 24 <<EOS
label: gpt
start=1MiB, size=1MiB
start=2MiB, size=20MiB, type=L
EOS
    put "$scratch/root.img" array.img 2
    new_file md-parted-a.img 26
    new_file md-parted-b.img 26
    {
        create 0 1 1.0 /dev/sda /dev/sdb
        echo "copy /dev/sdc /dev/md0"
        echo "mdadm --stop /dev/md0"
    } | in_appliance md-parted-{a,b}.img array.img
    rm array.img
}

"$1"
rm -f root.img home.img
