#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# Disks made anew.

load lib/common
load lib/images

setup_file()
{
	warm_cache
}

# dirty NAME: a disk of 600 MiB with an old file system, a table's last sectors, and noise.
dirty()
{
	requires mke2fs
	rm -f "$1"
	truncate -s 600M "$1"
	mke2fs -q -F "$1" 400M
	dd if=/dev/urandom of="$1" bs=64k count=4 seek=9596 conv=notrunc status=none
}

# made OPTION...: it is made without a word; what there is then is in $out.
made()
{
	dirty disk.img
	capture guest-format --format=raw -a disk.img "$@"
	if [ "$status" != 0 ] || [ -n "$out$err" ]; then
		echo "$status $out $err"
		return 1
	fi
	capture guest-filesystems --all -l --no-title -a disk.img
	[ "$status" = 0 ]
	out=$(tr -s ' ' <out)
}

@test "nothing, in one partition" {
	made
	[ "$out" = "/dev/sda1 filesystem unknown - - 629015040 -
/dev/sda1 partition - - 83 629015040 /dev/sda
/dev/sda device - - - 629145600 -" ]
	sfdisk -d disk.img | grep -q 'start= *128, size= *1228545, type=83'
}

@test "each file system, with a label, marked as what it is" {
	local type mark
	while read -r type mark; do
		made --filesystem="$type" --label=DATA
		[[ $out == "/dev/sda1 filesystem $type DATA - "*"/dev/sda1 partition - - $mark "* ]] || {
			echo "$type: $out"
			return 1
		}
	done <<-'END'
		ext2 83
		ext3 83
		ext4 83
		xfs 83
		btrfs 83
		f2fs 83
		vfat 0b
		exfat 07
		ntfs 07
		swap 82
	END
}

# label TYPE LABEL: it is taken, as it is. libblkid reads less of btrfs's, and of NTFS's all but one sector's
# last bytes.
label()
{
	made --filesystem="$1" --label="$2"
	[[ $out == "/dev/sda1 filesystem $1 ${2:0:60}"* ]] || { echo "$1: $out"; return 1; }
}

@test "labels are as long as they may be, or refused" {
	local type max row long was
	# Also what is not ASCII, where bytes are not what is counted.
	for row in ext4:16 xfs:12 btrfs:255 f2fs:511 vfat:11 exfat:11 ntfs:128 swap:15; do
		type=${row%:*} max=${row#*:}
		long=$(printf 'X%.0s' $(seq "$max"))
		label "$type" "$long"
		was=$(stat -c %y disk.img)
		fails_with "the label of a file system of type '$type' has up to $max (bytes|characters), and '${long}X' has $((max + 1))" \
			guest-format --format=raw -a disk.img --filesystem="$type" --label="${long}X"
		[ "$(stat -c %y disk.img)" = "$was" ]
	done
	label vfat 'DEJA VU'
	label exfat 'Grüße 12345'
	label ntfs 'Grüße'
	label ext4 'Grüße'
	fails_with "a label of a file system of type 'vfat' is of ASCII here" guest-format --format=raw -a disk.img --filesystem=vfat --label=É
}

@test "a volume in a GPT, and a file system in it" {
	made --partition=gpt --lvm=/dev/data/one --filesystem=xfs
	[[ $out == "/dev/data/one filesystem xfs "* ]]
	[[ $out == *"/dev/data/one lv - - "*"/dev/data vg - - "*"/dev/sda1 pv - - "* ]]
	sfdisk -d disk.img | grep -q 'type=E6D6D379-F507-44C2-A23C-238F2A3DF928.*name="p1"'
	sfdisk -V -q disk.img
	made --lvm
	[[ $out == "/dev/VG/LV filesystem unknown "* ]]
	sfdisk -d disk.img | grep -q 'type=8e'
}

@test "without a table, on the disk itself" {
	made --partition=none --filesystem=ext4
	[[ $out == "/dev/sda filesystem ext4 - "* ]]
	e2fsck -fn disk.img >/dev/null 2>&1
	made --partition=none
	[[ $out == "/dev/sda filesystem unknown - "* ]]
	# mkfs.vfat would put a table there, of which the file system is a partition.
	made --partition=none --filesystem=vfat
	[[ $out == "/dev/sda filesystem vfat - "* ]]
}

@test "--wipe leaves nothing but what was made" {
	dirty disk.img
	printf 'secret' | dd of=disk.img bs=1 seek=300000000 conv=notrunc status=none
	capture guest-format --format=raw -a disk.img
	grep -q secret disk.img
	capture guest-format --format=raw -a disk.img --wipe
	[ "$status" = 0 ]
	run grep -q secret disk.img
	[ "$status" = 1 ]
}

# all_zero FORMAT IMAGE
all_zero()
{
	qemu-img convert -f "$1" -O raw "$2" flat
	cmp -n "$(stat -c %s flat)" flat /dev/zero
}

# room IMAGE: KiB that it takes.
room()
{
	du -k "$1" | cut -f1
}

@test "zeroes take no room, and are zeroes" {
	requires qemu-img
	truncate -s 1G sparse.img
	capture guest-format --format=raw -a sparse.img --wipe --filesystem=ext4
	[ "$status" = 0 ]
	[ "$(room sparse.img)" -lt 40000 ]
	head -c 100M /dev/urandom >full.img
	qemu-img convert -f raw -O qcow2 full.img full.qcow2
	qemu-img create -q -f qcow2 -b full.qcow2 -F qcow2 over.qcow2
	qemu-img convert -f raw -O qcow2 -o compat=0.10 full.img old.qcow2
	qemu-img convert -f raw -O vmdk full.img full.vmdk
	cp full.qcow2 before.qcow2
	for image in full.img over.qcow2 full.qcow2 old.qcow2 full.vmdk; do
		capture guest-format -a "$image" --wipe --partition=none
		[ "$status" = 0 ]
		all_zero "$(qemu-img info --output=json "$image" | sed -n 's/^ *"format": "\(.*\)".*/\1/p' | head -n 1)" "$image"
		case $image in
		over.qcow2) cmp full.qcow2 before.qcow2; [ "$(room "$image")" -lt 1000 ] ;;
		full.qcow2 | full.img) [ "$(room "$image")" -lt 1000 ] ;;
		esac
	done
}

