#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The disk of phony-linux.img (partitions.sh, linux.sh) in other formats.
#   base.raw  base.qcow2  base-v2.qcow2  base-compressed.qcow2
#   overlay.qcow2            adds nothing to base.raw, its backing file
#   chain-{1,2,3}.qcow2      3 on 2 on 1; the disk is whole only with all three
#   overlay-nofmt.qcow2      backed by base.qcow2, no backing format recorded
#   base.vmdk (monolithicSparse)  base-stream.vmdk (streamOptimized)
#   base-flat.vmdk (monolithicFlat, the data in base-flat-flat.vmdk)
#   base.vdi  base.vhdx  base.vpc (dynamic)  base-fixed.vpc

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
need qemu-img qemu-io

(cd "$scratch" && "$here/partitions.sh" phony-linux)
mv "$scratch/phony-linux.img" base.raw

convert()
{
    qemu-img convert -q -f raw base.raw -O "$@"
}

convert qcow2 base.qcow2
convert qcow2 -o compat=0.10 base-v2.qcow2
convert qcow2 -c base-compressed.qcow2
convert vmdk base.vmdk
convert vmdk -o subformat=streamOptimized base-stream.vmdk
convert vmdk -o subformat=monolithicFlat base-flat.vmdk
convert vdi base.vdi
convert vhdx base.vhdx
# force_size: the size is what it was, not the next one with whole cylinders
convert vpc -o force_size=on base.vpc
convert vpc -o subformat=fixed,force_size=on base-fixed.vpc

qemu-img create -q -f qcow2 -b base.raw -F raw overlay.qcow2
# qemu-img insists on a backing format; change the header field that has it to
# one that nobody knows.
qemu-img create -q -f qcow2 -b base.qcow2 -F qcow2 nofmt
sed 's/\xe2\x79.\xca/\x12\x34\x56\x78/' nofmt >overlay-nofmt.qcow2
rm nofmt

# add FILE FIRST COUNT: write a part of the disk, in MiB.
add()
{
    dd if=base.raw of="$scratch/part" bs=1M skip="$2" count="$3" status=none
    qemu-io -f qcow2 -c "write -q -s $scratch/part ${2}M ${3}M" "$1"
}

qemu-img create -q -f qcow2 chain-1.qcow2 64M
qemu-img create -q -f qcow2 -b chain-1.qcow2 -F qcow2 chain-2.qcow2
qemu-img create -q -f qcow2 -b chain-2.qcow2 -F qcow2 chain-3.qcow2
add chain-1.qcow2 0 18
add chain-2.qcow2 18 2
add chain-3.qcow2 20 44
