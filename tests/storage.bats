#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The storage stack: arrays, all kinds of logical volumes, copies of one another, btrfs on
# several disks, what cannot be used, and what has no end.
# shellcheck disable=SC2154 # the functions of lib/ set variables
# shellcheck disable=SC2046,SC2086 # lists of words
# shellcheck disable=SC2030,SC2031 # each test is a subshell

load lib/common
load lib/images

vm_session=$TOP_BUILDDIR/tests/helpers/vm-session

# rows IMAGE...: what the call storage says of images.
rows()
{
	capture "$vm_session" storage "$@"
	[ "$status" = 0 ] || { cat err >&2; return 1; }
}

# lacks REGEX: no line matches.
lacks()
{
	if grep -- "$1" out; then
		echo "that should not be there" >&2
		return 1
	fi
}

# images VARIABLE NAME...: paths of test images, as "-a PATH" words in an array.
images()
{
	local -n _list=$1
	local _name _image
	shift
	_list=()
	for _name; do
		image "$_name" _image || return
		_list+=(-a "$_image")
	done
}

# host_is NAME IMAGE...: the guest on these has that name.
host_is()
{
	local host=$1 disks
	shift
	images disks "$@"
	capture guest-cat "${disks[@]}" /etc/hostname
	[ "$out" = "$host.example.org" ] || { cat err >&2; return 1; }
	[ -z "$err" ] || { cat err >&2; return 1; }
}

@test "arrays of each level and metadata hold their file systems" {
	image md-levels.img
	rows "$image"
	number=127
	for name in raid0-1.2 raid1-1.0 raid1-1.1 raid1-0.90 raid4-1.2 raid5-1.2 raid6-1.2 \
		raid10-1.2 linear-1.2 raid5-0.90; do
		grep -q "^filesystem|/dev/md$number|ext2||$name|" out
		number=$((number - 1))
	done
	for array in 127:raid0-1.2 122:raid5-1.2 118:raid5-0.90; do
		run --separate-stderr guest-cat -a "$image" -m "/dev/md${array%:*}" /level
		[ "$output" = "${array#*:}" ]
	done
	[ "$(grep -c '^md|' out)" = 10 ]
	lacks '^warning'
}

@test "a guest on RAID1: both disks, in either order, and each by itself" {
	for order in "a b" "b a" a b; do
		host_is md-raid1 $(printf 'md-raid1-%s.img ' $order)
	done
	# /home is /dev/md1, of which mdadm.conf has the UUID only.
	images disks md-raid1-a.img md-raid1-b.img
	run guest-ls "${disks[@]}" /home
	[[ $output = *user* && $output != *not-mounted* ]]
}

@test "a degraded array says so" {
	image md-raid1-b.img
	rows "$image"
	grep -q '^md|.*|1 of its 2 disks are there$' out
}

@test "a guest on LVM on RAID5: any two of three disks" {
	for order in "a b c" "c a b" "b c" "a c"; do
		host_is md-raid5 $(printf 'md-raid5-%s.img ' $order)
	done
	fails_with 'no operating system.*array .phony:0. has 1 of its 3 disks' \
		guest-cat -a "$(image md-raid5-a.img && echo "$image")" /etc/hostname
}

@test "an array with partitions is seen as one, not as the partitions of its disks" {
	host_is md-parted md-parted-a.img md-parted-b.img
	images disks md-parted-a.img md-parted-b.img
	rows "${disks[1]}" "${disks[3]}"
	grep -q '^filesystem|/dev/md127p2|ext4|' out
	grep -q '^partition|/dev/md127p2|.*|/dev/md127|$' out
	lacks '/dev/sda1'
}

@test "reading leaves the disks of an array as they are" {
	for disk in a b; do
		image_copy "md-raid1-$disk.img" "copy_$disk"
	done
	sum=$(cat "$copy_a" "$copy_b" | sha256sum)
	capture guest-cat -a "$copy_a" -a "$copy_b" /etc/hostname
	[ "$status" = 0 ]
	[ "$(cat "$copy_a" "$copy_b" | sha256sum)" = "$sum" ]
}

@test "logical volumes of each type hold their file systems" {
	image lvm-types.img
	rows "$image"
	for name in striped mirror raid0 raid1 raid5 raid10 thin cached orig snap; do
		grep -q "^filesystem|/dev/types/$name|ext2||${name/#snap/snapped}|" out
		grep -q "^lv|/dev/types/$name|" out
	done
	for name in raid5 thin cached snap; do
		run --separate-stderr guest-cat -a "$image" -m "/dev/types/$name" /name
		[ "$output" = "${name/#snap/snapped}" ]
	done
	# Pools, parts of others, and what is not to be activated are not volumes for users.
	[ "$(grep -c '^lv|' out)" = 10 ]
}

@test "a guest in a thin volume; -v tells that LVM's program was needed" {
	host_is lvm-thin lvm-thin.img
	image lvm-thin.img
	run guest-cat -v -a "$image" /etc/hostname
	[[ $output = *"not of plain volumes only"* ]]
	image lvm.img
	run guest-cat -v -a "$image" /etc/hostname
	[[ $output != *"not of plain volumes only"* ]]
}

