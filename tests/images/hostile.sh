#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Images that are broken, or made to have something else read than a disk.
#   empty.img             no bytes
#   random.img            1 MiB of pseudo-random bytes
#   zero.img              1 MiB of zeros
#   short.img             100 bytes
#   truncated.qcow2       the first half of a qcow2 with phony-linux.img's disk
#                         (partitions.sh, linux.sh)
#   header-only.qcow2     the first 80 bytes of it
#   backing-passwd.qcow2  names /etc/passwd as its backing file, raw
#   backing-missing.qcow2 names a file that is not there
#   backing-loop.qcow2    names itself
#   backing-json.qcow2    names json:{...} with /etc/passwd in it
#   backing-nbd.qcow2     names nbd://127.0.0.1:9/disk
#   datafile-passwd.qcow2 names /etc/passwd as its data file
#   extent-passwd.vmdk    a descriptor whose one extent is /etc/passwd
#   huge.qcow2            a disk of 1 EiB, nothing in it
#   bad-gpt.img           a GPT with wrong checksums in both copies

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
need qemu-img openssl sfdisk

: >empty.img
head -c 1M /dev/zero |
    openssl enc -aes-128-ctr -K 0123456789abcdef0123456789abcdef -iv 00 \
        -nosalt 2>/dev/null >random.img
truncate -s 1M zero.img
head -c 100 random.img >short.img

(cd "$scratch" && "$here/partitions.sh" phony-linux)
qemu-img convert -q -f raw "$scratch/phony-linux.img" -O qcow2 \
    "$scratch/whole.qcow2"
size=$(stat -c %s "$scratch/whole.qcow2")
head -c "$((size / 2))" "$scratch/whole.qcow2" >truncated.qcow2
head -c 80 "$scratch/whole.qcow2" >header-only.qcow2

# backed NAME FORMAT BACKING: -u, for what is named is not to be looked at.
backed()
{
    qemu-img create -q -u -f qcow2 -b "$3" -F "$2" "$1" 64M
}
backed backing-passwd.qcow2 raw /etc/passwd
backed backing-missing.qcow2 qcow2 missing.qcow2
backed loop qcow2 backing-loop.qcow2
mv loop backing-loop.qcow2
backed backing-json.qcow2 raw \
    'json:{"driver":"raw","file":{"driver":"file","filename":"/etc/passwd"}}'
backed backing-nbd.qcow2 raw nbd://127.0.0.1:9/disk

# qemu-img makes the data file that it is told to name: one with a name as
# long, which is then overwritten.
(cd "$scratch" && qemu-img create -q -f qcow2 \
    -o data_file=data-passwd,data_file_raw=on datafile.qcow2 64M)
sed 's|data-passwd|/etc/passwd|' "$scratch/datafile.qcow2" \
    >datafile-passwd.qcow2

cat >extent-passwd.vmdk <<'EOS'
# Disk DescriptorFile
version=1
CID=20210304
parentCID=ffffffff
createType="monolithicFlat"

# Extent description
RW 2 FLAT "/etc/passwd" 0

# The Disk Data Base
ddb.virtualHWVersion = "4"
ddb.geometry.cylinders = "1"
ddb.geometry.heads = "16"
ddb.geometry.sectors = "63"
ddb.adapterType = "ide"
EOS

qemu-img create -q -f qcow2 -o cluster_size=2M huge.qcow2 1E

new_disk bad-gpt.img 16 <<EOS
label: gpt
start=1MiB, size=8MiB, type=L
EOS
printf 'wrong' | dd of=bad-gpt.img bs=1 seek=$((512 + 56)) conv=notrunc \
    status=none
printf 'wrong' | dd of=bad-gpt.img bs=1 conv=notrunc status=none \
    seek=$((16 * 1024 * 1024 - 512 + 56))
