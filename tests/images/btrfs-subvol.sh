#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Phony Linux guests (the tree: linux.sh) in subvolumes of a btrfs.
#   GPT: sda1 /boot ext2; sda2 btrfs, label "pool", with the subvolumes @ (/)
#   and @home (/home), and at its top level the file not-mounted
# btrfs-subvol.img     fstab has subvol=@, subvol=/@home
# btrfs-subvolid.img   fstab has subvolid=256, subvolid=257

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source-path=SCRIPTDIR source=linux.sh
. "$(dirname "$0")/linux.sh"
here=$(cd "$(dirname "$0")" && pwd)
need mkfs.btrfs fakeroot python3 sfdisk

case $1 in
btrfs-subvol) at=subvol=@ home=compress=zstd:1,subvol=/@home ;;
btrfs-subvolid) at=subvolid=256 home=subvolid=257,noatime ;;
*) die "no image '$1'" ;;
esac

tree=$scratch/tree
linux_tree "$tree" debian 12 "$1.example.org" <<EOS
UUID=$(uuid 2) / btrfs $at 0 0
UUID=$(uuid 2) /home btrfs $home 0 0
UUID=$(uuid 1) /boot ext2 defaults 0 2
EOS
split_off "$tree" boot "$scratch/boot"
split_off "$tree" home "$scratch/home"
rm "$tree/home/not-mounted"
# A file in it has to be smaller than a sector.
head -n 20 "$tree/var/log/syslog" >"$scratch/syslog"
cp "$scratch/syslog" "$tree/var/log/syslog"
fix_times "$tree"
fix_times "$scratch/home"

mkdir "$scratch/top"
echo 'the top level is not mounted' >"$scratch/top/not-mounted"
fix_times "$scratch/top"
new_file "$scratch/btrfs.img" 128
fakeroot mkfs.btrfs -q -f -n 65536 -m single -d single -R ^free-space-tree \
    -L pool -U "$(uuid 2)" -r "$scratch/top" "$scratch/btrfs.img" \
    >"$scratch/log" 2>&1 || die "mkfs.btrfs: $(cat "$scratch/log")"
python3 "$here/btrfs-subvol.py" "$scratch/btrfs.img" \
    @="$tree" @home="$scratch/home"
btrfs check "$scratch/btrfs.img" >"$scratch/log" 2>&1 ||
    die "btrfs check: $(cat "$scratch/log")"

make_ext ext2 "$scratch/boot.img" 16 "$scratch/boot" -L boot -U "$(uuid 1)"
new_disk "$1.img" 146 <<EOS
label: gpt
label-id: $(uuid 10)
start=1MiB, size=16MiB, type=L, uuid=$(uuid 11)
start=17MiB, size=128MiB, type=L, uuid=$(uuid 12)
EOS
put "$scratch/boot.img" "$1.img" 1
put "$scratch/btrfs.img" "$1.img" 17