@test "groups of the same name or identity are kept apart" {
	images disks lvm.img lvm-whole.img lvm-thin.img lvm-thin-other.img lvm-thin.img
	for pair in vg:lvm vg@sdb:lvm-whole vg@sdd:lvm-thin-other vg@sde:lvm-thin; do
		run --separate-stderr guest-cat "${disks[@]}" -m "/dev/${pair%:*}/root" /etc/hostname
		[ "$output" = "${pair#*:}.example.org" ]
	done
}

@test "a group's two disks and their copies, in any order" {
	a=lvm-2disks-a.img b=lvm-2disks-b.img
	for order in "$a $b $a $b" "$a $b $b $a" "$b $a $a $b"; do
		images disks $order
		rows $(printf '%s\n' "${disks[@]}" | grep -vx -e -a)
		[ "$(grep -c '^vg|.*|$' out)" = 2 ]
		[ "$(grep -c '^lv|' out)" = 6 ]
		for vg in vg vg@sdb vg@sdc; do
			grep -q "^vg|/dev/$vg|" out || continue
			run --separate-stderr guest-cat "${disks[@]}" -m "/dev/$vg/root" /etc/hostname
			[ "$output" = lvm-2disks.example.org ]
		done
	done
}

@test "guests and their copies: each has its own file systems" {
	images disks lvm.img lvm.img md-raid1-a.img md-raid1-b.img md-raid1-b.img \
		btrfs-subvol.img btrfs-subvol.img
	capture guest-inspect --format=xml --no-applications --no-icon "${disks[@]}"
	[ "$status" = 0 ] || { cat err >&2; return 1; }
	grep -E '<(root|mountpoint )' out | sed 's/^ *//' | golden storage/copies
}

@test "half a group: what is complete is there, and a warning names the rest" {
	image lvm-2disks-b.img
	rows "$image"
	grep -q "^warning: volume group '/dev/vg' lacks 1 of its 2 disks: the volumes .*'root'" out
	grep -q '^filesystem|/dev/vg/home|ext4|' out
	lacks '^lv|/dev/vg/root'
}

@test "btrfs on two disks is one guest; its copy is another" {
	host_is btrfs-disks btrfs-disks-a.img btrfs-disks-b.img
	host_is btrfs-disks btrfs-disks-b.img btrfs-disks-a.img
	images disks btrfs-disks-a.img btrfs-disks-b.img btrfs-disks-b.img btrfs-disks-a.img
	fails_with "more than one operating system.*'/dev/sda' .*'/dev/sdc' [^']*; choose" \
		guest-cat "${disks[@]}" /etc/hostname
	# Both mounted at the same time.
	images disks btrfs-subvol.img btrfs-subvol.img
	run --separate-stderr guest-cat "${disks[@]}" -m /dev/sda2:/:subvol=@ \
		-m /dev/sdb2:/home:subvol=@home /etc/hostname
	[ "$output" = btrfs-subvol.example.org ]
}

@test "rows are what is there, in order" {
	image mbr-logical.img mbr
	image lvm-2disks-a.img a
	image lvm-2disks-b.img b
	image btrfs-subvol.img btrfs
	# shellcheck disable=SC2154
	rows "$mbr" "$a" "$b" "$btrfs"
	cut -d'|' -f1-10 out | golden storage/rows
}

@test "usage is asked of each file system; swap and unknown ones are not" {
	image mbr-logical.img
	capture "$vm_session" usage "$image"
	[ "$(cut -d'|' -f1,2,3 out)" = "/dev/sda1|ext2|15590400
/dev/sda5|ext4|41921536
/dev/sda6|ext3|14541824" ]
}

@test "what cannot be used is named, with the reason" {
	image signatures.img
	rows "$image"
	for type in apfs ReFS bcachefs vdo swsuspend zfs_member stratis; do
		grep -q "^filesystem|/dev/sda[0-9]*|$type|.*|[a-z][^|]*$" out
	done
	lacks '^filesystem|/dev/sda8|'
	capture "$vm_session" usage "$image"
	[ ! -s out ]
	capture guest-cat -a "$image" -m /dev/sda3 /x
	[ "$status" = 1 ]
	[[ $err = *"'/dev/sda3' is a file system (bcachefs) that the appliance has no driver for"* ]]
	# Nothing else can be used either, and so nothing is proposed.
	[[ $err != *"Did you mean"* ]]
}

@test "what is written to a volume or an array is there in the next session" {
	local pair
	for pair in lvm.img:/dev/vg/root lvm-thin.img:/dev/vg/root md-raid1-b.img:/dev/md127; do
		image_copy "${pair%:*}"
		capture "$vm_session" clock "$image" "${pair#*:}"
		[ "$status" = 0 ] || { cat err >&2; return 1; }
		[ "$(guest-cat -a "$image" -m "${pair#*:}" /clock)" = tick ]
	done
}

@test "groups without an end are cut off, with a warning" {
	export TEST_TIMEOUT=600
	for kind in self many huge cycle; do
		image "hostile-lvm-$kind.img"
		rows "$image"
		grep -q '^warning: ' out
		[ "$(wc -l <out)" -lt 4000 ]
	done
}
