#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Storage stacks without an end, and signatures of what cannot be used.
#   hostile-lvm-{self,many,huge,cycle}.img   see hostile-lvm.py
#   signatures.img    GPT, a partition each: apfs, ReFS, bcachefs, vdo, swsuspend, swap,
#                     unknown, Microsoft reserved, zfs_member, stratis

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
need python3 sfdisk mkswap
here=$(cd "$(dirname "$0")" && pwd)

for kind in self many huge cycle; do
    python3 "$here/hostile-lvm.py" "hostile-lvm-$kind.img" "$kind" # with lvm.py
done
python3 "$here/signatures.py" "$scratch" # the files that are named below

make_swap "$scratch/swap" 2 4
{
    echo "label: gpt"
    for n in {0..6}; do
        echo "start=$((1 + n * 2))MiB, size=2MiB, type=L"
    done
    echo "start=15MiB, size=2MiB, type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE"
    echo "start=17MiB, size=64MiB, type=L"
    echo "start=81MiB, size=2MiB, type=L"
} | new_disk signatures.img 85
n=1
for name in apfs refs bcachefs vdo swsuspend swap; do
    put "$scratch/$name" signatures.img $n
    n=$((n + 2))
done
put "$scratch/zfs" signatures.img 17
put "$scratch/stratis" signatures.img 81
