#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Logical volumes that are more than stretches of a disk.
#   lvm-types.img       GPT, four physical volumes of 24 MiB: the group "types", of which each
#                       volume is an ext2 file system with the volume's name in "name": striped,
#                       mirror, raid0, raid1, raid5, raid10, thin (in "pool"), cached; and
#                       orig, with a snapshot "snap", whose "name" is "snapped"; thinsnap is not
#                       to be activated
#   lvm-thin.img        a phony debian 12 (the tree: linux.sh) on the thin volume vg/root; host
#                       lvm-thin.example.org
#   lvm-thin-other.img  the same, but another size, and host lvm-thin-other.example.org

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
# shellcheck source-path=SCRIPTDIR source=in-appliance.sh
. "$(dirname "$0")/in-appliance.sh"
need sfdisk

quick="-q --config activation/udev_sync=0"

# small FILE NAME: an ext2 file system with that in "name".
small()
{
    rm -rf "$scratch/small"
    mkdir "$scratch/small"
    echo "$2" >"$scratch/small/name"
    make_ext ext2 "$1" 1 "$scratch/small" -L "$2"
}

types()
{
    local name letter=b names="striped mirror raid0 raid1 raid5 raid10 thin cached orig"
    new_disk lvm-types.img 100 <<EOS
label: gpt
start=1MiB, size=24MiB, type=V
start=25MiB, size=24MiB, type=V
start=49MiB, size=24MiB, type=V
start=73MiB, size=24MiB, type=V
EOS
    {
        echo "pvcreate $quick /dev/sda1 /dev/sda2 /dev/sda3 /dev/sda4"
        echo "vgcreate $quick -s 1m types /dev/sda1 /dev/sda2 /dev/sda3 /dev/sda4"
        echo "lvcreate $quick -y -Wn -L 2m -n striped -i 2 types"
        echo "lvcreate $quick -y -Wn -L 2m -n mirror --type mirror -m 1 --mirrorlog core --nosync types"
        echo "lvcreate $quick -y -Wn -L 2m -n raid0 --type raid0 -i 2 types"
        echo "lvcreate $quick -y -Wn -L 2m -n raid1 --type raid1 -m 1 --nosync types"
        echo "lvcreate $quick -y -Wn -L 2m -n raid5 --type raid5 -i 2 types"
        echo "lvcreate $quick -y -Wn -L 2m -n raid10 --type raid10 -m 1 -i 2 --nosync types"
        echo "lvcreate $quick -y -L 6m --type thin-pool --poolmetadatasize 2m -n pool types"
        echo "lvcreate $quick -y -V 4m --type thin --thinpool pool -n thin types"
        echo "lvcreate $quick -y -Wn -L 2m -n cached types"
        echo "lvcreate $quick -y -Wn -L 10m -n fast types"
        echo "lvcreate $quick -y -Wn -L 2m -n orig types"
        for name in $names; do
            letter=$(echo "$letter" | tr a-y b-z)
            small "$name.img" "$name"
            echo "copy /dev/sd$(echo "$letter" | tr b-z a-y) /dev/mapper/types-$name"
        done
        small snapped.img snapped
        echo "lvconvert $quick -y --type cache --cachevol fast types/cached"
        echo "lvcreate $quick -y -s -n thinsnap types/thin"
        echo "lvcreate $quick -y -L 2m -s -n snap types/orig"
        echo "copy /dev/sdk /dev/mapper/types-snap"
        echo "vgchange $quick -an types"
    } >"$scratch/commands"
    # shellcheck disable=SC2086 # a list
    in_appliance lvm-types.img ${names// /.img }.img snapped.img <"$scratch/commands"
    # shellcheck disable=SC2086
    rm ${names// /.img }.img snapped.img
}

# thin NAME MIB: a guest in a thin volume.
thin()
{
    local tree=$scratch/tree
    linux_tree "$tree" debian 12 "$1.example.org" <<<"/dev/vg/root / ext4 defaults 0 1"
    make_ext ext4 root.img 20 "$tree" -U "$(uuid 2)"
    new_file "$1.img" "$2"
    in_appliance "$1.img" root.img <<EOS
pvcreate $quick /dev/sda
vgcreate $quick vg /dev/sda
lvcreate $quick -y -L 24m --type thin-pool --poolmetadatasize 4m -n pool vg
lvcreate $quick -y -V 24m --type thin --thinpool pool -n root vg
copy /dev/sdb /dev/mapper/vg-root
vgchange $quick -an vg
EOS
    rm root.img
}

case $1 in
types) types ;;
thin) thin lvm-thin 40 ;;
other) thin lvm-thin-other 44 ;;
esac