@test "several disks, qcow2, and a table by the size" {
	requires jq
	qemu-img create -q -f qcow2 small.qcow2 1G
	qemu-img create -q -f qcow2 large.qcow2 3T
	capture guest-format --json --filesystem=xfs -a small.qcow2 -a large.qcow2
	[ "$status" = 0 ]
	[ "$(jq -c '.entries[] | [.image, .device, .filesystem, .label]' out)" = '["small.qcow2","/dev/sda1","xfs",null]
["large.qcow2","/dev/sdb1","xfs",null]' ]
	capture guest-filesystems --parts -l --no-title -a small.qcow2 -a large.qcow2
	[[ $(tr -s ' ' <out) == *"/dev/sda1 partition 83 "*"/dev/sdb1 partition - "* ]]
	qemu-img check -q large.qcow2
}

@test "tables by the names that parted has for them" {
	made --partition=msdos
	sfdisk -d disk.img | grep -q 'label: dos'
	made --partition=efi
	sfdisk -d disk.img | grep -q 'label: gpt'
}

@test "of a program's words, not how it is used" {
	truncate -s 10M tiny.img
	fails_with 'mkfs.xfs: ' guest-format --format=raw -a tiny.img --filesystem=xfs
	[[ $err != *sage* ]]
}

@test "a wish that cannot be granted costs nothing" {
	local sum
	dirty disk.img
	sum=$(sha256sum <disk.img)
	fails_with "cannot make a file system of type 'zfs'" \
		guest-format --format=raw -a disk.img --filesystem=zfs
	capture guest-format --format=raw -a disk.img --lvm=VG
	[ "$status" = 2 ]
	capture guest-format --format=raw -a disk.img --lvm=/dev/-a/b
	[ "$status" = 2 ]
	capture guest-format --format=raw -a disk.img --partition=bsd
	[ "$status" = 2 ]
	capture guest-format --format=raw -a disk.img --label=x
	[ "$status" = 2 ]
	# Disks are named as such: a slip is no disk.
	capture guest-format disk.img
	[ "$status" = 2 ]
	[[ $err == *"no disk image: use -a DISK"* ]]
	capture guest-format --partition disk.img
	[ "$status" = 2 ]
	capture guest-format --format=raw -a disk.img --partition gpt
	[ "$status" = 2 ]
	[[ $err == *"extra operand 'gpt'"* ]]
	capture guest-format --format=raw -a disk.img -a disk2.img --lvm
	[ "$status" = 2 ]
	[ "$(sha256sum <disk.img)" = "$sum" ]
	truncate -s 64k tiny.img
	fails_with "'/dev/sda' is too small for a partition" guest-format -a tiny.img
}
